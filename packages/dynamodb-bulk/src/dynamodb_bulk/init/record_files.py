"""JSON, Parquet and DynamoDB JSON files: their fields, and which of these are different in every record."""

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson
import polars as pl

from dynamodb_bulk.csv.encodings import Utf8Text
from dynamodb_bulk.init.key_search import SORT_BYTES, KeySearch, pairs_of
from dynamodb_bulk.init.opening import DataFile
from dynamodb_bulk.init.proposal import Proposal, ranked
from dynamodb_bulk.init.text_facts import text_facts
from dynamodb_bulk.machine import read_ahead
from dynamodb_bulk.records.fields import Fields
from dynamodb_bulk.records.json_batches import record_batch
from dynamodb_bulk.records.json_scanner import RecordScanner
from dynamodb_bulk.records.json_values import Number
from dynamodb_bulk.records.parquet_reader import damaged
from dynamodb_bulk.sources.parquet_file import parquet_file
from dynamodb_bulk.spec.errors import InputError

Report = Callable[[str], None]
_SEVERAL = "values of several types"
_BLOCK = 16 * 1024 * 1024
_SAMPLE = _ELEMENTS = 20_000
_TYPES = frozenset(("S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"))


@dataclass(kw_only=True)
class _Field:
    """A top-level field: in how many records, and of which kinds."""

    present: int = 0
    kinds: Counter[str] = field(default_factory=Counter[str])
    longest_bytes: int = 0
    empty: bool = False


def propose_records(
    files: Sequence[DataFile], name: str, folder: Path, report: Report, encoding: str | None = None
) -> Proposal:
    """Read every record of the files; `folder` takes what has no room in memory. Raise InputError."""
    files, doubts = (files, ()) if encoding else _in_their_encoding(files, report)
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
    if search is None or not fields or not rows:
        raise _no_record(files[0])
    _refuse_wrapped(files[0].shown, sample, rows)
    source: dict[str, Any] = {"format": files[0].format}
    if files[0].compression != "none":
        source["compression"] = files[0].compression
    if files[0].encoding != "utf-8":
        source["encoding"] = files[0].encoding
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
    for doubt in doubts:
        proposal.note("encoding" if "encoding" in source else "format", doubt)
    proposal.fields = [f"{one}: {_said(found, rows)}" for one, found in fields.items()]
    return proposal


def _in_their_encoding(files: Sequence[DataFile], report: Report) -> tuple[Sequence[DataFile], Sequence[str]]:
    """Return the files with the encoding that their bytes show, and doubts about it."""
    if files[0].format != "json":
        return files, ()
    report("reading the text")
    facts = text_facts(files)
    return [replace(file, encoding=facts.encoding) for file in files], facts.doubts


def _no_record(file: DataFile) -> InputError:
    """Return the error of a file without records, with the reason why the first value is none."""
    if file.format == "json":
        with closing(file.open()) as stream:
            block = Utf8Text(stream, file.encoding).read(_BLOCK)
        scanner = RecordScanner(file.shown)
        values = list(islice(scanner.feed(block, last=len(block) < _BLOCK), 1))
        first = record_batch(values, file.shown, Fields(but=frozenset()), scanner.unit).rejected
        if first:
            what = f"no record could be read; {first[0].unit} {first[0].line:,}: {first[0].reason}"
            return InputError(file.shown, what, "write an object for each row")
    return InputError(file.shown, "it holds no records", "name a file with rows")


