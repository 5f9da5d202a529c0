"""The definition of an attribute in a dataset file: templates, and the type of each.

A template is text with `${column}` in it. DMS writes texts, and maps and lists of texts and numbers; the
other types are written by a conversion only.
"""

import difflib
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag

from dynamodb_bulk.spec.field_docs import describe_fields

ElementType = Literal["string", "number", "binary"]
Document = dict[str, Any]
_TAG = "tagged-union-"  # left out of the keys that messages name


class Value(BaseModel):
    """A value of one type."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=describe_fields)


def _separator(text: str) -> str:
    if not text:
        raise ValueError("a delimiter is at least one character")
    return text


class NumberValue(Value):
    """A number made from a template."""

    number: str
    """A template whose text is a number of at most 38 digits."""


class BooleanValue(Value):
    """A boolean made from a template."""

    boolean: str
    """A template whose text is true, false, 1 or 0."""


class BinaryValue(Value):
    """Bytes made from a template."""

    binary: str
    """A template whose text is hexadecimal, two digits per byte."""


class SetValue(Value):
    """A set: the text of a template, cut at each delimiter. The elements differ from each other."""

    set: str
    """A template whose text is the elements with delimiters between them."""
    of: ElementType = "string"
    """The type of each element; binary is written in hexadecimal."""
    delimiter: Annotated[str, AfterValidator(_separator)] = ","
    """What stands between two elements."""


class SplitListValue(Value):
    """A list: the text of a template, cut at each delimiter."""

    list: str
    """A template whose text is the elements with delimiters between them."""
    of: ElementType = "string"
    """The type of each element; binary is written in hexadecimal."""
    delimiter: Annotated[str, AfterValidator(_separator)] = ","
    """What stands between two elements."""


class MapValue(Value):
    """A map of named values."""

    map: dict[Annotated[str, Field(min_length=1, max_length=65535)], "AttributeValue"]
    """The members; one whose template is a single empty column is left out."""


class ListValue(Value):
    """A list of values."""

    list: tuple["AttributeValue", ...]
    """The elements; one whose template is a single empty column is left out."""


_KINDS = ("number", "boolean", "binary", "set", "list", "map")


def _kind(value: object) -> str | None:
    """Return the intended branch, so that a mistake is reported in its terms."""
    match value:
        case str():
            return f"{_TAG}text"
        case dict():
            keys = [str(key) for key in value]  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
            kind = next((key for key in keys if key in _KINDS), None)
            near = difflib.get_close_matches(keys[0], _KINDS, n=1, cutoff=0.6) if keys else []
            kind = kind or (near[0] if near else "map")
            listed = kind == "list" and isinstance(value.get("list"), str)  # pyright: ignore[reportUnknownMemberType]
            return f"{_TAG}split" if listed else f"{_TAG}{kind}"
        case SplitListValue():
            return f"{_TAG}split"
        case Value():
            return _TAG + next(iter(type(value).model_fields))
        case _:
            return None


AttributeValue = Annotated[
    Annotated[str, Tag(f"{_TAG}text")]
    | Annotated[NumberValue, Tag(f"{_TAG}number")]
    | Annotated[BooleanValue, Tag(f"{_TAG}boolean")]
    | Annotated[BinaryValue, Tag(f"{_TAG}binary")]
    | Annotated[SetValue, Tag(f"{_TAG}set")]
    | Annotated[SplitListValue, Tag(f"{_TAG}split")]
    | Annotated[MapValue, Tag(f"{_TAG}map")]
    | Annotated[ListValue, Tag(f"{_TAG}list")],
    Discriminator(
        _kind,
        custom_error_type="value_kind",
        custom_error_message=f"expected a text, or one of {', '.join(_KINDS)}",
    ),
    Field(title="Attribute value"),
]

MapValue.model_rebuild()
ListValue.model_rebuild()

_ELEMENTS = {"string": "S", "number": "N", "binary": "B"}


def value_document(value: AttributeValue) -> Document:
    """Return the value in DynamoDB JSON, its templates as they are.

    Of what is cut at delimiters, the content is {"split": template, "delimiter": …} and, in a list, "of".
    """
    match value:
        case NumberValue():
            return {"N": value.number}
        case BooleanValue():
            return {"BOOL": value.boolean}
        case BinaryValue():
            return {"B": value.binary}
        case SetValue():
            return {_ELEMENTS[value.of] + "S": {"split": value.set, "delimiter": value.delimiter}}
        case SplitListValue():
            of = _ELEMENTS[value.of]
            return {"L": {"split": value.list, "delimiter": value.delimiter, "of": of}}
        case MapValue():
            return {"M": {name: value_document(member) for name, member in value.map.items()}}
        case ListValue():
            return {"L": [value_document(member) for member in value.list]}
        case str():
            return {"S": value}


_BEYOND_DMS: dict[type, str] = {
    BooleanValue: "a boolean",
    BinaryValue: "binary",
    SetValue: "a set",
    SplitListValue: "a list cut from one text",
}


def beyond_dms(value: AttributeValue, *, top: bool = True) -> Iterator[str]:
    """Yield the kinds of value in it that DMS is not documented to write."""
    if isinstance(value, NumberValue) and top:
        yield "a number outside of a map or a list"
    elif type(value) in _BEYOND_DMS:
        yield _BEYOND_DMS[type(value)]
    for member in _members(value):
        yield from beyond_dms(member, top=False)


def value_templates(value: AttributeValue) -> Iterator[str]:
    """Yield every template in it."""
    if isinstance(value, str):
        yield value
    elif not isinstance(value, MapValue | ListValue):
        yield getattr(value, next(iter(type(value).model_fields)))
    for member in _members(value):
        yield from value_templates(member)


def number_templates(value: AttributeValue) -> Iterator[str]:
    """Yield every template in it whose text is a number, or numbers."""
    if isinstance(value, NumberValue) or (
        isinstance(value, SetValue | SplitListValue) and value.of == "number"
    ):
        yield from value_templates(value)
    for member in _members(value):
        yield from number_templates(member)


def _members(value: AttributeValue) -> Iterable[AttributeValue]:
    match value:
        case MapValue():
            return value.map.values()
        case ListValue():
            return value.list
        case _:
            return ()
