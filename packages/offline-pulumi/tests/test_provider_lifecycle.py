import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from offline_pulumi.provider.failures import Failure, InitFailure
from offline_pulumi.provider.functions import FUNCTIONS
from offline_pulumi.provider.lifecycle import Lifecycle
from offline_pulumi.provider.properties import UNKNOWN, Asset
from offline_pulumi.provider.settings import Clients, Settings
from offline_pulumi.provider.types import TYPES

TRUST = json.dumps(
    {
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "dms.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ]
    }
)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"
    server.stop()


@pytest.fixture
def clients(endpoint: str) -> Clients:
    clients = Clients(Settings(region="eu-west-1", endpoint=endpoint))
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST"))
    return clients


def of(clients: Clients, token: str, **default_tags: str) -> Lifecycle:
    return Lifecycle(TYPES[token], clients.get, default_tags)


def bucket(clients: Clients, **inputs: Any) -> Lifecycle:
    lifecycle = of(clients, "aws:s3/bucket:Bucket")
    lifecycle.create({"bucket": "data", **inputs})
    return lifecycle


def test_create_then_read_shows_no_drift(clients: Clients) -> None:
    table = of(clients, "aws:dynamodb/table:Table", team="data")
    inputs = {
        "name": "orders",
        "hashKey": "PK",
        "attributes": [{"name": "PK", "type": "S"}, {"name": "G", "type": "N"}],
        "billingMode": "PAY_PER_REQUEST",
        "globalSecondaryIndexes": [{"name": "by-g", "hashKey": "G", "projectionType": "ALL"}],
        "ttl": {"attributeName": "expires", "enabled": True},
        "pointInTimeRecovery": {"enabled": True},
        "tags": {"a": "1"},
    }
    made = table.create(inputs)
    found = table.read(made.id, inputs)
    assert found is not None
    assert (found.inputs, found.state) == (inputs, made.state)
    assert made.state["tagsAll"] == {"team": "data", "a": "1"}


def test_update_of_table_makes_drops_and_resizes(clients: Clients) -> None:
    table = of(clients, "aws:dynamodb/table:Table")
    old = {
        "name": "t",
        "hashKey": "PK",
        "attributes": [{"name": "PK", "type": "S"}],
        "readCapacity": 5,
        "writeCapacity": 5,
    }
    made = table.create(old)
    new = old | {
        "readCapacity": 9,
        "attributes": [{"name": "PK", "type": "S"}, {"name": "G", "type": "S"}],
        "globalSecondaryIndexes": [
            {"name": "by-g", "hashKey": "G", "projectionType": "ALL", "readCapacity": 1, "writeCapacity": 1}
        ],
        "tags": {"k": "v"},
    }
    changed = {"readCapacity", "attributes", "globalSecondaryIndexes", "tags"}
    found = table.update(made.id, new, changed, made.state)
    assert found.inputs == new
    assert found.state["readCapacity"] == 9


def test_read_when_something_was_changed_outside_shows_it(clients: Clients) -> None:
    role = of(clients, "aws:iam/role:Role")
    inputs = {"name": "loader", "assumeRolePolicy": TRUST, "description": "mine"}
    role.create(inputs)
    clients.get("iam").update_role(RoleName="loader", Description="theirs")
    found = role.read("loader", inputs)
    assert found is not None
    assert found.inputs["description"] == "theirs"


def test_role_has_its_path_and_boundary_until_the_boundary_is_removed(clients: Clients) -> None:
    role, boundary = of(clients, "aws:iam/role:Role"), "arn:aws:iam::123456789012:policy/bound"
    inputs = {"name": "bound", "assumeRolePolicy": TRUST, "path": "/loads/", "permissionsBoundary": boundary}
    made = role.create(inputs)
    assert made.state["arn"].endswith(":role/loads/bound")
    assert made.state["permissionsBoundary"] == boundary
    without = {name: value for name, value in inputs.items() if name != "permissionsBoundary"}
    role.update("bound", without, {"permissionsBoundary"}, made.state)
    assert "PermissionsBoundary" not in clients.get("iam").get_role(RoleName="bound")["Role"]


def test_read_reports_a_resource_that_does_not_exist(clients: Clients) -> None:
    assert of(clients, "aws:iam/role:Role").read("nobody", {}) is None


def test_read_by_id_alone_gives_the_inputs_that_an_import_needs(clients: Clients) -> None:
    trust = json.loads(TRUST)
    clients.get("iam").create_role(
        RoleName="dms-vpc-role", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "owner", "Value": "them"}]
    )
    found = of(clients, "aws:iam/role:Role").read("dms-vpc-role", {})
    assert found is not None
    assert json.loads(found.inputs["assumeRolePolicy"]) == trust
    assert found.inputs["tags"] == {"owner": "them"}


def test_delete_succeeds_when_resource_does_not_exist(clients: Clients) -> None:
    of(clients, "aws:s3/bucket:Bucket").delete("nothing-here", {})


def test_read_reports_a_resource_that_is_deleted_before_its_tags_are_read(
    clients: Clients,
) -> None:
    table = of(clients, "aws:dynamodb/table:Table")
    table.create({"name": "t", "hashKey": "PK", "attributes": [{"name": "PK", "type": "S"}]})
    dynamodb = clients.get("dynamodb", "")

    def delete_it(**_: Any) -> None:
        dynamodb.delete_table(TableName="t")

    dynamodb.meta.events.register_first("before-call.dynamodb.ListTagsOfResource", delete_it)
    assert table.read("t", {}) is None


