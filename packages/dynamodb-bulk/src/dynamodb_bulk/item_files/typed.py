"""Items as files of DynamoDB JSON hold them, checked against what DynamoDB stores.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html
"""

import json
from base64 import b64decode
from collections.abc import Iterator, Sequence
from typing import Any, cast

import polars as pl

from dynamodb_bulk.csv.batches import Rejected, UnfitValue, kind_of
from dynamodb_bulk.items.row_to_item import ItemBatch
from dynamodb_bulk.items.sizes import ITEM_BYTES, KEY_BYTES, NESTING, item_bytes
from dynamodb_bulk.items.values import check_name, check_value
from dynamodb_bulk.spec.keys import Demands, KeyAttribute, TableKeys

Item = dict[str, Any]
ENVELOPE = "Item"
NONE = Demands()


class BrokenRecord(UnfitValue):
    """A text that cannot be read as an item at all: AWS reads nothing of its object after it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, "broken-record")


def parse_documents(line: str) -> Iterator[object]:
    """Yield the JSON documents of a line, one after the other, each name once in its object.

    Raise BrokenRecord where the text is not JSON.
    """
    if line.startswith("\ufeff"):
        raise BrokenRecord("a byte order mark stands before the record")
    position = _after_blanks(line, 0)
    while position < len(line):
        try:
            document, end = _DECODER.raw_decode(line, position)
        except json.JSONDecodeError as error:
            raise BrokenRecord(f"not JSON: {error.msg} at character {error.pos + 1}") from None
        except RecursionError:
            raise BrokenRecord(f"nested deeper than {NESTING} levels") from None
        yield document
        position = _after_blanks(line, end)


def parse_document(line: str) -> object:
    """Return the only JSON document of a line; raise BrokenRecord."""
    documents = list(parse_documents(line))
    if len(documents) != 1:
        raise BrokenRecord(f"not one JSON document, but {len(documents)}")
    return documents[0]


def item_of(document: object) -> Item:
    """Return the item of a document {"Item": {…}}; raise BrokenRecord if it is not one."""
    if not isinstance(document, dict) or list(cast("Item", document)) != [ENVELOPE]:
        raise BrokenRecord('not an object with the one member "Item"')
    item = cast("Item", document)[ENVELOPE]
    if not isinstance(item, dict):
        raise BrokenRecord('"Item" is not an object')
    return cast("Item", item)


def item_batch(
    file: str, lines: Sequence[int], items: Sequence[str], rejected: Sequence[Rejected]
) -> ItemBatch:
    """Return the items of some lines, and the rejected ones among them."""
    return ItemBatch(
        file=file,
        lines=pl.Series("line", lines, dtype=pl.UInt64),
        items=pl.Series("item", items, dtype=pl.String),
        rejected=tuple(rejected),
    )


def item_text(document: object, keys: TableKeys, demands: Demands = NONE) -> str:
    """Return the item of a document {"Item": {…}} as compact DynamoDB JSON; raise ValueError."""
    checked = item_of(document)
    for name, value in checked.items():
        try:
            check_name(name)
            check_value(value, 1)
        except ValueError as error:
            raise UnfitValue(f"attribute {name[:80]}: {error}", kind_of(error, "not-an-item")) from None
    for role, key in keys.by_role.items():
        _check_key(checked, key, role, KEY_BYTES[role])
    _check_demands(checked, demands)
    text = json.dumps(checked, ensure_ascii=False, separators=(",", ":"))
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise ValueError("text that is not Unicode: half of a surrogate pair") from None
    if size > ITEM_BYTES and (counted := item_bytes(text)) > ITEM_BYTES:
        raise UnfitValue(f"the item has {counted:,} bytes, DynamoDB allows {ITEM_BYTES:,}", "item-too-large")
    return text


def _check_demands(item: Item, demands: Demands) -> None:
    for index in demands.index_keys:
        if index.key.name in item:
            _check_key(item, index.key, f"index {index.index}'s {index.role}", KEY_BYTES[index.role])
    for name in demands.compared:
        if name not in item:
            raise UnfitValue(f"attribute {name} is missing, and the condition needs it", "value-missing")


def _check_key(item: Item, key: KeyAttribute, role: str, longest: int) -> None:
    value = item.get(key.name)
    if value is None:
        raise UnfitValue(f"the {role} key {key.name} is missing", "key-missing")
    if key.type not in value:
        raise UnfitValue(
            f"the {role} key {key.name} is {next(iter(value))}, the table's is {key.type}", "key-type"
        )
    content = value[key.type]
    size = len(b64decode(content)) if key.type == "B" else len(content.encode("utf-8", "replace"))
    if not size:
        raise UnfitValue(f"the {role} key {key.name} is empty", "key-empty")
    if size > longest:
        raise UnfitValue(
            f"the {role} key {key.name} has {size} bytes, DynamoDB allows {longest}", "key-too-long"
        )


def _after_blanks(line: str, position: int) -> int:
    while position < len(line) and line[position] in " \t\r\n":
        position += 1
    return position


def _once(pairs: list[tuple[str, object]]) -> Item:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BrokenRecord(f"{twice[:80]!r} is twice in one object")
    return found


def _no_constant(text: str) -> object:
    raise BrokenRecord(f"{text} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
