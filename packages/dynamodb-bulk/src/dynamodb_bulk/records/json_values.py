"""Values of JSON as texts and as DynamoDB JSON; a number stays the text that it is in the file."""

import json
from collections.abc import Mapping
from typing import Any, cast

from dynamodb_bulk.csv.batches import UnfitValue
from dynamodb_bulk.items.sizes import NESTING
from dynamodb_bulk.records.fields import Field, Fields


class Number(str):
    """A number as it is written."""

    __slots__ = ()


class Unfit:
    """What JSON does not allow and a parser can pass over: a name given twice, NaN."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def take_fields(record: object, fields: Fields) -> list[str | None]:
    """Return the text of each column, and the other members; raise ValueError for what cannot be one."""
    if not isinstance(record, dict):
        found = record.reason if isinstance(record, Unfit) else f"{kind_of_value(record)}, not an object"
        raise UnfitValue(found, "not-a-record")
    members = cast("dict[str, object]", record)
    texts = [taken(members, one) for one in fields.columns]
    if fields.but is not None:
        texts.append(_others(members, fields.but))
    if not all(map(_is_unicode, texts)):
        raise UnfitValue("bytes that are not UTF-8, or half of a surrogate pair", "not-utf8")
    return texts


def taken(value: Any, one: Field, place: int = 0) -> str | None:
    """Return the text of a column's value, its path followed from a place on; raise ColumnProblem."""
    for step in one.steps[place:]:
        if isinstance(step, str) and isinstance(value, dict):
            value = cast("dict[str, object]", value).get(step)
        elif isinstance(step, int) and isinstance(value, list):
            value = cast("list[object]", value)[step : step + 1]
            value = value[0] if value else None
        elif value is not None:
            _refuse_unfit(value)
            what = "a name" if isinstance(step, str) else "a place"
            raise ColumnProblem(
                one, UnfitValue(f"{what} of {kind_of_value(value)} in the path", "unparsable")
            )
    if value is None:
        return None
    try:
        return fragment(value) if one.nested else _scalar(value, one)
    except ValueError as error:
        raise ColumnProblem(one, error) from None


def _is_unicode(text: str | None) -> bool:
    if text is None or text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class ColumnProblem(ValueError):
    """Why the value of a column cannot be taken."""

    def __init__(self, one: Field, error: ValueError) -> None:
        super().__init__(str(error))
        self.column = one.label
        self.error = error


def _scalar(value: object, one: Field) -> str:
    kind = type(value)
    if kind is str and one.only in (None, "S", "B"):
        return cast("str", value)
    if kind is Number and one.only in (None, "N"):
        return str(value)
    if kind is bool and one.only is None:
        return "true" if value else "false"
    _refuse_unfit(value)
    raise one.refuse(kind_of_value(value))


def _others(members: Mapping[str, object], but: frozenset[str]) -> str | None:
    found = [
        f"{_quoted(name)}:{fragment(value)}"
        for name, value in members.items()
        if value is not None and name not in but
    ]
    return ",".join(found) or None


def fragment(value: Any, depth: int = 1) -> str:
    """Return a value in DynamoDB JSON, whose numbers and sizes are checked elsewhere; raise UnfitValue."""
    kind: type = type(value)  # pyright: ignore[reportUnknownVariableType]
    if kind is str:
        return f'{{"S":{_quoted(value)}}}'
    if kind is Number:
        return f'{{"N":"{value}"}}'
    if kind is bool:
        return f'{{"BOOL":{"true" if value else "false"}}}'
    if value is None:
        return '{"NULL":true}'
    _refuse_unfit(value)
    if depth >= NESTING:
        raise UnfitValue(
            f"nested deeper than {NESTING} levels, which DynamoDB does not store", "not-a-record"
        )
    if kind is list:
        return f'{{"L":[{",".join(fragment(one, depth + 1) for one in value)}]}}'
    inner = ",".join(f"{_quoted(name)}:{fragment(one, depth + 1)}" for name, one in value.items())
    return f'{{"M":{{{inner}}}}}'


def kind_of_value(value: object) -> str:
    """Return what a value is, in words."""
    kind: type = type(value)
    return _WORDS.get(kind, "null")


def _refuse_unfit(value: object) -> None:
    if isinstance(value, Unfit):
        raise UnfitValue(value.reason, "not-a-record")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object] | Unfit:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    twice = next(name for name in names if names.count(name) > 1)
    return Unfit(f"{twice[:80]!r} is twice in one object")


_WORDS: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    Number: "a number",
    bool: "a boolean",
}
_quoted = json.JSONEncoder(ensure_ascii=False).encode
DECODER = json.JSONDecoder(
    object_pairs_hook=_once,
    parse_int=Number,
    parse_float=Number,
    parse_constant=lambda text: Unfit(f"{text} is not JSON"),
)
