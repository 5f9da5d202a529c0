"""Exports of a stack, one that AWS ends FAILED, and a table copied by its export, through the real engine."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml

from tests.e2e.clone import Clone

pytestmark = pytest.mark.engine

UP = "pulumi up --stack exports --yes --skip-preview"
EVENTS = "examples/customer-events"
COPY = "dynamodb-bulk-exports-copy"
EXISTING = ", existing: true, name: live-copy"
OTHER = "210987654321"


def settle(clone: Clone, *loads: dict[str, Any], exports: list[dict[str, Any]]) -> None:
    """Write the stack's settings."""
    settings = clone.settings()
    settings["config"]["bulk:loads"] = list(loads)
    settings["config"]["bulk:exports"] = exports
    (clone.folder / "Pulumi.exports.yaml").write_text(yaml.safe_dump(settings))


@pytest.fixture
def stack(clone: Clone) -> Iterator[Clone]:
    """A stack to settle; destroyed at the end."""
    assert clone.run(".venv/bin/bulk", "local", "up").code == 0
    settle(clone, exports=[])
    assert clone.literal("pulumi stack init exports").code == 0
    yield clone
    down = clone.literal("pulumi destroy --stack exports --yes --skip-preview")
    assert down.code == 0, down.output
    assert clone.literal("pulumi stack rm exports --yes").code == 0


def exported(clone: Clone, options: str) -> dict[str, Any]:
    """What `bulk export` says of the export that it made."""
    ended = clone.literal(f"bulk export customer-events --stack exports --json {options}")
    assert ended.code == 0, ended.output
    return json.loads(ended.output)["export"]


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


def test_failed_export_stops_the_deployment_and_the_next_one_exports_again(stack: Clone) -> None:
    events = {"dataset": f"{EVENTS}/dataset.yaml"}
    settle(stack, events, exports=[{"table": "customer_events", "bucket": "elsewhere"}])
    none = stack.literal(UP)
    assert none.code != 0
    assert (
        "bucket elsewhere: the bucket does not exist; create the bucket, or name a different one"
        in none.output
    )

    bucket(stack, "elsewhere", denied=True)
    up = stack.literal(UP)
    assert up.code != 0
    assert "FAILED: S3AccessDenied" in up.output
    assert "allow s3:PutObject" in up.output
    assert "Traceback" not in none.output + up.output

    bucket(stack, "elsewhere")
    mended = stack.literal(UP)
    assert mended.code == 0, mended.output
    assert "130 items in 4 files" in mended.output
    again = stack.literal(UP)
    assert again.code == 0, again.output
    assert stack.changes("exports").keys() == {"same"}


def test_export_reports_the_window_when_recovery_does_not_reach_the_time(stack: Clone) -> None:
    events = {"dataset": f"{EVENTS}/dataset.yaml"}
    settle(stack, events, exports=[{"table": "customer_events", "at": "2020-01-01T00:00:00Z"}])
    up = stack.literal(UP)
    assert up.code != 0
    assert "`at` 2020-01-01T00:00:00Z is before the earliest time that can be exported" in up.output
    assert "its recovery goes back to" in up.output
    assert "Traceback" not in up.output


def test_export_that_comes_later_turns_recovery_on_first_and_its_removal_off(stack: Clone) -> None:
    loads = [
        {"dataset": f"{EVENTS}/dataset.yaml"},
        {"dataset": "examples/minimal/dataset.yaml", "method": "bulk_put"},
    ]
    tables = ["dynamodb-bulk-exports-customer-events", "dynamodb-bulk-exports-cities"]
    settle(stack, *loads, exports=[])
    first = stack.literal(UP)
    assert first.code == 0, first.output
    assert [recovery(stack, table) for table in tables] == ["DISABLED", "DISABLED"]

    settle(stack, *loads, exports=[{"table": "customer_events"}, {"table": "cities", "format": "ION"}])
    second = stack.literal(UP)
    assert second.code == 0, second.output
    assert [recovery(stack, table) for table in tables] == ["ENABLED", "ENABLED"]
    rows = json.loads(stack.literal("bulk status --stack exports --json").output)
    assert {row["export"]: row["items"] for row in rows if "export" in row} == {
        "customer-events": 130,
        "cities": 6,
    }
    again = stack.literal(UP)
    assert again.code == 0, again.output
    assert stack.changes("exports").keys() == {"same"}

    settle(stack, *loads, exports=[])
    warning = "warning: point-in-time recovery is turned off, and its history is lost"
    assert warning not in first.output + second.output + again.output
    last = stack.literal(UP)
    assert last.code == 0
    assert warning in last.output
    assert [recovery(stack, table) for table in tables] == ["DISABLED", "DISABLED"]


