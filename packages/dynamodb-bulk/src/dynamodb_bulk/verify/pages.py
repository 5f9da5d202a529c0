"""Pages of a scan as AWS sends them, split into items without parsing the entire page at once.

A page as one tree of objects is larger than a processor's memory, and takes three times as long.
"""

from typing import Any

import orjson

from dynamodb_bulk.spec.keys import TableKeys
from dynamodb_bulk.verify.comparable import Comparable, comparable_texts

_ITEMS = b'"Items":['
_BETWEEN = b"},{"


def read_page(body: bytes, keys: TableKeys) -> tuple[dict[str, Any], Comparable]:
    """Return the members of a page of a Scan other than the items, and the items."""
    try:
        document, items = _cut(body)
        return document, comparable_texts(items, keys)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        # Braces in texts have misled the cutting: nothing of what it gave was a complete item.
        document = orjson.loads(body)
        return document, comparable_texts(map(orjson.dumps, document.pop("Items", [])), keys)


def _cut(body: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Split where as many braces are closed as opened.

    A wrong split cannot be parsed, since an object has only one end.
    """
    start = body.find(_ITEMS) + len(_ITEMS)
    if start < len(_ITEMS) or body[start : start + 1] != b"{":
        document = orjson.loads(body)
        return document, [orjson.dumps(item) for item in document.pop("Items", [])]
    items: list[bytes] = []
    *pieces, tail = body[start + 1 :].split(_BETWEEN)
    whole = b""
    for piece in pieces:
        whole = whole + _BETWEEN + piece if whole else piece
        if whole.count(b"{") == whole.count(b"}"):
            items.append(b"{" + whole + b"}")
            whole = b""
    last = whole + _BETWEEN + tail if whole else tail
    end = last.find(b"}]")
    while end >= 0 and last.count(b"{", 0, end) != last.count(b"}", 0, end):
        end = last.find(b"}]", end + 1)
    if end < 0:
        raise KeyError("Items")
    items.append(b"{" + last[: end + 1])
    return orjson.loads(body[:start] + last[end + 1 :]), items
