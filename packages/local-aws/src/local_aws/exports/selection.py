"""Which items an export has, and which of their attributes: its FilterSpecification.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Filtered.html
"""

from collections.abc import Mapping
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table

from local_aws.dataplane.conditions import Holds, parse_condition
from local_aws.dataplane.written import ConditionError, PutCondition
from local_aws.exports import assumed
from local_aws.exports.expressions import (
    FILTER,
    KEY,
    NAMES,
    PROJECTION,
    VALUES,
    attributes_named,
    placeholders_of,
    problems,
)
from local_aws.exports.key_condition import check_key_condition
from local_aws.exports.projection import Projection
from local_aws.protocol import Fault, Request, invalid


class Selection:
    """What an export keeps of a table; raise ValidationException for a specification that is invalid.

    Keys are projected like any attribute, when they are named.
    """

    def __init__(self, table: Table, specification: Request | None) -> None:
        self._key: Holds | None = None
        self._filter: Holds | None = None
        self._projection: Projection | None = None
        if specification is None:
            return
        texts = {
            name: str(specification[name]) for name in (KEY, FILTER, PROJECTION) if name in specification
        }
        if not texts:
            raise invalid(assumed.FILTER_EMPTY)
        names: dict[str, str] = specification.get(NAMES, {})
        values: dict[str, Any] = specification.get(VALUES, {})
        for problem in problems(texts, names, values):
            raise _refused(problem)
        if KEY in texts:
            self._key = _condition(KEY, texts[KEY], names, values)
            try:
                check_key_condition(_used(texts[KEY], names, values), table)
            except ValueError as error:
                raise _refused(f"Invalid {KEY}: {error}") from None
        if FILTER in texts:
            keys = attributes_named(texts[FILTER], names).intersection(table.table_key_attrs)
            if KEY in texts and keys:
                raise _refused(
                    f"Filter Expression can only contain non-primary key attributes: Primary key attribute: "
                    f"{min(keys)}"
                )
            self._filter = _condition(FILTER, texts[FILTER], names, values)
        if PROJECTION in texts:
            try:
                self._projection = Projection(texts[PROJECTION], names)
            except ValueError as error:
                raise _refused(f"Invalid {PROJECTION}: {error}") from None

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self._key is None and self._filter is None and self._projection is None

    def reads(self, item: Mapping[str, Any]) -> bool:
        """Return whether the key condition lets an item in DynamoDB JSON be read at all."""
        return self._key is None or self._key(_held(item))

    def keeps(self, item: Mapping[str, Any]) -> bool:
        """Return whether an item that was read is exported."""
        return self._filter is None or self._filter(_held(item))

    def shown(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what is exported of it."""
        return item if self._projection is None else self._projection.of(item)


def _held(item: Mapping[str, Any]) -> Item:
    attributes = LimitedSizeDict()
    for name, value in item.items():
        dict.__setitem__(attributes, name, DynamoType(value))
    held: Item = object.__new__(Item)
    held.attrs = attributes
    return held


def _used(text: str, names: Mapping[str, str], values: Mapping[str, Any]) -> PutCondition:
    """Return an expression with the names and values that are in it."""
    placeholders = placeholders_of(text)
    return PutCondition(
        expression=text,
        names={name: attribute for name, attribute in names.items() if name in placeholders},
        values={name: value for name, value in values.items() if name in placeholders},
    )


def _condition(member: str, text: str, names: Mapping[str, str], values: Mapping[str, Any]) -> Holds:
    try:
        return parse_condition(_used(text, names, values))
    except ConditionError as error:
        raise _refused(f"Invalid {member}: {str(error).partition(': ')[2] or error}") from None


def _refused(problem: str) -> Fault:
    return invalid(assumed.FILTER_INVALID.format(problem))
