"""Exports of a stack, one that AWS ends FAILED, and a table copied by its export, through the real engine."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.e2e.clone import Clone
from tests.e2e.conftest import empty, new_stack, write_dataset
from tests.e2e.stack import Stack

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


def test_failed_export_stops_the_deployment_and_the_next_one_exports_again(stack: Stack) -> None:
    stack.settle(SHIPPED, exports=[EXPORTED | {"bucket": "elsewhere"}])
    stack.up().refused(
        "bucket elsewhere: the bucket does not exist; create the bucket, or name a different one"
    )

    bucket(stack.clone, "elsewhere", denied=True)
    stack.up().refused("FAILED: S3AccessDenied", "allow s3:PutObject")

    bucket(stack.clone, "elsewhere")
    fixed = stack.up()
    assert fixed.code == 0, fixed.output
    assert "130 items in 4 files" in fixed.output
    again = stack.up()
    assert again.code == 0, again.output
    assert stack.changes().keys() == {"same"}

    stack.settle(SHIPPED, exports=[EXPORTED | {"at": "2020-01-01T00:00:00Z"}])
    stack.up().refused(
        "`at` 2020-01-01T00:00:00Z is before the earliest time that can be exported",
        "its recovery goes back to",
    )


def test_export_that_comes_later_turns_recovery_on_first_and_its_removal_off(stack: Stack) -> None:
    loads = [SHIPPED, {"dataset": "examples/minimal/dataset.yaml", "method": "bulk_put"}]
    tables = [stack.table("customer-events"), stack.table("cities")]
    stack.settle(*loads)
    first = stack.up()
    assert first.code == 0, first.output
    assert [recovery(stack.clone, table) for table in tables] == ["DISABLED", "DISABLED"]

    stack.settle(*loads, exports=[EXPORTED, {"table": "cities", "format": "ION"}])
    second = stack.up()
    assert second.code == 0, second.output
    assert [recovery(stack.clone, table) for table in tables] == ["ENABLED", "ENABLED"]
    rows = json.loads(stack.run("bulk status --json").output)
    assert {row["export"]: row["items"] for row in rows if "export" in row} == {
        "customer-events": 130,
        "cities": 6,
    }
    stack.settle(*loads)
    warning = "warning: point-in-time recovery is turned off, and its history is lost"
    assert warning not in first.output + second.output
    last = stack.up()
    assert last.code == 0
    assert warning in last.output
    assert [recovery(stack.clone, table) for table in tables] == ["DISABLED", "DISABLED"]


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


@pytest.fixture
def copy(clone: Clone) -> Iterator[None]:
    """The dataset of the copy is gone at the end."""
    yield
    empty(clone.folder / "copy")


@pytest.mark.usefixtures("copy")
def test_table_is_copied_by_its_export_with_two_commands(source: Stack) -> None:
    describe_copy(source.clone, exported(source)["url"])
    source.settle(SHIPPED, {"dataset": "copy/dataset.yaml", "method": "native"}, exports=[EXPORTED])
    up = source.up()
    assert up.code == 0, up.output
    assert len(source.items("copy")) == 130
    same = source.clone.literal(f"bulk verify {EVENTS} --table {source.table('copy')}")
    assert same.code == 0, same.output


@pytest.mark.usefixtures("copy")
def test_table_is_copied_into_one_that_exists_in_another_stack_with_two_commands(source: Stack) -> None:
    clone = source.clone
    stays = {"PK": {"S": "was"}, "SK": {"S": "there"}}
    live = live_copy(source, stays)
    describe_copy(clone, exported(source)["url"], table=live)
    copies = new_stack(clone)
    copies.settle({"dataset": "copy/dataset.yaml", "method": "bulk_put"})
    second = copies.up()
    assert second.code == 0, second.output
    assert "130 items loaded in " in second.output
    assert by_key(clone.items(live)) == by_key([*source.items("customer-events"), stays])
    same = clone.literal(f"bulk verify copy/dataset.yaml --table {live} --allow-extra")
    assert same.code == 0, same.output


@pytest.mark.usefixtures("copy")
def test_table_is_copied_through_an_encrypted_bucket_of_a_different_account(stack: Stack) -> None:
    clone, bucket = stack.clone, f"{stack.name}-of-another-account"
    theirs = clone.client("s3", OTHER)
    theirs.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    key = clone.client("kms").create_key()["KeyMetadata"]["Arn"]
    stack.settle(SHIPPED, exports=[EXPORTED | {"bucket": bucket, "bucket_owner": OTHER, "kms_key": key}])
    stack.up().refused("FAILED: S3AccessDenied")

    may = ["s3:PutObject", "s3:PutObjectAcl", "s3:AbortMultipartUpload", "s3:GetObject", "s3:ListBucket"]
    allowed = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": may,
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    theirs.put_bucket_policy(Bucket=bucket, Policy=policy)
    opened = stack.up()
    assert opened.code == 0, opened.output
    heads = [
        theirs.head_object(Bucket=bucket, Key=entry["Key"])
        for entry in theirs.list_objects_v2(Bucket=bucket)["Contents"]
    ]
    assert {head.get("SSEKMSKeyId") for head in heads} == {key}

    live = live_copy(stack)
    rows = json.loads(stack.run("bulk status --json").output)
    url = next(row["place"] for row in rows if "export" in row)
    describe_copy(clone, url, f", bucket_owner: '{OTHER}'", live)
    copies = new_stack(clone)
    copies.settle({"dataset": "copy/dataset.yaml", "method": "bulk_put"})
    copied = copies.up()
    assert copied.code == 0, copied.output
    assert by_key(clone.items(live)) == by_key(stack.items("customer-events"))


def describe_copy(clone: Clone, url: str, source: str = "", table: str = "") -> None:
    """Write the dataset of an export, which a stack loads, into a table that exists if it is named."""
    keys = "partition_key: {name: PK}, sort_key: {name: SK}"
    existing = f", existing: true, name: {table}" if table else ""
    (clone.folder / "copy").mkdir(exist_ok=True)
    (clone.folder / "copy/dataset.yaml").write_text(
        "name: copy\n"
        f"source: {{format: dynamodb_json, compression: gzip, location: '{url}data/'{source}}}\n"
        f"table: {{{keys}{existing}}}\n"
    )


def live_copy(source: Stack, *items: dict[str, Any]) -> str:
    """Make a table that is no stack's; its name."""
    dynamodb, keys = source.clone.client("dynamodb"), {"PK": "HASH", "SK": "RANGE"}
    name = f"live-{source.name}"
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
        BillingMode="PAY_PER_REQUEST",
    )
    for item in items:
        dynamodb.put_item(TableName=name, Item=item)
    return name


def test_verified_load_is_not_good_when_the_table_holds_a_different_item(stack: Stack) -> None:
    folder, dynamodb = stack.clone.folder / "verified", stack.clone.client("dynamodb")
    write_dataset(folder, a="p1|31\np2|32\n")
    stack.settle({"dataset": "verified/dataset.yaml", "method": "bulk_put", "verify": True})
    first = stack.up()
    assert first.code == 0, first.output
    assert "verified: good: 2 items" in first.output
    assert "good, verified" in stack.run("bulk status").output

    dynamodb.put_item(TableName=stack.table("verified"), Item={"id": {"S": "p9"}})
    write_dataset(folder, a="p1|31\np2|33\n")
    stack.up().refused("verified: 1 extra", 'in no file {"id": {"S": "p9"}}')
    dynamodb.delete_item(TableName=stack.table("verified"), Key={"id": {"S": "p9"}})
    write_dataset(folder, a="p1|31\np2|32\n")
    back = stack.up()
    assert back.code == 0, back.output
    assert "verified: good: 2 items" in back.output, "the data that was good is verified again"
    assert stack.up().code == 0
    assert set(stack.changes()) == {"same"}


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
