"""Native import and bulk put when something is wrong, through the real engine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.clone import Clone

pytestmark = pytest.mark.engine

UP = "pulumi up --stack events --yes --skip-preview"
TABLE = "dynamodb-bulk-events-customer-events"
EVENTS = "examples/customer-events"


def settle(clone: Clone, *loads: dict[str, Any]) -> None:
    """Write the stack's settings."""
    settings = clone.settings()
    settings["config"]["bulk:loads"] = list(loads)
    (clone.folder / "Pulumi.events.yaml").write_text(yaml.safe_dump(settings))


@pytest.fixture
def events(clone: Clone) -> Iterator[Path]:
    """A stack that imports customer-events; destroyed at the end, with its files as they ship."""
    assert clone.run(".venv/bin/bulk", "local", "up").code == 0
    settle(clone, {"dataset": f"{EVENTS}/dataset.yaml"})
    data = clone.folder / EVENTS / "data"
    before = {file: file.read_bytes() for file in data.iterdir()}
    assert clone.literal("pulumi stack init events").code == 0
    yield data
    for file, content in before.items():
        file.write_bytes(content)
    down = clone.literal("pulumi destroy --stack events --yes --skip-preview")
    assert down.code == 0, down.output
    assert clone.literal("pulumi stack rm events --yes").code == 0


def spoil(file: Path) -> None:
    """Make the second line no JSON, and take the sort key from the fourth."""
    lines = file.read_text().splitlines(keepends=True)
    lines[1] = "{broken\n"
    lines[3] = lines[3].replace('"SK"', '"ZK"')
    file.write_text("".join(lines))


def test_import_reports_two_rejected_records_and_succeeds_once_they_are_fixed(
    clone: Clone, events: Path
) -> None:
    file = sorted(events.iterdir())[2]
    whole = file.read_text()
    spoil(file)
    up = clone.literal(UP)
    assert up.code != 0
    assert "2 of 130 rows rejected" in up.output
    assert f"data/{file.name}, line 2" in up.output
    assert f"data/{file.name}, line 4" in up.output
    assert "Traceback" not in up.output
    assert len(clone.items(TABLE)) == 128

    file.write_text(whole)
    mended = clone.literal(UP)
    assert mended.code == 0, mended.output
    assert len(clone.items(TABLE)) == 130


def test_import_when_its_files_change_refuses_and_leaves_the_table(clone: Clone, events: Path) -> None:
    first = clone.literal(UP)
    assert first.code == 0, first.output
    file = min(events.iterdir())
    file.write_text(file.read_text().replace("19.90", "18.90"))
    up = clone.literal(UP)
    assert up.code != 0
    assert "set `reload: replace`" in up.output
    assert len(clone.items(TABLE)) == 130

    settle(clone, {"dataset": f"{EVENTS}/dataset.yaml", "reload": "replace"})
    replaced = clone.literal(UP)
    assert replaced.code == 0, replaced.output
    tables = [name for name in clone.client("dynamodb").list_tables()["TableNames"] if name.startswith(TABLE)]
    (table,) = tables
    assert table != TABLE
    assert len(clone.items(table)) == 130
    parameter = clone.client("ssm").get_parameter(Name="/dynamodb-bulk/events/tables/customer-events")
    assert parameter["Parameter"]["Value"] == table


def test_bulk_put_fails_and_reports_a_rejected_record(clone: Clone, events: Path) -> None:
    first = clone.literal(UP)
    assert first.code == 0, first.output
    more = clone.folder / "more"
    more.mkdir(exist_ok=True)
    (more / "dataset.yaml").write_text(
        "name: more\n"
        "source: {format: dynamodb_json, files: ['*.json']}\n"
        "table: {partition_key: {name: PK}, sort_key: {name: SK}}\n"
    )
    good = '{"Item":{"PK":{"S":"NEW#1"},"SK":{"S":"1"}}}\n'
    (more / "a.json").write_text(good + '{"Item":{"PK":{"N":"1"},"SK":{"S":"1"}}}\n')
    loads = (
        {"dataset": f"{EVENTS}/dataset.yaml"},
        {"dataset": "more/dataset.yaml", "method": "bulk_put", "into": "customer-events"},
    )
    settle(clone, *loads)
    up = clone.literal(UP)
    assert up.code != 0
    assert "1 of 2 rows rejected" in up.output
    assert "more/a.json, line 2" in up.output
    assert len(clone.items(TABLE)) == 131

    (more / "a.json").write_text(good)
    mended = clone.literal(UP)
    assert mended.code == 0, mended.output
    assert "1 item loaded" in mended.output
