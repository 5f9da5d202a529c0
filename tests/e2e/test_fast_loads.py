"""Native import and bulk put when something is wrong, through the real engine."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.stack import Stack

EVENTS = "examples/customer-events"
SHIPPED = {"dataset": f"{EVENTS}/dataset.yaml", "method": "native", "check": "off"}
TABLE = "customer-events"


@pytest.fixture
def events(stack: Stack) -> Iterator[Path]:
    """The files of customer-events, which the stack imports; at the end they are as they ship."""
    stack.settle(SHIPPED)
    data = stack.clone.folder / EVENTS / "data"
    before = {file: file.read_bytes() for file in data.iterdir()}
    yield data
    for file, content in before.items():
        file.write_bytes(content)


def spoil(file: Path) -> int:
    """Take the sort key from the second line, and make the fourth no JSON; how many lines are after it."""
    lines = file.read_text().splitlines(keepends=True)
    lines[1] = lines[1].replace('"SK"', '"ZK"')
    lines[3] = "{broken\n"
    file.write_text("".join(lines))
    return len(lines) - 4


def test_import_reports_rejected_records_and_the_unread_and_succeeds_once_they_are_fixed(
    stack: Stack, events: Path
) -> None:
    file = sorted(events.iterdir())[2]
    whole = file.read_text()
    unread = spoil(file)
    stack.up().refused(
        "2 of 130 rows rejected",
        f"the files hold 130 rows, but AWS read {130 - unread}",
        f"data/{file.name}, line 2",
        f"data/{file.name}, line 4",
    )
    assert len(stack.items(TABLE)) == 128 - unread

    file.write_text(whole)
    mended = stack.up()
    assert mended.code == 0, mended.output
    assert len(stack.items(TABLE)) == 130


def test_import_when_its_files_change_refuses_and_leaves_the_table(stack: Stack, events: Path) -> None:
    stack.settle({**SHIPPED, "reload": "refuse"})
    first = stack.up()
    assert first.code == 0, first.output
    file = min(events.iterdir())
    file.write_text(file.read_text().replace("19.90", "18.90"))
    stack.up().refused("set `reload: recreate` to delete this table", "`reload: replace`")
    assert len(stack.items(TABLE)) == 130

    stack.settle({**SHIPPED, "reload": "replace"})
    replaced = stack.up()
    assert replaced.code == 0, replaced.output
    clone, before = stack.clone, stack.table(TABLE)
    tables = clone.client("dynamodb").list_tables()["TableNames"]
    (table,) = (name for name in tables if name.startswith(before))
    assert table != before
    assert len(clone.items(table)) == 130
    parameter = clone.client("ssm").get_parameter(Name=f"/dynamodb-bulk/{stack.name}/tables/customer-events")
    assert parameter["Parameter"]["Value"] == table


def test_import_recreates_its_table_when_a_file_changes(stack: Stack, people: Path) -> None:
    stack.settle({"dataset": "people/dataset.yaml", "method": "native"})
    first = stack.up()
    assert first.code == 0, first.output
    before = stack.clone.client("dynamodb").describe_table(TableName=stack.table("people"))["Table"]
    (people / "a.csv").write_text("p1|32\np9|1\n")
    file = people / "dataset.yaml"
    more = ", stream: NEW_IMAGE, time_to_live: expires, class: STANDARD_INFREQUENT_ACCESS"
    file.write_text(file.read_text().replace("{name: id}}", "{name: id}" + more + "}"))
    again = stack.up()
    assert again.code == 0, again.output
    said = (
        f"people: its data changed (a.csv): the table {stack.table('people')} is deleted and imported again"
    )
    assert said in again.output
    assert re.search(r"people-import +replac", again.output)
    after = stack.clone.client("dynamodb").describe_table(TableName=stack.table("people"))["Table"]
    assert after["TableId"] != before["TableId"]
    assert after["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert after["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert {(item["id"]["S"], item["age"]["N"]) for item in stack.items("people")} == {
        ("p1", "32"),
        ("p9", "1"),
        ("p3", "7"),
    }
    assert stack.up().code == 0
    assert set(stack.changes()) == {"same"}


@pytest.mark.usefixtures("events")
def test_bulk_put_fails_and_reports_a_rejected_record(stack: Stack) -> None:
    more = stack.clone.folder / "more"
    more.mkdir(exist_ok=True)
    (more / "dataset.yaml").write_text(
        "name: more\n"
        "source: {format: dynamodb_json, files: ['*.json']}\n"
        "table: {partition_key: {name: PK}, sort_key: {name: SK}}\n"
    )
    good = '{"Item":{"PK":{"S":"NEW#1"},"SK":{"S":"1"}}}\n'
    (more / "a.json").write_text(good + '{"Item":{"PK":{"N":"1"},"SK":{"S":"1"}}}\n')
    more_rows = {"dataset": "more/dataset.yaml", "method": "bulk_put", "check": "off"}
    stack.settle(SHIPPED, {**more_rows, "into": "customer-events"})
    stack.up().refused("1 of 2 rows rejected", "more/a.json, line 2")
    assert len(stack.items(TABLE)) == 131

    (more / "a.json").write_text(good)
    mended = stack.up()
    assert mended.code == 0, mended.output
    assert "1 item loaded" in mended.output
