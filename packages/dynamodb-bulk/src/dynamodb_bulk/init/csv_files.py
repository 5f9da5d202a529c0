"""CSV files: how they are written, and what every row of them holds."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from dynamodb_bulk.csv.batches import Rejected, RowBatch, frame_name
from dynamodb_bulk.csv.reader import read_rows
from dynamodb_bulk.init.column_choice import Notation, choose, notation_of, null_texts
from dynamodb_bulk.init.dialect import Dialect, dialects, header_of, same_header
from dynamodb_bulk.init.footer import footer_of
from dynamodb_bulk.init.key_search import SORT_BYTES, KeySearch, pairs_of
from dynamodb_bulk.init.opening import DataFile
from dynamodb_bulk.init.proposal import Proposal, ranked
from dynamodb_bulk.init.text_facts import TextFacts, text_facts
from dynamodb_bulk.init.values import ColumnFacts
from dynamodb_bulk.machine import read_ahead
from dynamodb_bulk.spec.errors import InputError

Report = Callable[[str], None]
_DIALECTS = 3
_SAMPLE = 20_000
_TYPES = {"STRING": "S", "DATE": "S", "DATETIME": "S", "TIME": "S", "BOOLEAN": ""}


@dataclass(kw_only=True)
class _Read:
    """All rows, read in one dialect."""

    dialect: Dialect
    names: tuple[str, ...]
    header: bool
    doubt: str
    facts: list[ColumnFacts]
    search: KeySearch
    rows: int = 0
    rejected: int = 0
    first: Rejected | None = None
    sample: pl.DataFrame = field(default_factory=pl.DataFrame)


def propose_csv(
    files: Sequence[DataFile], name: str, folder: Path, report: Report, encoding: str | None = None
) -> Proposal:
    """Read every row of the files; `folder` takes what has no room in memory. Raise InputError."""
    report("reading the text")
    facts = text_facts(files, encoding)
    tried: list[_Read] = []
    for number, dialect in enumerate(dialects(files[0], facts)[:_DIALECTS]):
        if tried and dialect.share <= 0:
            break
        tried.append(_read(files, facts, dialect, folder / f"read-{number}", report))
        if not tried[-1].rejected:
            break
    read = min(tried, key=lambda one: (one.rejected / max(1, one.rows + one.rejected), -len(one.names)))
    if not read.rows:
        raise InputError(
            files[0].shown, "no row could be read", "see `bulk check` with a dataset of your own"
        )
    return _proposal(files, name, facts, read, folder, report)


def _read(
    files: Sequence[DataFile], facts: TextFacts, dialect: Dialect, folder: Path, report: Report
) -> _Read:
    header, doubt = header_of(dialect)
    if len(files) > 1 and same_header(files, facts, dialect) and dialect.rows and not header:
        header, doubt = tuple(map(str.strip, dialect.rows[0])), "the same first line is in every file"
    names = header or tuple(f"column_{place + 1}" for place in range(dialect.columns))
    csv = replace(
        dialect.csv,
        header_rows=1 if header else 0,
        comment=dialect.comment,
        skip_rows=dialect.skip_rows,
        skip_footer=footer_of(files, dialect),
    )
    read = _Read(
        dialect=replace(dialect, csv=csv),
        names=names,
        header=bool(header),
        doubt=doubt,
        facts=[ColumnFacts(name=one) for one in names],
        search=KeySearch([(one,) for one in names], folder),
    )
    with ThreadPoolExecutor(2) as pool:
        for batch in read_ahead(_batches(files, read)):
            _take(batch, read, pool)
            report(f"{read.rows:,} rows")
    return read


def _take(batch: RowBatch, read: _Read, pool: ThreadPoolExecutor) -> None:
    read.rows += batch.frame.height
    read.rejected += len(batch.rejected)
    read.first = read.first or next(iter(batch.rejected), None)
    if not batch.frame.height:
        return
    frame = batch.frame
    if read.sample.height < _SAMPLE:
        read.sample = (
            pl.concat([read.sample, frame.head(_SAMPLE)]) if read.sample.width else frame.head(_SAMPLE)
        )
    series = [frame[frame_name(one)] for one in read.names]
    searched = pool.submit(read.search.add, pl.DataFrame(dict(zip(read.names, series, strict=True))))
    for done in [
        searched,
        *(pool.submit(one.add, values) for one, values in zip(read.facts, series, strict=True)),
    ]:
        done.result()


def _batches(files: Sequence[DataFile], read: _Read) -> Iterator[RowBatch]:
    for file in files:
        with closing(file.open()) as stream:
            yield from read_rows(stream, file.shown, read.names, read.dialect.csv)


def _proposal(
    files: Sequence[DataFile], name: str, facts: TextFacts, read: _Read, folder: Path, report: Report
) -> Proposal:
    notation = notation_of(read.facts, read.dialect.csv.delimiter)
    choices = [choose(one, notation) for one in read.facts]
    nulls, null_doubts = null_texts(read.facts, choices)
    numbers = any(one.keys["type"] in ("NUMERIC", "REAL8") for one in choices)
    source = _source(files[0], facts, read, nulls, notation if numbers else Notation())
    types = {
        one.name: _TYPES.get(choice.keys["type"], "N")
        for one, choice in zip(read.facts, choices, strict=True)
    }
    proposal = Proposal(
        name=name,
        source=source,
        rows=read.rows,
        columns={one.name: choice for one, choice in zip(read.facts, choices, strict=True)},
        types=types,
    )
    for one, choice in zip(read.facts, choices, strict=True):
        missing = sum(one.nulls[text] for text in nulls)
        if missing and one.values:
            choice.note += f"{', ' if choice.note else ''}{missing:,} NULL"
    _add_notes(proposal, facts, read, null_doubts, notation.doubt if numbers else "")
    proposal.keys = _keys(files, read, nulls, types, folder, report)
    return proposal


def _source(
    file: DataFile, facts: TextFacts, read: _Read, nulls: list[str], notation: Notation
) -> dict[str, Any]:
    source: dict[str, Any] = {"format": "csv"}
    if file.compression != "none":
        source["compression"] = file.compression
    if facts.encoding != "utf-8":
        source["encoding"] = facts.encoding
    source["delimiter"] = read.dialect.csv.delimiter
    source["header"] = read.header
    if not read.dialect.csv.quotes:
        source["quoting"] = "none"
    csv = read.dialect.csv
    said = {
        "escape": csv.escape,
        "comment": csv.comment,
        "skip_rows": csv.skip_rows,
        "skip_footer": csv.skip_footer,
    }
    source |= {key: value for key, value in said.items() if value}
    if nulls != [""]:
        source["null_value"] = nulls[0] if len(nulls) == 1 else nulls
    if notation.decimal != ".":
        source["decimal"] = notation.decimal
    if notation.thousands:
        source["thousands"] = notation.thousands
    return source


def _add_notes(
    proposal: Proposal, facts: TextFacts, read: _Read, null_doubts: Sequence[str], number_doubt: str
) -> None:
    for doubt in facts.doubts:
        proposal.note("encoding", doubt)
    proposal.note("header", read.doubt)
    if not read.header:
        proposal.note("header", "the files name no columns: give them names below")
    for doubt in null_doubts:
        proposal.note("null_value" if "null_value" in proposal.source else "header", doubt)
    if number_doubt:
        proposal.note("decimal" if "decimal" in proposal.source else "header", number_doubt)
    if read.dialect.skip_rows:
        proposal.note("skip_rows", "lines before the first row that are no rows, such as a title")
    if read.dialect.csv.skip_footer:
        proposal.note("skip_footer", "lines at the end that look like a total or a number of rows")
    if read.rejected and read.first:
        first = f"the first in line {read.first.line:,}: {read.first.reason}"
        proposal.note("delimiter", f"{read.rejected:,} rows cannot be read, {first}")


def _keys(
    files: Sequence[DataFile],
    read: _Read,
    nulls: Sequence[str],
    types: dict[str, str],
    folder: Path,
    report: Report,
) -> list[Any]:
    fit = [
        one.name
        for one in read.facts
        if types[one.name]
        and one.longest_bytes <= SORT_BYTES
        and not sum(one.nulls[text] for text in ("", *nulls))
    ]
    found = read.search.unique(fit)
    if not found and read.rows > 1:
        places = {name: place for place, name in enumerate(read.names) if name in fit}
        sample = read.sample.rename({frame_name(one): one for one in read.names if frame_name(one) != one})
        search = KeySearch(pairs_of(sample, places), folder / "pairs")
        for batch in read_ahead(_batches(files, read)) if search.left else ():
            search.add(batch.frame.select(pl.all().name.map(lambda one: one.removeprefix("\0"))))
            report("looking for a key of two columns")
            if not search.left:
                break
        found = search.unique(fit)
    return list(ranked(found, types, read.names))
