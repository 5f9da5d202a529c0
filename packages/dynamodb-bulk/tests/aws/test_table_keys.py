"""The keys of a table that exists against those of a dataset."""

from typing import Any

import pytest

from dynamodb_bulk.aws.table_keys import index_keys, refuse_other_index_keys, refuse_other_keys
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.keys import KeyAttribute, TableKeys

LIVE: Any = {
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": kind}
        for name, kind in (("day", "S"), ("at", "N"), ("id", "S"))
    ],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
}
ID, AT = KeyAttribute(name="id", type="S"), KeyAttribute(name="at", type="N")


def test_keys_of_a_table_are_accepted_when_names_and_types_are_the_datasets() -> None:
    refuse_other_keys(LIVE, TableKeys(partition=ID, sort=AT), "here")


@pytest.mark.parametrize(
    ("keys", "shown", "to_be_written"),
    [
        (TableKeys(partition=ID), "id (S)", " at "),
        (TableKeys(partition=ID, sort=KeyAttribute(name="at", type="S")), "id (S), at (S)", " at "),
        (TableKeys(partition=AT, sort=ID), "at (N), id (S)", ""),
        (TableKeys(partition=KeyAttribute(name="no", type="B")), "no (B)", " id and at "),
    ],
    ids=["no sort key", "another type", "the other way round", "other names"],
)
def test_keys_of_a_table_are_refused_with_the_table_to_write_when_they_differ(
    keys: TableKeys, shown: str, to_be_written: str
) -> None:
    with pytest.raises(InputError) as caught:
        refuse_other_keys(LIVE, keys, "orders.yaml: table live")
    where, what, remedy = caught.value.where, caught.value.what, caught.value.remedy or ""
    assert where == "orders.yaml: table live"
    assert what == f"its key is id (S), at (N), the dataset's {shown}"
    assert "table: {partition_key: {name: id, type: S}, sort_key: {name: at, type: N}}" in remedy
    assert remedy.partition(", and have")[2].startswith(to_be_written)


@pytest.mark.parametrize("kind", ["Global", "Local"])
@pytest.mark.parametrize(
    ("written", "refused"),
    [
        ({"id": "S", "day": "S"}, False),
        ({"id": "S"}, False),
        ({"id": "S", "day": "N"}, True),
        ({"id": "S", "day": "M"}, True),
    ],
    ids=["of its type", "not written", "another type", "a map"],
)
def test_key_of_an_index_is_refused_when_it_is_written_with_another_type(
    kind: str, written: dict[str, str], refused: bool
) -> None:
    index = {"IndexName": "by-day", "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}]}
    live: Any = {**LIVE, f"{kind}SecondaryIndexes": [index]}
    if not refused:
        refuse_other_index_keys(index_keys(live), written, "here")
        return
    with pytest.raises(InputError) as caught:
        refuse_other_index_keys(index_keys(live), written, "orders.yaml: table live")
    assert caught.value.what == (
        f"day (S) is a key of its index by-day, and the dataset writes it as {written['day']}"
    )
    assert caught.value.remedy == "have day written as S, or under a different name"
