"""`make up` to `make down`: the stack that ships, in an account of its own, through the real engine."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.clone import ROOT, Clone
from tests.e2e.conftest import new_stack, write_dataset
from tests.e2e.stack import DESTROY, UP

ORDERS = "dynamodb-bulk-local-orders"
SENSORS = "dynamodb-bulk-local-sensors"
EVENTS = "dynamodb-bulk-local-customer-events"


def rows(folder: Path) -> list[list[str]]:
    with (folder / "examples/orders/data/orders-1.csv").open(newline="") as stream:
        return list(csv.reader(stream, delimiter="|"))


@pytest.fixture(scope="module", name="clone")
def shipped(own: Clone) -> Iterator[Clone]:
    """A clone after `make up`; `make down` leaves nothing but what it names."""
    up = own.make("up")
    assert up.code == 0, up.output
    assert "4,000 rows loaded in " in up.output
    assert up.output.rstrip().endswith("report: report.html")
    yield own
    down = own.make("down")
    assert down.code == 0, down.output
    assert "Still there:" not in down.output
    assert "Nothing is left." in down.output
    assert not (own.folder / "report.html").exists()


def test_make_up_loads_every_row(clone: Clone) -> None:
    assert {item["SK"]["S"] for item in clone.items(ORDERS)} == {
        f"ORDER#{row[0]}" for row in rows(clone.folder)
    }
    assert len(clone.items(SENSORS)) == 2


def test_make_up_shows_rows_items_and_verdict_of_each_load(clone: Clone) -> None:
    status = clone.literal("bulk status --stack local")
    assert status.code == 0
    loads, exports = status.output.split("\n\n")
    lines = {line.split()[0]: line.split() for line in loads.splitlines() if line.strip()}
    assert lines["orders"][:6] == ["orders", "dms", "4,000", "4,000", "0", "0"]
    assert lines["customer-events"][:6] == ["customer-events", "native", "130", "130", "0", "0"]
    assert lines["price-updates"][:7] == ["price-updates", "bulk", "put", "5", "4", "1", "0"]
    assert {line[-1] for name, line in lines.items() if name not in ("load", "condition")} == {"good"}
    assert exports.splitlines()[1].split()[:5] == ["customer-events", "full", "DYNAMODB", "JSON", "131"]
    assert "exports/customer-events/" in exports


def one_liners() -> dict[str, str]:
    """The lines of docs/export.md that go from a table to files and compare them, by their load."""
    text = (ROOT / "docs/export.md").read_text()
    found = re.findall(r"^    (bulk export (\S+) .* && bulk verify (\S+) --by .*)$", text, re.MULTILINE)
    assert all(exported == verified for _, exported, verified in found)
    return {load: line for line, load, _ in found}


@pytest.mark.parametrize("load", ["orders", "sensors", "customer-events", "price-updates"])
def test_documented_line_takes_a_table_to_files_and_finds_no_difference(clone: Clone, load: str) -> None:
    ended = clone.literal(one_liners()[load])
    assert ended.code == 0, ended.output
    assert f"{load}: good" in ended.output


def test_documented_lines_are_of_every_load_of_the_local_stack(clone: Clone) -> None:
    loads = json.loads(clone.literal("bulk status --stack local --json").output)
    assert {row["load"] for row in loads if "load" in row} == one_liners().keys()


def test_verify_when_one_digit_was_changed_names_item_attribute_file_and_line(clone: Clone) -> None:
    client = clone.client("dynamodb")
    row = rows(clone.folder)[1234]
    key = {"PK": {"S": f"CUSTOMER#{row[1]}"}, "SK": {"S": f"ORDER#{row[0]}"}}
    item = client.get_item(TableName=ORDERS, Key=key)["Item"]
    changed = {"amount": {"N": row[5].replace(row[5][0], "8" if row[5][0] != "8" else "7", 1)}}
    client.put_item(TableName=ORDERS, Item=item | changed)
    ended = clone.literal("bulk verify orders --out differences.jsonl")
    client.put_item(TableName=ORDERS, Item=item)
    assert ended.code == 1
    assert "orders: 1 different: 4,000 items" in ended.output
    assert f'orders-1.csv, line 1235): amount: expected {{"N": "{row[5]}"}}' in ended.output
    (line,) = (clone.folder / "differences.jsonl").read_text().splitlines()
    assert json.loads(line)["attributes"]["amount"]["found"] == changed["amount"]
    again = clone.literal("bulk verify orders")
    assert again.code == 0, again.output


def test_condition_when_the_table_holds_that_version_already_keeps_its_item(clone: Clone) -> None:
    found = [item for item in clone.items(EVENTS) if item["SK"]["S"] == "CURRENT"]
    prices = {item["sku"]["S"]: item["price"]["N"] for item in found}
    assert (prices["P001"], prices["P004"], prices["P006"]) == ("21.5", "399", "89")


def test_items_when_fields_are_quoted_or_empty_are_typed_as_dms_does(clone: Clone) -> None:
    items = {item["SK"]["S"]: item for item in clone.items(ORDERS)}
    for row in rows(clone.folder)[:50]:
        order, customer, placed, status, count, amount, express, street, city, zip_code, note = row
        zipped = {"zip": {"N": zip_code}} if zip_code else {}
        noted = {"note": {"S": note}} if note else {}
        assert items[f"ORDER#{order}"] == {
            "PK": {"S": f"CUSTOMER#{customer}"},
            "SK": {"S": f"ORDER#{order}"},
            "order_id": {"S": order},
            "customer_id": {"S": customer},
            "placed_at": {"S": placed},
            "order_status": {"S": status},
            "item_count": {"N": count},
            "amount": {"N": amount.rstrip("0").rstrip(".") if "." in amount else amount},
            "express": {"BOOL": express == "true"},
            "address": {"M": {"street": {"S": street}, "city": {"S": city}, **zipped}},
            **noted,
        }


def test_items_when_documents_came_from_elsewhere_have_their_quotes_stripped(clone: Clone) -> None:
    labels = {item["label"]["S"] for item in clone.items(SENSORS)}
    assert labels == {"Boiler, south; upper valve", 'Cooling "loop" 2'}


def test_make_up_when_nothing_changed_changes_nothing(clone: Clone) -> None:
    again = clone.make("up")
    assert again.code == 0, again.output
    assert set(clone.changes()) == {"same"}
    assert "good" in again.output


def test_watch_when_the_load_has_ended_shows_how_it_went(clone: Clone) -> None:
    watch = clone.literal("bulk watch orders --stack local --json")
    assert watch.code == 0
    assert '"items_written": 4000' in watch.output


def test_watch_lists_the_loads_when_the_load_is_unknown(clone: Clone) -> None:
    watch = clone.literal("bulk watch order --stack local")
    assert watch.code == 2
    has = "it has customer-events, orders, price-updates, sensors"
    assert f"error: load order: the stack does not have it; {has}" in watch.output


def test_refresh_when_nothing_changed_finds_no_drift(clone: Clone) -> None:
    refresh = clone.literal("pulumi refresh --stack local --yes --expect-no-changes")
    assert refresh.code == 0, refresh.output


def test_account_roles_are_made_once_and_kept_in_the_state(clone: Clone) -> None:
    state = clone.literal("pulumi stack export --stack local").output
    assert '"dms-vpc-role"' in state
    assert '"dms-cloudwatch-logs-role"' in state


def test_up_adopts_the_account_roles_when_there_is_another_stack_and_loads_a_changed_file_again(
    clone: Clone,
) -> None:
    second, folder = new_stack(clone, "second"), clone.folder / "small"
    write_dataset(folder, a="p1|31\np2|\n")
    second.settle({"dataset": "small/dataset.yaml", "method": "dms"})
    second.well(UP)
    assert len(second.items("small")) == 2

    write_dataset(folder, a="p1|31\np2|\np3|7\n")
    second.well(UP)
    assert second.changes()["update"] == 2, "the object and the step"
    assert len(second.items("small")) == 3

    second.well(DESTROY)
    assert clone.client("iam").get_role(RoleName="dms-vpc-role")["Role"]["Arn"]
