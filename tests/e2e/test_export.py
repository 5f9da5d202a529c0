"""Exports and verification of a stack, some of which fail, and tables copied by their exports."""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from tests.e2e.clone import Clone
from tests.e2e.conftest import write_dataset
from tests.e2e.stack import ACCOUNT, UP, Stack

EVENTS = "examples/customer-events"
SHIPPED = {"dataset": f"{EVENTS}/dataset.yaml", "method": "native"}
EXPORTED = {"table": "customer_events"}
OTHER = "210987654321"
STAYS = {"PK": {"S": "was"}, "SK": {"S": "there"}}


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
    first = stack.well(UP)
    assert "verified: good: 2 items" in first.output
    assert "good, verified" in stack.run("bulk status").output
    assert [recovery(clone, table) for table in tables] == ["DISABLED", "DISABLED"]

    key = clone.client("kms").create_key()["KeyMetadata"]["Arn"]
    theirs = clone.client("s3", OTHER)
    place = {"LocationConstraint": "eu-west-1"}
    theirs.create_bucket(Bucket=f"{stack.name}-theirs", CreateBucketConfiguration=place)
    settle_exports(stack, loads, key)
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
    fixed = stack.well(UP)
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

    copies = describe_copies(stack, exports["theirs"]["place"])
    settle_exports(stack, [*loads, *copies], key)
    is_copied(stack, stack.well(UP).output)
    assert stack.changes().keys() == {"same", "create", "import"}, "no export is made again"

    stack.settle(*loads)
    warning = "warning: point-in-time recovery is turned off, and its history is lost"
    assert warning not in first.output + fixed.output
    assert warning in stack.well(UP).output
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


def describe_copies(stack: Stack, of_another_account: str) -> list[dict[str, Any]]:
    """Describe loads of exports: of one that a command makes, and one in another account's encrypted bucket.

    Into a new table, and into two tables that are no stack's.
    """
    url, clone = exported(stack)["url"], stack.clone
    live, through = live_copy(stack, "live", STAYS), live_copy(stack, "through")
    describe_copy(clone, "copy", url)
    describe_copy(clone, "into-live", url, table=live)
    describe_copy(clone, "through", of_another_account, f", bucket_owner: '{OTHER}'", through)
    methods = {"copy": "native", "into-live": "bulk_put", "through": "bulk_put"}
    return [{"dataset": f"{name}/dataset.yaml", "method": method} for name, method in methods.items()]


def is_copied(stack: Stack, printed: str) -> None:
    """Check that the copies have every item of the table."""
    clone, original = stack.clone, stack.items("customer-events")
    assert printed.count("130 items loaded in ") >= 3
    assert by_key(stack.items("copy")) == by_key(clone.items(f"through-{stack.name}")) == by_key(original)
    assert by_key(clone.items(f"live-{stack.name}")) == by_key([*original, STAYS])
    same = clone.literal(f"bulk verify {EVENTS} --table {stack.table('copy')}")
    assert same.code == 0, same.output
    extra = clone.literal(f"bulk verify into-live/dataset.yaml --table live-{stack.name} --allow-extra")
    assert extra.code == 0, extra.output


def recovery(clone: Clone, table: str) -> str:
    found = clone.client("dynamodb").describe_continuous_backups(TableName=table)
    return found["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"][
        "PointInTimeRecoveryStatus"
    ]


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


def test_changes_after_a_full_export_make_files_of_the_table_at_their_end(stack: Stack) -> None:
    stack.settle(SHIPPED, exports=[EXPORTED])
    stack.well(UP)
    clone, full = stack.clone, exported(stack)
    table, dynamodb = stack.table("customer-events"), clone.client("dynamodb")
    (gone, changed, *_) = clone.items(table)
    dynamodb.delete_item(TableName=table, Key={name: gone[name] for name in ("PK", "SK")})
    dynamodb.put_item(TableName=table, Item={**changed, "note": {"S": "seen"}})
    dynamodb.put_item(TableName=table, Item={"PK": {"S": "new"}, "SK": {"S": "new"}})
    assert clone.run(".venv/bin/bulk", "local", "forward", "25").code == 0
    since = datetime.fromisoformat(full["at"])
    window = f"--since {since.isoformat()} --until {(since + timedelta(minutes=16)).isoformat()}"
    changes = exported(stack, f"--type incremental {window}")

    chain = f"--from {full['url']} --from {changes['url']} --region eu-west-1"
    files = clone.literal(f"bulk export {chain} --to ndjson --out chained")
    assert files.code == 0, files.output
    parts = sorted((clone.folder / "chained/data").iterdir())
    written = [json.loads(line)["Item"] for part in parts for line in part.read_text().splitlines()]
    assert by_key(written) == by_key(clone.items(table))
    assert by_key(written)["new", "new"] == {"PK": {"S": "new"}, "SK": {"S": "new"}}


def by_key(items: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(item["PK"]["S"], item["SK"]["S"]): item for item in items}
