"""The same items, keys and conditions to both DynamoDBs of this machine: moto's, and DynamoDB Local.

Not compared, as the two differ in it with reason: the order of a scan (moto sorts keys, Local their hashes),
and the words that say why an item is refused.
"""

import itertools
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from local_aws.testing.mass_data import MassData, line
from local_aws.testing.stage import Stage

Item = dict[str, Any]
WITH_INDEX: Item = {
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "n", "AttributeType": "N"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-n",
            "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}
NAMES = ("a", "n", "size", "é", "m.x")
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)
NUMBERS = st.one_of(
    st.integers(-20, 20).map(str),
    st.sampled_from(["1.50", "-0", "0010", "1e3", "1E-3", "+7", "1" * 38, "9.99e125", "1e-130", "1.0e0"]),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-1000, max_value=1000).map(str),
)
BINARIES = st.binary(max_size=5).map(lambda value: b64encode(value).decode())
SCALARS = st.one_of(
    TEXTS.map(lambda text: {"S": text}),
    NUMBERS.map(lambda text: {"N": text}),
    BINARIES.map(lambda text: {"B": text}),
    st.booleans().map(lambda value: {"BOOL": value}),
    st.just({"NULL": True}),
    st.lists(TEXTS, min_size=1, max_size=3, unique=True).map(lambda every: {"SS": every}),
    st.lists(NUMBERS, min_size=1, max_size=3, unique_by=Decimal).map(lambda every: {"NS": every}),
    st.lists(BINARIES, min_size=1, max_size=3, unique=True).map(lambda every: {"BS": every}),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda every: {"L": every}),
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=3).map(lambda every: {"M": every}),
    ),
    max_leaves=4,
)
KEYS = st.one_of(
    st.integers(0, 6).map(lambda number: {"S": f"k{number}"}),
    st.sampled_from([{"S": ""}, {"N": "1"}, {"S": "é" * 1024}, {"S": "é" * 1024 + "x"}, {"B": "AAE="}]),
)
ITEMS = st.builds(
    lambda key, more: {"id": key, **more} if key else more,
    st.one_of(KEYS, st.none()),
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4),
)
COMPARED = st.one_of(NUMBERS.map(lambda text: {"N": text}), TEXTS.filter(bool).map(lambda text: {"S": text}))
EXPRESSIONS = (
    "attribute_not_exists(id)",
    "attribute_exists(#n)",
    "attribute_not_exists(#n) OR #n < :v",
    "#n = :v",
    "#n <> :v",
    "#n >= :v AND attribute_exists(id)",
    "NOT #n = :v",
    "#n BETWEEN :v AND :w",
    "#n IN (:v, :w)",
    "begins_with(#n, :s)",
    "contains(#n, :s)",
    "attribute_type(#n, :t)",
    "size(#n) > :one",
    "#m.#n = :v",
    "#l[0] = :v",
    "attribute_not_exists(id) AND (#n = :v OR #n = :w)",
)


@st.composite
def conditions(draw: st.DrawFn) -> Item:
    """The members of a line that make its put conditional."""
    expression = draw(st.sampled_from(EXPRESSIONS))
    names = {"#n": draw(st.sampled_from(NAMES)), "#m": "a", "#l": "n"}
    low, high = draw(NUMBERS), draw(NUMBERS)
    if ":w" in expression and Decimal(low) > Decimal(high):
        low, high = high, low
    values = {
        ":v": {"N": low} if ":w" in expression else draw(COMPARED),
        ":w": {"N": high},
        ":s": {"S": draw(TEXTS.filter(bool))},
        ":t": {"S": draw(st.sampled_from(["S", "N", "M", "L", "SS", "NULL", "BOOL"]))},
        ":one": {"N": "1"},
    }
    members: Item = {"ConditionExpression": expression}
    for member, given_ in (("ExpressionAttributeNames", names), ("ExpressionAttributeValues", values)):
        used = {name: value for name, value in given_.items() if name in expression}
        members |= {member: used} if used else {}
    return members


