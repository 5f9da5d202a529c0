"""Exports and verification of a stack, some of which fail, and tables copied by their exports."""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.e2e.clone import Clone
from tests.e2e.conftest import new_stack, write_dataset
from tests.e2e.stack import ACCOUNT, Stack

EVENTS = "examples/customer-events"
SHIPPED = {"dataset": f"{EVENTS}/dataset.yaml", "method": "native"}
EXPORTED = {"table": "customer_events"}
OTHER = "210987654321"


def exported(stack: Stack, options: str = "") -> dict[str, Any]:
    """What `bulk export` says of the export that it made."""
    return json.loads(stack.well(f"bulk export customer-events --json {options}").output)["export"]


def bucket(clone: Clone, name: str, *, denied: bool = False) -> None:
    """Make a bucket, which no one may write to if `denied`."""
    s3, place = clone.client("s3"), {"LocationConstraint": "eu-west-1"}
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    if not denied:
        s3.delete_bucket_policy(Bucket=name)
        return
    what = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [what]}))


def settle_exports(stack: Stack, loads: list[dict[str, Any]], key: str) -> None:
    """An export into a bucket of this account, one into an encrypted bucket of another, and one of cities."""
    theirs = {"name": "theirs", "bucket": f"{stack.name}-theirs", "bucket_owner": OTHER, "kms_key": key}
    here = EXPORTED | {"bucket": "elsewhere"}
    stack.settle(*loads, exports=[here, EXPORTED | theirs, {"table": "cities", "format": "ION"}])


def test_exports_and_verification_that_fail_stop_the_deployment_and_the_next_one_does_them_again(
    stack: Stack,
) -> None:
    clone, dynamodb, folder = stack.clone, stack.clone.client("dynamodb"), stack.clone.folder / "verified"
    write_dataset(folder, a="p1|31\np2|32\n")
    loads: list[dict[str, Any]] = [
        SHIPPED,
        {"dataset": "examples/minimal/dataset.yaml", "method": "bulk_put"},
        {"dataset": "verified/dataset.yaml", "method": "bulk_put", "verify": True},
    ]
    tables = [stack.table("customer-events"), stack.table("cities")]
    stack.settle(*loads)
    first = stack.up()
    assert first.code == 0, first.output
    assert "verified: good: 2 items" in first.output
    assert "good, verified" in stack.run("bulk status").output
    assert [recovery(clone, table) for table in tables] == ["DISABLED", "DISABLED"]

    key = clone.client("kms").create_key()["KeyMetadata"]["Arn"]
    theirs = clone.client("s3", OTHER)
    place = {"LocationConstraint": "eu-west-1"}
    theirs.create_bucket(Bucket=f"{stack.name}-theirs", CreateBucketConfiguration=place)
    settle_exports(stack, loads, key)
    stack.up().refused(
        "bucket elsewhere: the bucket does not exist; create the bucket, or name a different one"
    )

    bucket(clone, "elsewhere", denied=True)
    dynamodb.put_item(TableName=stack.table("verified"), Item={"id": {"S": "p9"}})
    write_dataset(folder, a="p1|31\np2|33\n")
    denied = stack.up("--continue-on-error")
    denied.refused("allow s3:PutObject", "verified: 1 extra", 'in no file {"id": {"S": "p9"}}')
    assert denied.output.partition("Diagnostics:")[2].count("FAILED: S3AccessDenied") == 2

    bucket(clone, "elsewhere")
    allow(theirs, f"{stack.name}-theirs")
    dynamodb.delete_item(TableName=stack.table("verified"), Key={"id": {"S": "p9"}})
    write_dataset(folder, a="p1|31\np2|32\n")
    fixed = stack.up()
    assert fixed.code == 0, fixed.output
    assert "130 items in 4 files" in fixed.output
    assert "verified: good: 2 items" in fixed.output, "the data that was good is verified again"
    assert [recovery(clone, table) for table in tables] == ["ENABLED", "ENABLED"]
    rows = json.loads(stack.run("bulk status --json").output)
    exports = {row["export"]: row for row in rows if "export" in row}
    assert {name: row["items"] for name, row in exports.items()} == {
        "customer-events": 130,
        "theirs": 130,
        "cities": 6,
    }
    objects = theirs.list_objects_v2(Bucket=f"{stack.name}-theirs")["Contents"]
    heads = [theirs.head_object(Bucket=f"{stack.name}-theirs", Key=entry["Key"]) for entry in objects]
    assert {head.get("SSEKMSKeyId") for head in heads} == {key}
    assert stack.up().code == 0
    assert stack.changes().keys() == {"same"}
    is_copied_into_tables_that_exist(stack, exports["theirs"]["place"])

    stack.settle(*loads, exports=[EXPORTED | {"at": "2020-01-01T00:00:00Z"}])
    stack.up().refused(
        "`at` 2020-01-01T00:00:00Z is before the earliest time that can be exported",
        "its recovery goes back to",
    )
    stack.settle(*loads)
    warning = "warning: point-in-time recovery is turned off, and its history is lost"
    assert warning not in first.output + fixed.output
    last = stack.up()
    assert last.code == 0
    assert warning in last.output
    assert [recovery(clone, table) for table in tables] == ["DISABLED", "DISABLED"]