def _refuse_wrapped(shown: str, sample: pl.DataFrame, rows: int) -> None:
    """Raise InputError for records that stand in a list of one record, or are in the JSON of DynamoDB."""
    lists = [one for one in sample.columns if isinstance(sample.schema[one], pl.List)]
    if rows == 1 and len(lists) == 1:
        name = lists[0]
        first = sample[name].explode().drop_nulls()
        if isinstance(first.dtype, pl.Struct):
            members = set(first.struct.fields)
            of_items = name == "Items" and _typed(first.struct.unnest())
            what, form = (
                ("a batch of puts", "{Item: .PutRequest.Item}")
                if members == {"PutRequest"}
                else ("the answer to a scan or query", "{Item: .}")
                if of_items
                else (f"one record with its rows in {name!r}", ".")
            )
            path = f".[{json.dumps(name)}][]"
            raise InputError(
                shown, f"the file is {what}", f"write a row a line: jq -c '{path} | {form}' FILE"
            )
    if "$" in {
        name[:1] for one in sample.schema.values() if isinstance(one, pl.Struct) for name in one.to_schema()
    }:
        wanted = 'if type == "object" and (keys[0] // "" | startswith("$")) then .[keys[0]] else . end'
        remedy = f"write plain values: jq -c 'walk({wanted})' FILE"
        raise InputError(shown, "its records are extended JSON of MongoDB", remedy)
    if _typed(sample):
        raise InputError(
            shown,
            "its records are DynamoDB JSON without `Item`",
            "write them as DynamoDB reads them: jq -c '{Item: .}' FILE",
        )


def _typed(frame: pl.DataFrame) -> bool:
    """Whether each value is an object of one member that names a type, as in {"S": "a"}."""
    structs = [one.dtype for one in frame.iter_columns()]
    members = [
        {field.name for field in one.fields} if isinstance(one, pl.Struct) else set[str]() for one in structs
    ]
    return bool(members) and all(one and one <= _TYPES for one in members)


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
    if isinstance(dtype, pl.Map):
        return "map"
    if isinstance(dtype, pl.Struct):
        return _SEVERAL if _SEVERAL in dtype.to_schema() else "map"
    return "other"


def _key_type(found: _Field) -> str:
    kinds = set(found.kinds)
    return "S" if kinds == {"text"} else "N" if kinds == {"number"} else ""


def _said(found: _Field, rows: int) -> str:
    kinds = " or ".join(found.kinds) or "always null"
    size = f", at most {found.longest_bytes:,} bytes" if found.longest_bytes else ""
    missing = f", not in {rows - found.present:,} of {rows:,}" if found.present < rows else ""
    return kinds + size + missing


def _frames(files: Sequence[DataFile]) -> Iterator[pl.DataFrame]:
    readers = {"parquet": _parquet, "dynamodb_json": _items}
    for file in files:
        yield from readers.get(file.format, _json)(file)


def _parquet(file: DataFile) -> Iterator[pl.DataFrame]:
    try:
        with parquet_file(file.source) as found:
            for piece in found.slices():
                yield pl.scan_parquet(piece.path, glob=False).slice(piece.start, piece.rows).collect()
    except pl.exceptions.PolarsError as error:
        raise damaged(file.shown, error) from None


def _json(file: DataFile) -> Iterator[pl.DataFrame]:
    with closing(file.open()) as stream:
        text = cast("BinaryIO", Utf8Text(stream, file.encoding))
        rest = text.read(_BLOCK)
        if not _is_record(rest.lstrip().partition(b"\n")[0]):
            yield from _values(rest, text, file)
            return
        yield from map(_records, _whole_lines(rest, text))


def _whole_lines(block: bytes, stream: BinaryIO) -> Iterator[bytes]:
    """Yield blocks that end where a line does, but for the last."""
    while block:
        chunk = stream.read(_BLOCK)
        end = block.rfind(b"\n") + 1 if chunk else len(block)
        lines, block = block[:end], block[end:] + chunk
        if lines.strip():
            yield lines