def test_delete_of_bucket_with_objects_fails_as_the_real_provider(clients: Clients) -> None:
    lifecycle = bucket(clients)
    clients.get("s3").put_object(Bucket="data", Key="a", Body=b"x")
    with pytest.raises(
        Failure, match=r"^deleting S3 Bucket \(data\): operation error S3: DeleteBucket, .*BucketNotEmpty"
    ):
        lifecycle.delete("data", {"bucket": "data"})


def test_delete_of_bucket_with_force_destroy_empties_all_versions(clients: Clients) -> None:
    lifecycle = bucket(clients, forceDestroy=True)
    s3 = clients.get("s3")
    s3.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket="data", Key="a", Body=body)
    s3.delete_object(Bucket="data", Key="a")
    lifecycle.delete("data", {"bucket": "data", "forceDestroy": True})
    assert lifecycle.read("data", {}) is None


def test_object_when_file_changed_is_uploaded_again_with_its_tags(clients: Clients, tmp_path: Path) -> None:
    bucket(clients)
    lifecycle = of(clients, "aws:s3/bucketObjectv2:BucketObjectv2", team="data")
    file = tmp_path / "orders.csv"
    file.write_text("1|a\n")
    inputs = {
        "bucket": "data",
        "key": "import/orders.csv",
        "source": Asset("1", path=str(file)),
        "tags": {"k": "v"},
    }
    made = lifecycle.create(inputs)
    file.write_text("2|b\n")
    found = lifecycle.update(made.id, inputs | {"source": Asset("2", path=str(file))}, {"source"}, made.state)
    assert clients.get("s3").get_object(Bucket="data", Key="import/orders.csv")["Body"].read() == b"2|b\n"
    assert found.state["tagsAll"] == {"team": "data", "k": "v"}


def test_object_with_a_checksum_algorithm_is_kept_with_its_checksum_in_parts_of_5_mib(
    clients: Clients, tmp_path: Path
) -> None:
    bucket(clients)
    lifecycle = of(clients, "aws:s3/bucketObjectv2:BucketObjectv2")
    for size, tail in ((5 * 1024**2, ""), (5 * 1024**2 + 1, "-2")):
        (tmp_path / "a").write_bytes(bytes(size))
        source = Asset(str(size), path=str(tmp_path / "a"))
        inputs = {"bucket": "data", "key": f"{size}", "source": source, "checksumAlgorithm": "SHA256"}
        made = lifecycle.create(inputs)
        assert made.state["checksumAlgorithm"] == "SHA256"
        head = clients.get("s3").head_object(Bucket="data", Key=f"{size}", ChecksumMode="ENABLED")
        assert head["ChecksumSHA256"]
        assert head["ETag"].strip('"').endswith(tail)


def test_create_when_the_service_refuses_names_operation_and_code_in_one_line(clients: Clients) -> None:
    role = of(clients, "aws:iam/role:Role")
    inputs = {"name": "loader", "assumeRolePolicy": TRUST}
    role.create(inputs)
    with pytest.raises(Failure) as refusal:
        role.create(inputs)
    text = str(refusal.value)
    assert text.startswith(
        "creating IAM Role (loader): operation error IAM: CreateRole, https response error"
    )
    assert "EntityAlreadyExists" in text
    assert "\n" not in text


def test_create_when_a_later_step_fails_keeps_the_id(clients: Clients) -> None:
    group = of(clients, "aws:cloudwatch/logGroup:LogGroup")
    with pytest.raises(InitFailure) as failure:
        group.create({"name": "dms-tasks-x", "retentionInDays": "soon"})
    assert failure.value.resource_id == "dms-tasks-x"


def test_preview_of_create_leaves_what_aws_decides_unknown(clients: Clients) -> None:
    state = of(clients, "aws:iam/role:Role").preview({"name": "r", "assumeRolePolicy": TRUST})
    assert (state["arn"], state["name"]) == (UNKNOWN, "r")


def test_vpc_endpoint_is_made_tagged_and_deleted(clients: Clients) -> None:
    ec2 = clients.get("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    endpoints = of(clients, "aws:ec2/vpcEndpoint:VpcEndpoint")
    wanted = {
        "vpcId": vpc,
        "serviceName": "com.amazonaws.eu-west-1.s3",
        "routeTableIds": [table],
        "tags": {"Name": "x"},
    }
    endpoint = endpoints.create(wanted)
    assert endpoint.inputs == wanted
    assert endpoint.state["arn"] == f"arn:aws:ec2:eu-west-1:123456789012:vpc-endpoint/{endpoint.id}"
    endpoints.delete(endpoint.id, endpoint.state)
    assert endpoints.read(endpoint.id, {}) is None


def test_function_answers_about_the_account(clients: Clients) -> None:
    account = FUNCTIONS["aws:index/getCallerIdentity:getCallerIdentity"](clients, {})
    assert account["accountId"] == "123456789012"


def test_function_reports_a_missing_role(clients: Clients) -> None:
    with pytest.raises(Failure, match=r"reading IAM Role \(nobody\): couldn't find resource"):
        FUNCTIONS["aws:iam/getRole:getRole"](clients, {"name": "nobody"})


def test_delete_of_table_with_deletion_protection_fails_as_the_real_provider(clients: Clients) -> None:
    table = of(clients, "aws:dynamodb/table:Table")
    inputs = {
        "name": "orders",
        "hashKey": "PK",
        "attributes": [{"name": "PK", "type": "S"}],
        "billingMode": "PAY_PER_REQUEST",
        "deletionProtectionEnabled": True,
    }
    made = table.create(inputs)
    with pytest.raises(
        Failure,
        match=r"^deleting AWS DynamoDB Table \(orders\): operation error DynamoDB: DeleteTable, "
        r".*ValidationException: .*[Dd]eletion ?[Pp]rotection",
    ):
        table.delete(made.id, made.state)
    assert table.read(made.id, inputs)