def allow(theirs: Any, name: str) -> None:
    """Let this account read and write a bucket of the other one."""
    may = ["s3:PutObject", "s3:PutObjectAcl", "s3:AbortMultipartUpload", "s3:GetObject", "s3:ListBucket"]
    allowed = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": may,
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    theirs.put_bucket_policy(Bucket=name, Policy=policy)


def is_copied_into_tables_that_exist(source: Stack, of_another_account: str) -> None:
    """Copy a table by an export that a command makes, and by one in an encrypted bucket of another account.

    Both into tables that are no stack's, by a different stack.
    """
    clone, original = source.clone, source.items("customer-events")
    stays = {"PK": {"S": "was"}, "SK": {"S": "there"}}
    live, through = live_copy(source, "live", stays), live_copy(source, "through")
    describe_copy(clone, "into-live", exported(source)["url"], table=live)
    describe_copy(clone, "through", of_another_account, f", bucket_owner: '{OTHER}'", through)
    copies = new_stack(clone)
    copies.settle(
        *({"dataset": f"{name}/dataset.yaml", "method": "bulk_put"} for name in ("into-live", "through"))
    )
    copied = copies.up()
    assert copied.code == 0, copied.output
    assert copied.output.count("130 items loaded in ") >= 2
    assert by_key(clone.items(live)) == by_key([*original, stays])
    assert by_key(clone.items(through)) == by_key(original)
    same = clone.literal(f"bulk verify into-live/dataset.yaml --table {live} --allow-extra")
    assert same.code == 0, same.output


def recovery(clone: Clone, table: str) -> str:
    found = clone.client("dynamodb").describe_continuous_backups(TableName=table)
    return found["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"][
        "PointInTimeRecoveryStatus"
    ]


@pytest.fixture(scope="module")
def source(clone: Clone) -> Stack:
    """A stack whose table is exported and copied."""
    made = new_stack(clone)
    made.settle(SHIPPED, exports=[EXPORTED])
    up = made.up()
    assert up.code == 0, up.output
    return made


def test_table_is_copied_by_its_export_with_two_commands(source: Stack) -> None:
    describe_copy(source.clone, "copy", exported(source)["url"])
    source.settle(SHIPPED, {"dataset": "copy/dataset.yaml", "method": "native"}, exports=[EXPORTED])
    up = source.up()
    assert up.code == 0, up.output
    assert len(source.items("copy")) == 130
    same = source.clone.literal(f"bulk verify {EVENTS} --table {source.table('copy')}")
    assert same.code == 0, same.output


def describe_copy(clone: Clone, name: str, url: str, source: str = "", table: str = "") -> None:
    """Write the dataset of an export, which a stack loads, into a table that exists if it is named."""
    keys = "partition_key: {name: PK}, sort_key: {name: SK}"
    existing = f", existing: true, name: {table}" if table else ""
    (clone.folder / name).mkdir()
    (clone.folder / name / "dataset.yaml").write_text(
        f"name: {name}\n"
        f"source: {{format: dynamodb_json, compression: gzip, location: '{url}data/'{source}}}\n"
        f"table: {{{keys}{existing}}}\n"
    )


def live_copy(source: Stack, prefix: str, *items: dict[str, Any]) -> str:
    """Make a table that is no stack's; its name."""
    dynamodb, keys = source.clone.client("dynamodb"), {"PK": "HASH", "SK": "RANGE"}
    name = f"{prefix}-{source.name}"
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
        BillingMode="PAY_PER_REQUEST",
    )
    for item in items:
        dynamodb.put_item(TableName=name, Item=item)
    return name


def test_changes_after_a_full_export_make_files_of_the_table_at_their_end(source: Stack) -> None:
    clone, full = source.clone, exported(source)
    table, dynamodb = source.table("customer-events"), clone.client("dynamodb")
    (gone, changed, *_) = clone.items(table)
    dynamodb.delete_item(TableName=table, Key={name: gone[name] for name in ("PK", "SK")})
    dynamodb.put_item(TableName=table, Item={**changed, "note": {"S": "seen"}})
    dynamodb.put_item(TableName=table, Item={"PK": {"S": "new"}, "SK": {"S": "new"}})
    assert clone.run(".venv/bin/bulk", "local", "forward", "25").code == 0
    since = datetime.fromisoformat(full["at"])
    window = f"--since {since.isoformat()} --until {(since + timedelta(minutes=16)).isoformat()}"
    changes = exported(source, f"--type incremental {window}")

    chain = f"--from {full['url']} --from {changes['url']} --region eu-west-1"
    files = clone.literal(f"bulk export {chain} --to ndjson --out chained")
    assert files.code == 0, files.output
    parts = sorted((clone.folder / "chained/data").iterdir())
    written = [json.loads(line)["Item"] for part in parts for line in part.read_text().splitlines()]
    assert by_key(written) == by_key(clone.items(table))
    assert by_key(written)["new", "new"] == {"PK": {"S": "new"}, "SK": {"S": "new"}}


def by_key(items: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(item["PK"]["S"], item["SK"]["S"]): item for item in items}
