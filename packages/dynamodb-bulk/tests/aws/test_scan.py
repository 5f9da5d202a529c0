"""Scans: pages are cut into the items that are in them, whatever these hold."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_testing.item_strategies import ITEMS
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.scan import Pace, read_page, scan_pages
from dynamodb_bulk.item_files.canonical import canonical_items
from dynamodb_bulk.spec.keys import KeyAttribute, TableKeys
from dynamodb_bulk.verify.comparable import comparable_texts
from dynamodb_bulk.verify.reread import read_again
from local_aws.testing.stage import Stage

KEYS = TableKeys(partition=KeyAttribute(name="id", type="S"))
TRICKS = st.sampled_from(["}", "{", "},{", "}]", '"Items":[', '\\"', "]}", "a"])


def page(items: list[dict[str, Any]], **more: Any) -> bytes:
    document = {"Count": len(items), "Items": items, "ScannedCount": len(items), **more}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


@given(
    others=st.lists(ITEMS, max_size=5),
    texts=st.lists(TRICKS, min_size=5, max_size=5),
    after=st.booleans(),
)
def test_page_holds_the_items_of_the_json(
    others: list[dict[str, Any]], texts: list[str], after: bool
) -> None:
    items = [{"id": {"S": text}, **other} for text, other in zip(texts, others, strict=False)]
    last = {"LastEvaluatedKey": {"id": {"S": "}],{"}}} if after else {}
    document, cut = read_page(page(items, **last))
    found = comparable_texts(cut, KEYS)
    assert found.items.to_list() == canonical_items(items).to_list()
    assert found.keys["partition"].to_list() == [item["id"]["S"] for item in items]
    assert json.loads(document).get("LastEvaluatedKey") == last.get("LastEvaluatedKey")


def test_page_holds_the_items_when_its_json_has_spaces() -> None:
    text = b' { "Items" : [ {"id": {"S": "a"}} , {"id":{"S":"b"}} ], "Count": 2 } '
    document, texts = read_page(text)
    assert [json.loads(text)["id"]["S"] for text in texts] == ["a", "b"]
    assert json.loads(document) == {"Count": 2}


@pytest.fixture
def aws(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Aws:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    return Aws(region=stage.region)


def test_parallel_scan_gives_every_item_once_and_counts_what_it_took(stage: Stage, aws: Aws) -> None:
    table = stage.table()
    for number in range(40):
        note = {"S": "x" * 60_000}
        stage.dynamodb.put_item(TableName=table, Item={"id": {"S": f"o{number}"}, "note": note})
    found: list[str] = []
    pace = Pace(None)
    for page in scan_pages(table, aws, pace=pace):
        found += [json.loads(text)["id"]["S"] for text in page]
    assert sorted(found) == sorted(f"o{number}" for number in range(40))
    assert pace.units > 0


def test_items_read_again_are_the_current_ones_of_any_type(stage: Stage, aws: Aws) -> None:
    table = stage.table()
    item = {"id": {"S": "a"}, "b": {"B": b"\x00\xff"}, "deep": {"M": {"bs": {"L": [{"BS": [b"x"]}]}}}}
    stage.dynamodb.put_item(TableName=table, Item=item)
    found = read_again(table, [("a",), ("gone",)], KEYS, aws)
    assert found == {
        ("a",): {
            "id": {"S": "a"},
            "b": {"B": "AP8="},
            "deep": {"M": {"bs": {"L": [{"BS": ["eA=="]}]}}},
        }
    }


def test_pace_keeps_to_its_limit() -> None:
    pace = Pace(1_000)
    started = time.monotonic()
    for _ in range(5):
        pace.took(20)
    assert time.monotonic() - started >= 0.09
    assert pace.units == 100
