"""What a FilterSpecification's expressions may be, before they are understood.

The limits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Filtered.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from dynamodb_bulk.items.sizes import item_bytes

EXPRESSION_BYTES = 4 * 1024
NAME_BYTES = 250
VALUE_BYTES = 2 * 1024 * 1024
OPERATORS = 300
KEY, FILTER, PROJECTION = "KeyConditionExpression", "FilterExpression", "ProjectionExpression"
NAMES, VALUES = "ExpressionAttributeNames", "ExpressionAttributeValues"

_PLACEHOLDER = re.compile(r"[#:][A-Za-z0-9_]+")
_FIRST_OF_PATH = re.compile(r"(?<![.\w#:-])#?[A-Za-z0-9_-]+(?!\s*\()")
_OPERATOR = re.compile(
    r"<>|<=|>=|=|<|>|\b(?:AND|OR|NOT|BETWEEN|IN)\b|"
    r"\b(?:begins_with|contains|size|attribute_exists|attribute_not_exists|attribute_type)\b",
    re.IGNORECASE,
)


def problems(texts: Mapping[str, str], names: Mapping[str, str], values: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with expressions, their names and values."""
    for member, text in texts.items():
        yield from (f"Invalid {member}: {problem}" for problem in _of_text(text, names, values))
    used = set(_PLACEHOLDER.findall(" ".join(texts.values())))
    for member, given in ((NAMES, names), (VALUES, values)):
        if unused := sorted(given.keys() - used):
            yield f"Value provided in {member} unused in expressions: keys: {{{', '.join(unused)}}}"
    for name in names.values():
        if len(name.encode()) > NAME_BYTES:
            yield f"An attribute name in {NAMES} is longer than {NAME_BYTES} bytes"
    for placeholder, value in values.items():
        if item_bytes(json.dumps({"": value})) > VALUE_BYTES:
            yield f"The value of {placeholder} in {VALUES} is larger than {VALUE_BYTES:,} bytes"


def _of_text(text: str, names: Mapping[str, str], values: Mapping[str, Any]) -> Iterator[str]:
    if not text.strip():
        yield "The expression can not be empty;"
    if len(text.encode()) > EXPRESSION_BYTES:
        yield f"Expression size has exceeded the maximum allowed size; the limit is {EXPRESSION_BYTES} bytes"
    if len(_OPERATOR.findall(text)) > OPERATORS:
        yield f"The expression contains too many operators; the limit is {OPERATORS}"
    for used in _PLACEHOLDER.findall(text):
        if used.startswith("#") and used not in names:
            what = "An expression attribute name used in the document path is not defined"
            yield f"{what}; attribute name: {used}"
        if used.startswith(":") and used not in values:
            what = "An expression attribute value used in expression is not defined"
            yield f"{what}; attribute value: {used}"


def placeholders_of(text: str) -> set[str]:
    """Return the placeholders of names and values in an expression."""
    return set(_PLACEHOLDER.findall(text))


def attributes_named(text: str, names: Mapping[str, str]) -> set[str]:
    """Return the attributes that an expression may name: words of the syntax are among them."""
    return {names.get(word, word) for word in _FIRST_OF_PATH.findall(text)}
