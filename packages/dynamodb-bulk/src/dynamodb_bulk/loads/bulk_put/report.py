"""The report that bulk put writes of the items that it did not write.

AWS documents that there is one, with a manifest, and what is in it, but neither names nor fields; so every
object under the prefix is read, and records are told by their folder or their fields. What cannot be read, or
told, is an item of an unknown fate: whoever counts may not take it for nothing.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Output.html
"""

import gzip
import io
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from dynamodb_bulk.aws import Aws, is_denied
from dynamodb_bulk.item_files.bulk_put_lines import ITEM
from dynamodb_bulk.loads.bulk_put.manifest import contradictions

Fate = Literal["condition failed", "rejected", "unknown"]
_GZIP = b"\x1f\x8b"
# Refused, broken off, damaged; gzip.BadGzipFile is an OSError.
_UNREADABLE = (ClientError, BotoCoreError, ResponseParserError, OSError, EOFError, zlib.error)


@dataclass(frozen=True, kw_only=True)
class ReportedItem:
    """An item that was not written: its condition failed, or it was rejected; `place` is where it came from.

    Of an unknown fate, `place` is the part of the report that does not tell, and `reason` why not.
    """

    fate: Fate
    place: str
    reason: str
    record: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def line(self) -> str:
        """For users."""
        if self.fate == "unknown":
            return f"{self.place}: {self.reason}"
        return f"{self.place or 'an item'}: AWS says: {self.reason or 'no reason'}"


@dataclass(frozen=True, kw_only=True)
class _Object:
    key: str
    name: str  # below the prefix, in lower case
    size: int

    @property
    def is_manifest(self) -> bool:
        return "manifest" in self.name


def reported_items(
    bucket: str, prefix: str, aws: Aws, *, inputs: str = "", expected: bool = False
) -> Iterator[ReportedItem]:
    """Read every record of the report, streaming, and compare them with its manifest.

    `inputs` is the prefix of the files that were put, which a manifest may name too. A report is `expected`
    where only it can tell what became of items; else there need not be one.
    """
    try:
        objects = _listed(bucket, prefix, aws)
    except _UNREADABLE as error:
        yield _unknown(bucket, prefix, error)
        return
    if expected and not objects:
        yield _unknown(bucket, prefix, "AWS wrote no report here, not even a manifest, or it was deleted")
    found: Counter[Fate] = Counter()
    for each in objects:
        if not each.is_manifest:
            for item in _records(bucket, each, aws):
                found[item.fate] += 1
                yield item
    keys = [each.key for each in objects]
    for each in objects:
        if each.is_manifest:
            yield from _compared(bucket, each, keys, found, inputs, aws)


def _listed(bucket: str, prefix: str, aws: Aws) -> list[_Object]:
    found: list[_Object] = []
    for page in aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        if page.get("Name") != bucket:
            raise ResponseParserError("the answer is not a list of the bucket's objects")
        found += [
            _Object(key=key, name=key.removeprefix(prefix).lower(), size=entry.get("Size", 0))
            for entry in page.get("Contents", [])
            if not (key := entry.get("Key", "")).endswith("/")
        ]
    return found


def _records(bucket: str, found: _Object, aws: Aws) -> Iterator[ReportedItem]:
    number = 0
    try:
        for number, line in enumerate(_lines(bucket, found, aws), start=1):
            if line.strip():
                yield _item(bucket, found, number, line)
    except _UNREADABLE as error:
        yield _unknown(bucket, found.key, error, after=number)


def _item(bucket: str, found: _Object, number: int, line: bytes) -> ReportedItem:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return _unknown(bucket, found.key, f"line {number:,} is not JSON")
    if not isinstance(record, dict):
        return _unknown(bucket, found.key, f"line {number:,} is not a JSON object")
    members = cast("dict[str, Any]", record)
    fate = _fate(found.name, members)
    if fate is None:
        return _unknown(
            bucket,
            found.key,
            f"line {number:,} does not show whether its item was rejected or its condition failed",
        )
    return ReportedItem(fate=fate, place=_place(members), reason=_reason(members), record=members)


def _unknown(bucket: str, key: str, why: Exception | str, *, after: int = 0) -> ReportedItem:
    if isinstance(why, Exception):
        broken = f"cannot be read after line {after:,}" if after else "cannot be read"
        denied = isinstance(why, ClientError) and is_denied(why)
        allow = "; allow s3:ListBucket and s3:GetObject on it" if denied else ""
        why = f"{broken}: {' '.join(str(why).split()) or type(why).__name__}{allow}"
    return ReportedItem(fate="unknown", place=f"s3://{bucket}/{key}", reason=why)


def _compared(
    bucket: str, manifest: _Object, keys: Sequence[str], found: Counter[Fate], inputs: str, aws: Aws
) -> Iterator[ReportedItem]:
    try:
        content = b"".join(_lines(bucket, manifest, aws))
    except _UNREADABLE as error:
        yield _unknown(bucket, manifest.key, error)
        return
    for what in contradictions(
        manifest.name,
        content,
        keys,
        condition_failed=found["condition failed"],
        rejected=found["rejected"],
        inputs=inputs,
    ):
        yield _unknown(bucket, manifest.key, what)


def _fate(name: str, record: Mapping[str, Any]) -> Fate | None:
    values = (
        str(value) for key, value in record.items() if key != ITEM and not isinstance(value, (dict, list))
    )
    words = " ".join((name, *record, *values)).lower()
    if "condition" in name or ("error" not in name and "condition" in words):
        return "condition failed"
    if "error" in name or "error" in words:
        return "rejected"
    return None


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


def _lines(bucket: str, found: _Object, aws: Aws) -> Iterator[bytes]:
    answer = aws.s3.get_object(Bucket=bucket, Key=found.key)
    if answer.get("ContentLength") != found.size:
        raise EOFError(f"S3 lists {found.size:,} bytes and returned {answer.get('ContentLength', 0):,}")
    stream = io.BufferedReader(cast("io.RawIOBase", answer["Body"]), 1 << 20)
    if stream.peek(2)[:2] == _GZIP:
        with gzip.open(stream) as text:
            yield from text
    else:
        yield from stream
