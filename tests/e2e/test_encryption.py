"""A stack whose bucket and tables have a customer's key, loaded, verified and gone."""

from tests.e2e.conftest import empty, write_dataset
from tests.e2e.stack import Stack


def test_stack_with_a_key_loads_its_tables_and_changes_nothing_afterwards(stack: Stack) -> None:
    clone = stack.clone
    key = clone.client("kms").create_key()["KeyMetadata"]["Arn"]
    clone.client("kms").create_alias(AliasName="alias/bulk", TargetKeyId=key)
    loads = {"keyed": "dms", "imported": "native"}
    for name in loads:
        write_dataset(clone.folder / name, a="p1|31\np2|\n", b="p3|7\n")
    wanted = [
        {"dataset": f"{name}/dataset.yaml", "method": method, "verify": True}
        for name, method in loads.items()
    ]
    stack.settle(*wanted, kms_key="alias/bulk")
    up = stack.up("--policy-pack policies --policy-pack-config policies/config/development.json")
    assert up.code == 0, up.output
    for name in loads:
        assert len(stack.items(name)) == 3
        described = clone.client("dynamodb").describe_table(TableName=stack.table(name))["Table"]
        assert described["SSEDescription"]["KMSMasterKeyArn"] == key
    listed = clone.client("s3").list_objects_v2(Bucket=stack.bucket)["Contents"]
    heads = [clone.client("s3").head_object(Bucket=stack.bucket, Key=entry["Key"]) for entry in listed]
    assert {head.get("SSEKMSKeyId") for head in heads} == {key}
    stack.well("pulumi preview --expect-no-changes")
    assert stack.destroy().code == 0
    for name in loads:
        empty(clone.folder / name)
