"""Items in Amazon Ion, as DynamoDB exports and imports them.

The types: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, BinaryIO, cast

import polars as pl
from amazon.ion import simpleion
from amazon.ion.core import IonType
from amazon.ion.exceptions import IonException
from amazon.ion.simple_types import IonPyList, IonPyNull

from dynamodb_bulk.csv.batches import SHOWN, Rejected, RejectionKind, kind_of
from dynamodb_bulk.item_files.typed import ENVELOPE, NONE, item_batch, item_text
from dynamodb_bulk.items.row_to_item import ItemBatch
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.keys import Demands, TableKeys

_BATCH = 10_000
_TEXT_BYTES = 4 * 1024 * 1024
# What the library says, in words.
_SAID = {"IERR_BUFFER_TOO_SMALL": f"a text is longer than {_TEXT_BYTES:,} bytes"}
_RECORD = "Record"  # what AWS puts around a change is not documented; with it or without, it is read
_SETS = {"$dynamodb_SS": "SS", "$dynamodb_NS": "NS", "$dynamodb_BS": "BS"}
_ANNOTATIONS = {kind: annotation for annotation, kind in _SETS.items()}


def read_ion_items(
    stream: BinaryIO, file: str, keys: TableKeys, demands: Demands = NONE
) -> Iterator[ItemBatch]:
    """Read the items of an Ion file, text or binary; `lines` are the places of the values in it, from 1.

    Raise InputError if the file stops being Ion: nothing after that position can be read.
    """
    batch = _Batch(file)
    place = 0
    try:
        for place, value in enumerate(_values(stream), start=1):
            try:
                batch.add(place, item_text(_envelope(value), keys, demands))
            except ValueError as error:
                batch.reject(place, str(error), value, kind_of(error, "not-an-item"))
            if batch.full:
                yield batch.taken()
    except (IonException, UnicodeDecodeError, RecursionError) as error:
        yield batch.taken()
        said = str(error).strip()
        why = "it ends within a value" if said.endswith("_EOF") else _SAID.get(said, said)
        what = f"not Ion after value {place}: {why}" if place else f"not Ion: {why}"
        raise InputError(file, what, "check source.format and the file") from None
    yield batch.taken()


def read_ion_records(stream: BinaryIO, file: str) -> Iterator[dict[str, dict[str, Any]]]:
    """Yield the records of an export in Ion as DynamoDB JSON: {"Item": …}, or the parts of a change.

    Raise InputError if the file stops being Ion, or a value is not a record.
    """
    place = 0
    try:
        for value in _values(stream):
            place += 1
            record = value[_RECORD] if list(value.keys()) == [_RECORD] else value
            yield {part: _members(members) for part, members in record.items()}
    except (IonException, UnicodeDecodeError, RecursionError, ValueError, AttributeError) as error:
        raise InputError(file, f"value {place} is not a record of an export: {error}") from None


def ion_lines(items: pl.Series) -> bytes:
    """Items in DynamoDB JSON as Ion text, one `$ion_1_0 {Item:{…}}` per line, as DynamoDB exports them."""
    return b"".join(ion_line({ENVELOPE: json.loads(item)}) for item in cast("list[str]", items.to_list()))


def ion_line(parts: Mapping[str, Mapping[str, Any]], within: str = "") -> bytes:
    """A line of Ion text: a struct of items, or of parts of them, inside the one field `within` if given."""
    structs = {
        part: {name: _to_ion(inner) for name, inner in members.items()} for part, members in parts.items()
    }
    text = cast("str", simpleion.dumps({within: structs} if within else structs, binary=False))
    return f"{text}\n".encode()


def _values(stream: BinaryIO) -> Iterator[Any]:
    return cast(
        "Iterator[Any]",
        simpleion.load(stream, single_value=False, parse_eagerly=False, text_buffer_size_limit=_TEXT_BYTES),
    )


def _text_of(value: object) -> str:
    return cast("str", simpleion.dumps(value, binary=False)).removeprefix("$ion_1_0 ")


class _Batch:
    def __init__(self, file: str) -> None:
        self._file = file
        self._places: list[int] = []
        self._items: list[str] = []
        self._rejected: list[Rejected] = []

    @property
    def full(self) -> bool:
        return len(self._places) + len(self._rejected) >= _BATCH

    def add(self, place: int, item: str) -> None:
        self._places.append(place)
        self._items.append(item)

    def reject(self, place: int, reason: str, value: object, kind: RejectionKind) -> None:
        row = _text_of(value)[:SHOWN]
        self._rejected.append(
            Rejected(file=self._file, line=place, reason=reason, row=row, kind=kind, unit="record")
        )

    def taken(self) -> ItemBatch:
        batch = replace(item_batch(self._file, self._places, self._items, self._rejected), unit="record")
        self._places, self._items, self._rejected = [], [], []
        return batch


def _envelope(value: Any) -> object:
    if getattr(value, "ion_type", None) != IonType.STRUCT or list(value.keys()) != [ENVELOPE]:
        raise ValueError("not a struct with the one field Item")
    item = value[ENVELOPE]
    if getattr(item, "ion_type", None) != IonType.STRUCT:
        raise ValueError("Item is not a struct")
    return {ENVELOPE: _members(item)}


def _members(struct: Any) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in struct.items():
        if name in members:
            raise ValueError(f"{name[:80]!r} is twice in one struct")
        members[name] = _to_json(value)
    return members


def _to_json(value: Any) -> dict[str, Any]:
    if isinstance(value, IonPyNull):
        return {"NULL": True}
    match value.ion_type:
        case IonType.STRING:
            return {"S": str(value)}
        case IonType.INT | IonType.DECIMAL:
            return {"N": str(value)}
        case IonType.BOOL:
            return {"BOOL": bool(value)}
        case IonType.BLOB:
            return {"B": b64encode(bytes(value)).decode()}
        case IonType.STRUCT:
            return {"M": _members(value)}
        case IonType.LIST:
            return _list_to_json(value)
        case _:
            kind = IonType(value.ion_type).name.lower()
            raise ValueError(f"an Ion {kind} is not a value of DynamoDB")


def _list_to_json(value: Any) -> dict[str, Any]:
    inner = [_to_json(element) for element in value]
    annotations = [symbol.text for symbol in value.ion_annotations]
    if not annotations:
        return {"L": inner}
    kind = _SETS.get(annotations[0])
    if kind is None or any(list(element) != [kind[0]] for element in inner):
        raise ValueError(f"a list annotated {annotations[0]} that is not such a set")
    return {kind: [element[kind[0]] for element in inner]}


def _to_ion(value: dict[str, Any]) -> Any:
    [(kind, content)] = value.items()
    match kind:
        case "N":
            return Decimal(content)
        case "B":
            return b64decode(content)
        case "NULL":
            return None
        case "M":
            return {name: _to_ion(inner) for name, inner in content.items()}
        case "L":
            return [_to_ion(inner) for inner in content]
        case "SS" | "NS" | "BS":
            elements = [_to_ion({kind[0]: element}) for element in content]
            return IonPyList.from_value(IonType.LIST, elements, (_ANNOTATIONS[kind],))
        case _:
            return content
