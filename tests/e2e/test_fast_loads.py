"""Native import and bulk put of files that are wrong, are fixed, and change, through the real engine."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import write_dataset
from tests.e2e.stack import UP, Stack

SHIPPED = Path("examples/customer-events")
SETTINGS = ", stream: NEW_IMAGE, time_to_live: expires, class: STANDARD_INFREQUENT_ACCESS"
GOOD = '{"Item":{"PK":{"S":"NEW#1"},"SK":{"S":"1"}}}\n'
BAD = '{"Item":{"PK":{"N":"1"},"SK":{"S":"1"}}}\n'


class Shelf:
    """A stack of two imports, `events` and `people`, and of a bulk put of `more` into the first's table."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.folder = stack, stack.clone.folder / "shelf"
        self.events = self.folder / "events"
        self.events.mkdir(parents=True)
        (self.folder / "more").mkdir()
        keys = "table: {partition_key: {name: PK}, sort_key: {name: SK}}\n"
        for name in ("events", "more"):
            source = "source: {format: dynamodb_json, files: ['*.json']}\n"
            (self.folder / name / "dataset.yaml").write_text(f"name: {name}\n{source}{keys}")
        for file in (stack.clone.folder / SHIPPED / "data").iterdir():
            (self.events / file.name).write_bytes(file.read_bytes())
        write_dataset(self.folder / "people", a="p1|31\np2|\n", b="p3|7\n")

    def settle(self, **of_events: Any) -> None:
        """Write the stack's settings."""
        self.stack.settle(
            {"dataset": "shelf/events/dataset.yaml", "method": "native", "check": "off", **of_events},
            {"dataset": "shelf/people/dataset.yaml", "method": "native"},
            {"dataset": "shelf/more/dataset.yaml", "method": "bulk_put", "check": "off", "into": "events"},
        )

    def files(self) -> list[Path]:
        """The files of `events` in the order of their names."""
        return sorted(self.events.glob("*.json"))

    def described(self, dataset: str) -> dict[str, Any]:
        """What DynamoDB says of a dataset's table."""
        name = self.stack.table(dataset)
        return self.stack.clone.client("dynamodb").describe_table(TableName=name)["Table"]


@pytest.fixture
def shelf(stack: Stack) -> Shelf:
    made = Shelf(stack)
    made.settle()
    return made


def spoil(file: Path) -> int:
    """Take the sort key from the second line, and make the fourth no JSON; how many lines are after it."""
    lines = file.read_text().splitlines(keepends=True)
    lines[1] = lines[1].replace('"SK"', '"ZK"')
    lines[3] = "{broken\n"
    file.write_text("".join(lines))
    return len(lines) - 4


def test_up_reports_rejected_records_and_the_unread_and_loads_what_is_fixed_and_what_changes(
    shelf: Shelf,
) -> None:
    stack, file, more = shelf.stack, shelf.files()[2], shelf.folder / "more/a.json"
    more.write_text(GOOD + BAD)
    whole = file.read_text()
    unread = spoil(file)
    stack.up("--continue-on-error").refused(
        "2 of 130 rows rejected",
        f"the files hold 130 rows, but AWS read {130 - unread}",
        f"events/{file.name}, line 2",
        f"events/{file.name}, line 4",
    )
    assert len(stack.items("events")) == 128 - unread

    file.write_text(whole)
    stack.up().refused("1 of 2 rows rejected", "more/a.json, line 2")
    assert len(stack.items("events")) == 131
    people = shelf.described("people")

    more.write_text(GOOD)
    first = shelf.files()[0]
    first.write_text(first.read_text().replace("19.90", "18.90"))
    shelf.settle(reload="replace")
    change_people(shelf.folder / "people")
    changed = stack.well(UP)
    assert "1 item loaded" in changed.output
    is_in_a_new_table(stack)
    deleted = f"the table {stack.table('people')} is deleted and imported again"
    assert f"people: its data changed (a.csv): {deleted}" in changed.output
    assert re.search(r"people-import +replac", changed.output)
    is_recreated(shelf, people)
    stack.well(UP)
    assert set(stack.changes()) == {"same"}


def change_people(folder: Path) -> None:
    """Change a file, and the settings of the table."""
    (folder / "a.csv").write_text("p1|32\np9|1\n")
    file = folder / "dataset.yaml"
    file.write_text(file.read_text().replace("{name: id}}", "{name: id}" + SETTINGS + "}"))


def is_in_a_new_table(stack: Stack) -> None:
    """Check that `events` was replaced, not recreated, and that its parameter names the new table."""
    clone, before = stack.clone, stack.table("events")
    tables = clone.client("dynamodb").list_tables()["TableNames"]
    (table,) = (name for name in tables if name.startswith(before))
    assert table != before
    assert len(clone.items(table)) == 131
    parameter = clone.client("ssm").get_parameter(Name=f"/dynamodb-bulk/{stack.name}/tables/events")
    assert parameter["Parameter"]["Value"] == table


def is_recreated(shelf: Shelf, before: dict[str, Any]) -> None:
    """Check that the table of `people` was made anew, with the settings and the items of now."""
    after = shelf.described("people")
    assert after["TableId"] != before["TableId"]
    assert after["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert after["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    items = {(item["id"]["S"], item["age"]["N"]) for item in shelf.stack.items("people")}
    assert items == {("p1", "32"), ("p9", "1"), ("p3", "7")}