LINES = st.builds(lambda item, beside: line(item, **beside), ITEMS, st.one_of(st.just({}), conditions()))


def canonical(value: Mapping[str, Any]) -> Any:
    """A value by what it means: numbers by value, sets without order."""
    [(kind, content)] = value.items()
    match kind:
        case "N":
            return (kind, Decimal(content))
        case "SS" | "BS":
            return (kind, sorted(map(str, content)))
        case "NS":
            return (kind, sorted(map(Decimal, content)))
        case "M":
            return (kind, [(name, canonical(content[name])) for name in sorted(content)])
        case "L":
            return (kind, [canonical(inner) for inner in content])
        case "B":
            return (kind, content if isinstance(content, str) else b64encode(content).decode())
        case _:
            return (kind, content)


def meant(items: Iterable[Item]) -> list[Any]:
    """Items by what they mean, in no order."""
    return sorted(
        ([(name, canonical(item[name])) for name in sorted(item)] for item in items),
        key=repr,
    )


THOROUGH = settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
_NUMBERS = itertools.count(1)


def begin_put(stage: Stage, text: str) -> Callable[[], Item]:
    """Put the lines into a new table; what became of them: the table, who failed, who was refused and why."""
    data = _data(stage, text)
    table = stage.table(data.prefix.strip("/"))
    begun = data.ask_put(table)

    def end() -> Item:
        ended = data.put_ended(begun)
        errors = data.report(begun, "error")
        refused = data.report(begun, "condition")
        return {
            "status": ended["BulkOperationStatus"],
            "counts": (ended["ProcessedItemCount"], ended["FailedItemCount"]),
            "items": _scan(stage, table),
            "failed": sorted(record["S3Pointer"]["ItemIndex"] for record in errors),
            "refused": [
                (record["S3Pointer"]["ItemIndex"], meant([record.get("ExistingItem", {})]))
                for record in refused
            ],
        }

    return end


def begin_import(stage: Stage, text: str) -> Callable[[], Item]:
    """Import the lines into a new table with an index; what became of them."""
    data = _data(stage, text)
    table = data.prefix.strip("/")
    begun = data.ask_import(table, table_fields=WITH_INDEX)

    def end() -> Item:
        ended = data.imported(begun)
        errors = data.logged(begun) if ended["ErrorCount"] else []
        return {
            "status": ended["ImportStatus"],
            "counts": (ended["ProcessedItemCount"], ended["ImportedItemCount"], ended["ErrorCount"]),
            "keys": sorted(repr(item["id"]) for item in stage.items(table).values()),
            "errors": sorted(error["itemS3Pointer"]["itemIndex"] for error in errors),
        }

    return end


@THOROUGH
@given(lines=st.lists(LINES, min_size=1, max_size=50))
def test_bulk_put_of_any_items_and_conditions_ends_alike_in_both(
    stage: Stage, local_stage: Stage, lines: list[str]
) -> None:
    assert_alike([begin_put(each, "".join(lines)) for each in (stage, local_stage)])


@THOROUGH
@given(items=st.lists(ITEMS, min_size=1, max_size=50))
def test_import_of_any_items_ends_alike_in_both(stage: Stage, local_stage: Stage, items: list[Item]) -> None:
    text = "".join(line(item) for item in items)
    assert_alike([begin_import(each, text) for each in (stage, local_stage)])


def assert_alike(sides: Iterable[Callable[[], Item]]) -> None:
    """Both end with the same."""
    ours, theirs = (end() for end in sides)
    for what, found in ours.items():
        assert found == theirs[what], what


def _data(stage: Stage, text: str) -> MassData:
    data = MassData(stage)
    data.prefix = f"{stage.named('both')}-{next(_NUMBERS)}/"
    data.put(lines_json=text)
    return data


def _scan(stage: Stage, table: str) -> list[Any]:
    pages = stage.dynamodb.get_paginator("scan").paginate(TableName=table)
    return meant(item for page in pages for item in page["Items"])
