"""The report that bulk put writes of the items that it did not write.

AWS documents that there is one, with a manifest, and what is in it, but neither names nor fields; so every
object under the prefix is looked at, and every record that can be told by its folder or its fields is taken.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Output.html
"""

import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from dataset.bulk_put import ITEM
from operations.aws import Aws

ASSUMED_REPORT = (
    "AWS does not document the layout of bulk put's report; records are told by words in their object's name "
    "(condition, error) or in their fields"
)
Fate = Literal["refused", "rejected"]
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, kw_only=True)
class ReportedItem:
    """An item that was not written: refused by its condition, or rejected; `place` is where it came from."""

    fate: Fate
    place: str
    reason: str
    record: Mapping[str, Any]

    @property
    def line(self) -> str:
        """For people."""
        return f"{self.place or 'an item'}: AWS says: {self.reason or 'no reason'}"


def reported_items(bucket: str, prefix: str, aws: Aws) -> Iterator[ReportedItem]:
    """Every record of the report, streaming; none where AWS wrote no report."""
    pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        for entry in page.get("Contents", []):
            key = entry.get("Key", "")
            if "manifest" not in key.removeprefix(prefix).lower():
                yield from _records(bucket, key, key.removeprefix(prefix).lower(), aws)


def _records(bucket: str, key: str, name: str, aws: Aws) -> Iterator[ReportedItem]:
    for line in _lines(bucket, key, aws):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            found = cast("dict[str, Any]", record)
            fate = _fate(name, found)
            if fate:
                yield ReportedItem(fate=fate, place=_place(found), reason=_reason(found), record=found)


def _fate(name: str, record: Mapping[str, Any]) -> Fate | None:
    words = " ".join((name, *map(str.lower, record), *(str(value).lower() for value in _plain(record))))
    if "condition" in name or ("error" not in name and "condition" in words):
        return "refused"
    if "error" in name or "error" in words:
        return "rejected"
    return None


def _plain(record: Mapping[str, Any]) -> list[Any]:
    return [value for key, value in record.items() if key != ITEM and not isinstance(value, (dict, list))]


def _reason(record: Mapping[str, Any]) -> str:
    texts = [
        str(value)
        for key, value in record.items()
        if isinstance(value, str)
        and any(word in key.lower() for word in ("code", "message", "reason", "error"))
    ]
    return ": ".join(texts)


def _place(record: Mapping[str, Any]) -> str:
    flat = dict(_flat(record))
    key = next((str(flat[name]) for name in flat if name.endswith("key") and isinstance(flat[name], str)), "")
    numbered = next(
        (
            f"{'line' if 'line' in name else 'item'} {value}"
            for name, value in flat.items()
            if isinstance(value, int) and any(word in name for word in ("line", "index", "number"))
        ),
        "",
    )
    return ", ".join(part for part in (key, numbered) if part)


def _flat(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, dict) and key != ITEM:
            yield from _flat(cast("dict[str, Any]", value))
        else:
            yield key.lower(), value


def _lines(bucket: str, key: str, aws: Aws) -> Iterator[bytes]:
    body = aws.s3.get_object(Bucket=bucket, Key=key)["Body"]
    stream = io.BufferedReader(cast("io.RawIOBase", body), 1 << 20)
    try:
        if stream.peek(2)[:2] == _GZIP:
            with gzip.open(stream) as text:
                yield from text
        else:
            yield from stream
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return
