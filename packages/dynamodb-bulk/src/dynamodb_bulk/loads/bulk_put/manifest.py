"""Compares the manifest of a bulk put's report with what was read of the report.

AWS documents that there is a manifest, but none of its fields. So only what can mean nothing else is
compared: the name of a file of records that S3 does not list, and counts that speak of conditions or errors.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Output.html
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, cast

_RECORDS = re.compile(r"\.(json|jsonl|ndjson|ion|gz|zst|zstd)$", re.IGNORECASE)
_BUCKET = re.compile(r"^s3://[^/]*/")
_COUNTING = ("count", "record", "item", "total", "number")
_OF_ELSE = ("file", "object", "byte", "size")
_ERRORS = ("error", "fail", "reject")


def contradictions(
    name: str, content: bytes, keys: Sequence[str], *, condition_failed: int, rejected: int, inputs: str
) -> Iterator[str]:
    """Yield what the manifest says against the keys that S3 lists and the records that were read.

    A checksum next to a manifest says nothing; `inputs` is the prefix of the files that were put.
    """
    try:
        leaves = [leaf for document in _documents(content) for leaf in _leaves(document, "")]
    except (ValueError, RecursionError):
        if _RECORDS.search(name):
            yield "is not JSON"
        return
    for _, value in leaves:
        if isinstance(value, str) and (missing := _missing(value, keys, inputs)):
            yield f"names {missing}, which S3 does not list"
    for path, count in _counts(leaves).items():
        read = condition_failed if "condition" in path else rejected
        if count != read:
            yield f"says {count:,} in {path}, but {read:,} of these records were read"


def _documents(content: bytes) -> list[Any]:
    """Return one document, or one in each line."""
    try:
        return [json.loads(content)]
    except ValueError:
        return [json.loads(line) for line in content.splitlines() if line.strip()]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield every text and number, with the names that lead to it, in lower case."""
    if isinstance(value, dict):
        for name, member in cast("dict[str, Any]", value).items():
            yield from _leaves(member, f"{path}.{name.lower()}" if path else name.lower())
    elif isinstance(value, list):
        for member in cast("list[Any]", value):
            yield from _leaves(member, path)
    else:
        yield path, value


def _missing(value: str, keys: Sequence[str], inputs: str) -> str:
    key = _BUCKET.sub("", value).lstrip("/")
    if not _RECORDS.search(key) or "manifest" in key.lower() or (inputs and key.startswith(inputs)):
        return ""
    return "" if any(f"/{each}".endswith(f"/{key}") for each in keys) else key


def _counts(leaves: Sequence[tuple[str, Any]]) -> Counter[str]:
    """Return the counts that speak of conditions or errors; those of one name, in parts, are added up."""
    found: Counter[str] = Counter()
    for path, value in leaves:
        speaks = "condition" in path or any(word in path for word in _ERRORS)
        counts = any(word in path for word in _COUNTING) and not any(word in path for word in _OF_ELSE)
        if speaks and counts and isinstance(value, int) and not isinstance(value, bool):
            found[path] += value
    return found
