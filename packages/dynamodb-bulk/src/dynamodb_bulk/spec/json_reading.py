"""Read JSON documents that a user wrote; refuse what is never needed in them."""

import json
import math
from typing import Any, cast

from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.text import first_unfit

DEPTH = 100


def read_json(text: str, where: str) -> Any:
    """Return what the text holds; raise InputError.

    Refused are names that are given twice, numbers that are not finite or do not fit, texts that are not
    Unicode, and more than `DEPTH` levels.
    """
    try:
        found = json.loads(
            text, object_pairs_hook=_once, parse_constant=_finite, parse_float=_finite, parse_int=_whole
        )
    except json.JSONDecodeError as error:
        raise InputError(f"{where}, line {error.lineno}", f"not JSON: {error.msg}") from None
    except ValueError as error:
        raise InputError(where, str(error)) from None
    except RecursionError:
        raise InputError(where, _TOO_DEEP) from None
    _check(found, where)
    return found


def without_nulls(value: Any) -> Any:
    """Return a document without the keys that hold null."""
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value).items()
        return {name: without_nulls(inner) for name, inner in entries if inner is not None}
    return [without_nulls(inner) for inner in cast("list[Any]", value)] if isinstance(value, list) else value


_TOO_DEEP = f"nested deeper than {DEPTH} levels"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name[:80]}: given twice in one object; remove one of them")
        found[name] = value
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:80]} is not a finite number")
    return number


def _whole(text: str) -> int:
    if len(text) > 40:  # more than AWS takes anywhere, and more than Python converts beyond 4,300
        raise ValueError(f"{text[:20]}… is a number of {len(text)} digits")
    return int(text)


def _check(found: Any, where: str) -> None:
    waiting = [(found, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            if unfit := first_unfit(value):
                raise InputError(where, f"a text with the character {unfit}", "remove it")
        elif isinstance(value, dict | list):
            if depth > DEPTH:
                raise InputError(where, _TOO_DEEP)
            inner = cast("dict[str, Any] | list[Any]", value)
            waiting += ((one, depth + 1) for one in inner)
            if isinstance(inner, dict):
                waiting += ((one, depth + 1) for one in inner.values())