def recovery(clone: Clone, table: str) -> str:
    found = clone.client("dynamodb").describe_continuous_backups(TableName=table)
    return found["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"][
        "PointInTimeRecoveryStatus"
    ]


def test_table_is_copied_by_its_export_with_two_commands(stack: Clone) -> None:
    events = {"dataset": f"{EVENTS}/dataset.yaml"}
    settle(stack, events, exports=[{"table": "customer_events"}])
    first = stack.literal(UP)
    assert first.code == 0, first.output
    describe_copy(stack, exported(stack, "")["url"])
    settle(stack, events, {"dataset": "copy/dataset.yaml"}, exports=[{"table": "customer_events"}])
    second = stack.literal(UP)
    assert second.code == 0, second.output
    assert len(stack.items(COPY)) == 130
    same = stack.literal(f"bulk verify {EVENTS} --table {COPY}")
    assert same.code == 0, same.output


@pytest.fixture
def copies(stack: Clone) -> Iterator[Clone]:
    """A second stack, for copies; destroyed at the end."""
    settings = stack.settings()
    settings["config"]["bulk:loads"] = [{"dataset": "copy/dataset.yaml", "method": "bulk_put"}]
    (stack.folder / "Pulumi.copies.yaml").write_text(yaml.safe_dump(settings))
    assert stack.literal("pulumi stack init copies").code == 0
    yield stack
    down = stack.literal("pulumi destroy --stack copies --yes --skip-preview")
    assert down.code == 0, down.output
    assert stack.literal("pulumi stack rm copies --yes").code == 0


def test_table_is_copied_into_one_that_exists_in_another_stack_with_two_commands(copies: Clone) -> None:
    settle(copies, {"dataset": f"{EVENTS}/dataset.yaml"}, exports=[{"table": "customer_events"}])
    up = copies.literal(UP)
    assert up.code == 0, up.output
    stays = {"PK": {"S": "was"}, "SK": {"S": "there"}}
    live_copy(copies, stays)
    describe_copy(copies, exported(copies, "")["url"], table=EXISTING)
    second = copies.literal("pulumi up --stack copies --yes --skip-preview")
    assert second.code == 0, second.output
    assert "130 items loaded in " in second.output
    wanted = copies.items("dynamodb-bulk-exports-customer-events")
    assert by_key(copies.items("live-copy")) == by_key([*wanted, stays])
    same = copies.literal("bulk verify copy/dataset.yaml --table live-copy --allow-extra")
    assert same.code == 0, same.output


def test_table_is_copied_through_an_encrypted_bucket_of_a_different_account(copies: Clone) -> None:
    theirs, bucket = copies.client("s3", OTHER), "bucket-of-another-account"
    place = {"LocationConstraint": "eu-west-1"}
    theirs.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    key = copies.client("kms").create_key()["KeyMetadata"]["Arn"]
    export = {"table": "customer_events", "bucket": bucket, "bucket_owner": OTHER, "kms_key": key}
    settle(copies, {"dataset": f"{EVENTS}/dataset.yaml"}, exports=[export])
    closed = copies.literal(UP)
    assert closed.code != 0
    assert "FAILED: S3AccessDenied" in closed.output

    may = ["s3:PutObject", "s3:PutObjectAcl", "s3:AbortMultipartUpload", "s3:GetObject", "s3:ListBucket"]
    allowed = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": may,
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    theirs.put_bucket_policy(Bucket=bucket, Policy=policy)
    opened = copies.literal(UP)
    assert opened.code == 0, opened.output
    heads = [
        theirs.head_object(Bucket=bucket, Key=entry["Key"])
        for entry in theirs.list_objects_v2(Bucket=bucket)["Contents"]
    ]
    assert {head.get("SSEKMSKeyId") for head in heads} == {key}

    live_copy(copies)
    rows = json.loads(copies.literal("bulk status --stack exports --json").output)
    url = next(row["place"] for row in rows if "export" in row)
    describe_copy(copies, url, f", bucket_owner: '{OTHER}'", EXISTING)
    copied = copies.literal("pulumi up --stack copies --yes --skip-preview")
    assert copied.code == 0, copied.output
    wanted = copies.items("dynamodb-bulk-exports-customer-events")
    assert by_key(copies.items("live-copy")) == by_key(wanted)


def describe_copy(clone: Clone, url: str, source: str = "", table: str = "") -> None:
    """Write the dataset of an export, which a stack loads."""
    (clone.folder / "copy").mkdir(exist_ok=True)
    (clone.folder / "copy/dataset.yaml").write_text(
        "name: copy\n"
        f"source: {{format: dynamodb_json, compression: gzip, location: '{url}data/'{source}}}\n"
        f"table: {{partition_key: {{name: PK}}, sort_key: {{name: SK}}{table}}}\n"
    )