def _items(file: DataFile) -> Iterator[pl.DataFrame]:
    """Yield the items of DynamoDB JSON as records; the check names lines that hold none."""
    with closing(file.open()) as stream:
        for lines in _whole_lines(stream.read(_BLOCK), stream):
            rows: list[Any] = []
            for line in lines.split(b"\n"):
                with suppress(orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
                    item = cast("dict[str, dict[str, Any]]", orjson.loads(line)["Item"])
                    rows.append({name: _plain(*typed.popitem()) for name, typed in item.items()})
            if rows:
                yield _frame(rows)


def _plain(kind: str, value: Any) -> Any:
    """Return a value of an item as one of its kind: what is nested is not looked into."""
    match kind:
        case "N":
            return _number(Number(value))
        case "B":
            return str(value).encode()
        case "NULL":
            return None
        case "S" | "BOOL":
            return value
        case _:
            return {} if kind == "M" else [""]


def _is_record(line: bytes) -> bool:
    with suppress(orjson.JSONDecodeError):
        return isinstance(orjson.loads(line), dict)
    return False


def _values(block: bytes, stream: BinaryIO, file: DataFile) -> Iterator[pl.DataFrame]:
    """Yield the elements of an array, or values that go over lines."""
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
        frame = pl.read_ndjson(io.BytesIO(lines), infer_schema_length=None)
    except pl.exceptions.PolarsError:
        found: list[Any] = []
        for line in lines.split(b"\n"):
            try:
                found.append(orjson.loads(line))
            except orjson.JSONDecodeError:
                continue  # the check names the line
        return _frame(found)
    return frame.with_columns(_several(name, frame[name].to_list()) for name in _not_only_texts(frame, lines))


def _not_only_texts(frame: pl.DataFrame, lines: bytes) -> set[str]:
    """Return the columns that polars reads as texts, but that hold other values, too."""
    texts = {name for name, dtype in frame.schema.items() if dtype == pl.String}
    written = "|".join([*map(re.escape, texts), r'[^"\\]*\\[^"]*'])  # names with an escape are any name
    pattern = rf'"(?:{written})"\s*:\s*[^"n\s]'
    block = pl.Series([lines], dtype=pl.Binary).cast(pl.String)
    if not texts or not block.str.contains(pattern).any():
        return set()
    suspected = block.str.split("\n").explode()
    found = set[str]()
    for line in suspected.filter(suspected.str.contains(pattern)):
        record = orjson.loads(line)
        found |= {name for name in texts - found if not isinstance(record.get(name), str | None)}
        if found == texts:
            break
    return found


def _frame(records: list[Any]) -> pl.DataFrame:
    rows = [cast("dict[str, Any]", one) for one in records if isinstance(one, dict)]
    try:
        return _of_rows(rows)
    except UnicodeEncodeError:
        return _of_rows([row for row in rows if _is_text(row)])  # the check names the others


def _of_rows(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame([_series(name, [row.get(name) for row in rows]) for name in names])


def _is_text(row: dict[str, Any]) -> bool:
    """Whether its names and texts are Unicode, without half of a surrogate pair."""
    try:
        _of_rows([row])
    except UnicodeEncodeError:
        return False
    return True


def _series(name: str, values: list[Any]) -> pl.Series:
    values = [_number(one) if isinstance(one, Number) else one for one in values]
    kinds: set[type[Any]] = {type(one) for one in values if one is not None}
    if kinds <= {str} or kinds <= {bool} or kinds <= {int, float} or kinds <= {bytes}:
        try:
            return pl.Series(name, values, strict=False)
        except (pl.exceptions.PolarsError, OverflowError, TypeError):
            pass
    if kinds <= {list}:
        return pl.Series(name, [None if one is None else [""] for one in values], dtype=pl.List(pl.String))
    return _several(name, values, "map" if kinds <= {dict} else _SEVERAL)


def _several(name: str, values: list[Any], member: str = _SEVERAL) -> pl.Series:
    held = pl.Struct({member: pl.String})
    return pl.Series(name, [None if one is None else {member: ""} for one in values], dtype=held)


def _number(text: Number) -> int | float:
    return int(text) if text.lstrip("-").isdecimal() else float(text)
