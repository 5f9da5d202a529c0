"""JSON and Parquet files: their fields, and which of these are different in every record."""

import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson
import polars as pl

from dynamodb_bulk.init.key_search import SORT_BYTES, KeySearch, pairs_of
from dynamodb_bulk.init.opening import DataFile
from dynamodb_bulk.init.proposal import Proposal, ranked
from dynamodb_bulk.machine import read_ahead
from dynamodb_bulk.records.json_scanner import RecordScanner
from dynamodb_bulk.records.json_values import Number
from dynamodb_bulk.spec.errors import InputError

Report = Callable[[str], None]
_BLOCK = 16 * 1024 * 1024
_ROWS = 250_000
_SAMPLE = _ELEMENTS = 20_000


@dataclass(kw_only=True)
class _Field:
    """A top-level field: in how many records, and of which kinds."""

    present: int = 0
    kinds: Counter[str] = field(default_factory=Counter[str])
    longest_bytes: int = 0
    empty: bool = False


def propose_records(files: Sequence[DataFile], name: str, folder: Path, report: Report) -> Proposal:
    """Read every record of the files; `folder` takes what has no room in memory. Raise InputError."""
    fields: dict[str, _Field] = {}
    search: KeySearch | None = None
    sample, rows = pl.DataFrame(), 0
    for frame in read_ahead(_frames(files)):
        for column in frame.columns:
            _take(fields.setdefault(column, _Field()), frame[column])
        if search is None:
            search, sample = (
                KeySearch([(one,) for one in frame.columns], folder / "single"),
                frame.head(_SAMPLE),
            )
        search.add(_scalars(frame))
        rows += frame.height
        report(f"{rows:,} records")
    if search is None or not fields:
        raise InputError(files[0].shown, "no record could be read")
    source: dict[str, Any] = {"format": files[0].format}
    if files[0].compression != "none":
        source["compression"] = files[0].compression
    types = {one: _key_type(found) for one, found in fields.items()}
    order = list(fields)
    fit = [
        one
        for one, found in fields.items()
        if types[one] and found.present == rows and not found.empty and found.longest_bytes <= SORT_BYTES
    ]
    unique = search.unique(fit)
    if not unique and rows > 1:
        pairs = pairs_of(
            sample, {one: place for place, one in enumerate(order) if one in fit and one in sample.columns}
        )
        again = KeySearch(pairs, folder / "pairs")
        for frame in read_ahead(_frames(files)) if again.left else ():
            again.add(_scalars(frame))
            report("looking for a key of two fields")
        unique = again.unique(fit)
    proposal = Proposal(name=name, source=source, rows=rows, types=types)
    proposal.keys = ranked(unique, types, order)
    proposal.fields = [f"{one}: {_said(found, rows)}" for one, found in fields.items()]
    return proposal


def _take(known: _Field, values: pl.Series) -> None:
    present = len(values) - values.null_count()
    known.present += present
    if not present:
        return
    known.kinds[_kind(values.dtype)] += present
    if values.dtype == pl.String:
        sizes = values.str.len_bytes()
        known.longest_bytes = max(known.longest_bytes, int(cast("Any", sizes.max()) or 0))
        known.empty = known.empty or sizes.min() == 0


def _scalars(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(one for one in frame.columns if _kind(frame.schema[one]) in ("text", "number"))


def _kind(dtype: pl.DataType) -> str:
    if dtype == pl.String or isinstance(dtype, pl.Categorical | pl.Enum):
        return "text"
    if dtype.is_integer() or dtype.is_decimal():
        return "number"
    if dtype.is_float():
        return "number with a fraction"
    if dtype == pl.Boolean:
        return "true or false"
    if dtype.is_temporal():
        return "date or time"
    if dtype == pl.Binary:
        return "bytes"
    if isinstance(dtype, pl.List | pl.Array):
        return "list"
    return "map" if isinstance(dtype, pl.Struct) else "other"


def _key_type(found: _Field) -> str:
    kinds = set(found.kinds)
    return "S" if kinds == {"text"} else "N" if kinds == {"number"} else ""


def _said(found: _Field, rows: int) -> str:
    kinds = " or ".join(found.kinds) or "always null"
    size = f", at most {found.longest_bytes:,} bytes" if found.longest_bytes else ""
    missing = f", not in {rows - found.present:,} of {rows:,}" if found.present < rows else ""
    return kinds + size + missing


def _frames(files: Sequence[DataFile]) -> Iterator[pl.DataFrame]:
    for file in files:
        yield from _parquet(file) if file.format == "parquet" else _json(file)


def _parquet(file: DataFile) -> Iterator[pl.DataFrame]:
    try:
        scan = pl.scan_parquet(file.path, glob=False)
        start = 0
        while True:
            frame = scan.slice(start, _ROWS).collect()
            if not frame.height:
                return
            yield frame
            start += frame.height
    except pl.exceptions.PolarsError as error:
        raise InputError(file.shown, f"cannot be read as Parquet: {str(error).splitlines()[0]}") from None


def _json(file: DataFile) -> Iterator[pl.DataFrame]:
    with closing(file.open()) as stream:
        rest = stream.read(_BLOCK).removeprefix(b"\xef\xbb\xbf")
        if rest.lstrip().startswith(b"["):
            yield from _array(rest, stream, file)
            return
        while rest:
            chunk = stream.read(_BLOCK)
            end = rest.rfind(b"\n") + 1 if chunk else len(rest)
            lines, rest = rest[:end], rest[end:] + chunk
            if lines.strip():
                yield _records(lines)
            elif not chunk and not rest.strip():
                return


def _array(block: bytes, stream: BinaryIO, file: DataFile) -> Iterator[pl.DataFrame]:
    scanner, waiting = RecordScanner(file.shown), list[Any]()
    while True:
        for record in scanner.feed(block, last=not block):
            waiting.append(record.value)
            if len(waiting) == _ELEMENTS:
                yield _frame(waiting)
                waiting = []
        if not block:
            break
        block = stream.read(_BLOCK)
    if waiting:
        yield _frame(waiting)


def _records(lines: bytes) -> pl.DataFrame:
    try:
        return pl.read_ndjson(io.BytesIO(lines), infer_schema_length=None)
    except pl.exceptions.PolarsError:
        found: list[Any] = []
        for line in lines.split(b"\n"):
            try:
                found.append(orjson.loads(line))
            except orjson.JSONDecodeError:
                continue  # the check names the line
        return _frame(found)


def _frame(records: list[Any]) -> pl.DataFrame:
    rows = [cast("dict[str, Any]", one) for one in records if isinstance(one, dict)]
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame([_series(name, [row.get(name) for row in rows]) for name in names])


def _series(name: str, values: list[Any]) -> pl.Series:
    values = [_number(one) if isinstance(one, Number) else one for one in values]
    kinds: set[type[Any]] = {type(one) for one in values if one is not None}
    if kinds <= {str} or kinds <= {bool} or kinds <= {int, float}:
        try:
            return pl.Series(name, values, strict=False)
        except (pl.exceptions.PolarsError, OverflowError, TypeError):
            pass
    if kinds <= {list}:
        return pl.Series(name, [None if one is None else [""] for one in values], dtype=pl.List(pl.String))
    held = pl.Struct({"map": pl.String})
    return pl.Series(name, [None if one is None else {"map": ""} for one in values], dtype=held)


def _number(text: Number) -> int | float:
    return int(text) if text.lstrip("-").isdecimal() else float(text)