def live_copy(clone: Clone, *items: dict[str, Any]) -> None:
    """Make a table that is no stack's, again."""
    dynamodb, keys = clone.client("dynamodb"), {"PK": "HASH", "SK": "RANGE"}
    with suppress(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.delete_table(TableName="live-copy")
    dynamodb.create_table(
        TableName="live-copy",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
        BillingMode="PAY_PER_REQUEST",
    )
    for item in items:
        dynamodb.put_item(TableName="live-copy", Item=item)


def test_export_of_a_table_that_is_to_have_no_recovery_is_refused_before_anything_is_declared(
    stack: Clone,
) -> None:
    file = stack.folder / "examples/minimal/dataset.yaml"
    text = file.read_text()
    file.write_text(text + "  point_in_time_recovery: false\n")
    settle(stack, {"dataset": "examples/minimal/dataset.yaml"}, exports=[{"table": "cities"}])
    up = stack.literal(UP)
    file.write_text(text)
    assert up.code != 0
    assert "point-in-time recovery is off for the table of cities" in up.output
    assert "take `point_in_time_recovery: false` out of examples/minimal/dataset.yaml" in up.output


def test_verified_load_is_not_good_when_the_table_holds_a_different_item(stack: Clone) -> None:
    people = stack.folder / "verified"
    people.mkdir(exist_ok=True)
    (people / "dataset.yaml").write_text(
        "name: verified\n"
        "source: {files: ['*.csv']}\n"
        "columns: [{name: id, length: 8}, {name: age, type: INT2}]\n"
        "table: {partition_key: {name: id}}\n"
    )
    (people / "a.csv").write_text("p1,31\np2,32\n")
    load = {"dataset": "verified/dataset.yaml", "method": "bulk_put", "verify": True}
    settle(stack, load, exports=[])
    first = stack.literal(UP)
    assert first.code == 0, first.output
    assert "verified: good: 2 items" in first.output
    assert "good, verified" in stack.literal("bulk status --stack exports").output

    table = "dynamodb-bulk-exports-verified"
    stack.client("dynamodb").put_item(TableName=table, Item={"id": {"S": "p9"}})
    (people / "a.csv").write_text("p1,31\np2,33\n")
    up = stack.literal(UP)
    assert up.code != 0
    assert "verified: 1 that no file has" in up.output
    assert 'in no file {"id": {"S": "p9"}}' in up.output
    stack.client("dynamodb").delete_item(TableName=table, Key={"id": {"S": "p9"}})
    (people / "a.csv").write_text("p1,31\np2,32\n")
    back = stack.literal(UP)
    assert back.code == 0, back.output
    assert "verified: good: 2 items" in back.output, "the data that was good is verified again"
    assert stack.literal(UP).code == 0
    assert set(stack.changes("exports")) == {"same"}


def test_changes_after_a_full_export_make_files_of_the_table_at_their_end(stack: Clone) -> None:
    settle(stack, {"dataset": f"{EVENTS}/dataset.yaml"}, exports=[{"table": "customer_events"}])
    up = stack.literal(UP)
    assert up.code == 0, up.output
    full = exported(stack, "")
    table, dynamodb = "dynamodb-bulk-exports-customer-events", stack.client("dynamodb")
    (gone, changed, *_) = stack.items(table)
    dynamodb.delete_item(TableName=table, Key={name: gone[name] for name in ("PK", "SK")})
    dynamodb.put_item(TableName=table, Item={**changed, "note": {"S": "seen"}})
    dynamodb.put_item(TableName=table, Item={"PK": {"S": "new"}, "SK": {"S": "new"}})
    assert stack.run(".venv/bin/bulk", "local", "forward", "25").code == 0
    since = datetime.fromisoformat(full["at"])
    window = f"--since {since.isoformat()} --until {(since + timedelta(minutes=16)).isoformat()}"
    changes = exported(stack, f"--type incremental {window}")

    chain = f"--from {full['url']} --from {changes['url']} --region eu-west-1"
    files = stack.literal(f"bulk export {chain} --to ndjson --out chained")
    assert files.code == 0, files.output
    parts = sorted((stack.folder / "chained/data").iterdir())
    written = [json.loads(line)["Item"] for part in parts for line in part.read_text().splitlines()]
    assert by_key(written) == by_key(stack.items(table))
    assert by_key(written)["new", "new"] == {"PK": {"S": "new"}, "SK": {"S": "new"}}


def by_key(items: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(item["PK"]["S"], item["SK"]["S"]): item for item in items}
