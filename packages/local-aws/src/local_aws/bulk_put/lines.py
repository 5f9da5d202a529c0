"""A line of DynamoDB JSON for bulk put: an item, and a condition that it may carry."""

from typing import Any, cast

from dynamodb_bulk.item_files.bulk_put_lines import CONDITION, NAMES, VALUES
from dynamodb_bulk.item_files.typed import BrokenRecord, item_text
from dynamodb_bulk.spec.keys import Demands, TableKeys
from local_aws.dataplane.written import PutCondition

_BESIDE = frozenset({CONDITION, NAMES, VALUES})


def conditional_item(document: object, keys: TableKeys, demands: Demands) -> tuple[str, PutCondition | None]:
    """Return the item of a document, and its condition; raise ValueError with what is wrong with it."""
    if not isinstance(document, dict):
        raise BrokenRecord("not an object")
    members = cast("dict[str, Any]", document)
    beside = {name: members.pop(name) for name in _BESIDE.intersection(members)}
    return item_text(members, keys, demands), _condition(beside) if beside else None


def _condition(members: dict[str, Any]) -> PutCondition:
    expression = members.get(CONDITION)
    if not isinstance(expression, str) or not expression:
        raise ValueError(f"{' and '.join(sorted(members))} without a {CONDITION}")
    for name in (NAMES, VALUES):
        if not isinstance(members.get(name, {}), dict):
            raise ValueError(f"{name} is not an object")
    return PutCondition(expression=expression, names=members.get(NAMES, {}), values=members.get(VALUES, {}))
