"""Values in DynamoDB JSON, checked against what DynamoDB stores.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, cast

from dynamodb_bulk.column_types.reals import NUMBER
from dynamodb_bulk.items.sizes import NAME_BYTES, NESTING

Item = dict[str, Any]
_SHORT_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")


def check_name(name: str) -> None:
    """Raise ValueError if an attribute or a member of a map cannot have the name."""
    if not name:
        raise ValueError("an attribute without a name, which DynamoDB refuses")
    if len(name) > NAME_BYTES // 4 and (size := len(name.encode("utf-8", "replace"))) > NAME_BYTES:
        raise ValueError(f"the name has {size:,} bytes, DynamoDB allows {NAME_BYTES:,}")


def check_value(value: object, depth: int = 1) -> None:
    """Raise ValueError if DynamoDB does not store a value in DynamoDB JSON."""
    if not isinstance(value, dict) or len(cast("Item", value)) != 1:
        raise ValueError('a value is an object with one member, like {"S": "…"}')
    [(kind, content)] = cast("Item", value).items()
    check = _CHECKS.get(kind)
    if check:
        check(content)
    elif kind in ("M", "L"):
        if depth >= NESTING:
            raise ValueError(f"nested deeper than {NESTING} levels, which DynamoDB does not store")
        for inner in _members(kind, content):
            check_value(inner, depth + 1)
    else:
        raise ValueError(f"{kind[:20]!r} is not a type of DynamoDB")


def _members(kind: str, content: object) -> Iterable[object]:
    if kind == "M" and isinstance(content, dict):
        for name in cast("Item", content):
            check_name(name)
        return cast("Item", content).values()
    if kind == "L" and isinstance(content, list):
        return cast("list[object]", content)
    raise ValueError(f"{kind} is not {'an object' if kind == 'M' else 'an array'}")


def _text(content: object) -> None:
    if not isinstance(content, str):
        raise ValueError("S is not a text")


def _number(content: object) -> None:
    if not isinstance(content, str):
        raise ValueError("N is not a text with a number in it")
    if not _SHORT_NUMBER.fullmatch(content):
        NUMBER.parse(content)


def _binary(content: object) -> None:
    try:
        b64decode(cast("str", content), validate=True)
    except (ValueError, TypeError):
        raise ValueError("B is not bytes in Base64") from None


def _boolean(content: object) -> None:
    if not isinstance(content, bool):
        raise ValueError("BOOL is not true or false")


def _null(content: object) -> None:
    if content is not True:
        raise ValueError("NULL is not true")


def _set_of(check: Callable[[object], None], same: Callable[[str], object]) -> Callable[[object], None]:
    def check_set(content: object) -> None:
        if not isinstance(content, list) or not content:
            raise ValueError("a set is an array with at least one element")
        elements = cast("Sequence[str]", content)
        for element in elements:
            check(element)
        if len({same(element) for element in elements}) < len(elements):
            raise ValueError("an element is twice in the set, which DynamoDB refuses")

    return check_set


_CHECKS: dict[str, Callable[[object], None]] = {
    "S": _text,
    "N": _number,
    "B": _binary,
    "BOOL": _boolean,
    "NULL": _null,
    "SS": _set_of(_text, str),
    "NS": _set_of(_number, Decimal),
    "BS": _set_of(_binary, b64decode),
}
