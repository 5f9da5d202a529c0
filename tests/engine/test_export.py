"""Exports of a stack, one that AWS ends FAILED, and a table copied by its export, through the real engine."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml

from tests.engine.clone import Clone

pytestmark = pytest.mark.engine

UP = "pulumi up --stack exports --yes --skip-preview"
EVENTS = "examples/customer-events"
COPY = "dynamodb-bulk-exports-copy"


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


def test_export_that_failed_stops_the_deployment_and_is_made_anew_by_the_next(stack: Clone) -> None:
    events = {"dataset": f"{EVENTS}/dataset.yaml"}
    settle(stack, events, exports=[{"table": "customer_events", "bucket": "elsewhere"}])
    up = stack.literal(UP)
    assert up.code != 0
    assert "FAILED: S3NoSuchBucket" in up.output
    assert "make the bucket, or name another" in up.output
    assert "Traceback" not in up.output

    place = {"LocationConstraint": "eu-west-1"}
    stack.client("s3").create_bucket(Bucket="elsewhere", CreateBucketConfiguration=place)
    mended = stack.literal(UP)
    assert mended.code == 0, mended.output
    assert "130 items in 4 files" in mended.output
    again = stack.literal(UP)
    assert again.code == 0, again.output
    assert stack.changes("exports").keys() == {"same"}


def test_table_is_copied_by_its_export_with_two_commands(stack: Clone) -> None:
    events = {"dataset": f"{EVENTS}/dataset.yaml"}
    settle(stack, events, exports=[{"table": "customer_events"}])
    first = stack.literal(UP)
    assert first.code == 0, first.output
    place = stack.literal("bulk status --stack exports --json").output
    url = next(row["place"] for row in yaml.safe_load(place) if "export" in row)
    (stack.folder / "copy").mkdir(exist_ok=True)
    (stack.folder / "copy/dataset.yaml").write_text(
        "name: copy\n"
        f"source: {{format: dynamodb_json, compression: gzip, location: '{url}data/'}}\n"
        "table: {partition_key: {name: PK}, sort_key: {name: SK}}\n"
    )
    settle(stack, events, {"dataset": "copy/dataset.yaml"}, exports=[{"table": "customer_events"}])
    second = stack.literal(UP)
    assert second.code == 0, second.output
    assert len(stack.items(COPY)) == 130
    same = stack.literal(f"bulk verify {EVENTS} --table {COPY}")
    assert same.code == 0, same.output


def test_export_of_a_table_without_recovery_is_refused_before_anything_is_declared(stack: Clone) -> None:
    settle(stack, {"dataset": "examples/minimal/dataset.yaml"}, exports=[{"table": "cities"}])
    up = stack.literal(UP)
    assert up.code != 0
    assert "point-in-time recovery is off for the table of cities" in up.output
    assert "set `point_in_time_recovery: true` under `table` in examples/minimal/dataset.yaml" in up.output


def test_load_that_is_to_be_verified_is_not_good_when_the_table_holds_another_item(stack: Clone) -> None:
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


def test_changes_behind_a_full_export_make_files_of_the_table_as_it_was_then(stack: Clone) -> None:
    settle(stack, {"dataset": f"{EVENTS}/dataset.yaml"}, exports=[])
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
