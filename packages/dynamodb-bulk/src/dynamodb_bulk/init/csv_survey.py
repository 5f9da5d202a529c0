"""Every row of CSV files, read in one dialect: what each column holds, and which columns may be keys."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from dynamodb_bulk.csv.batches import Rejected, RowBatch, frame_name
from dynamodb_bulk.csv.reader import BLOCK_BYTES, read_rows
from dynamodb_bulk.init.check_ahead import CheckAhead
from dynamodb_bulk.init.dialect import Dialect, header_of, same_header
from dynamodb_bulk.init.footer import footer_of
from dynamodb_bulk.init.key_search import KeySearch
from dynamodb_bulk.init.opening import DataFile
from dynamodb_bulk.init.text_facts import TextFacts
from dynamodb_bulk.init.values import ColumnFacts
from dynamodb_bulk.machine import read_ahead
from dynamodb_bulk.preflight.layout import Layout

_SAMPLE = 20_000


@dataclass(frozen=True, kw_only=True)
class CsvFiles:
    """The files and what all of their bytes show; `block_bytes` are read at once."""

    files: Sequence[DataFile]
    facts: TextFacts
    report: Callable[[str], None]
    block_bytes: int = BLOCK_BYTES


@dataclass(kw_only=True)
class Survey:
    """All rows, read in one dialect; `ahead`: the check of them, if it could begin."""

    dialect: Dialect
    names: tuple[str, ...]
    header: bool
    doubt: str
    facts: list[ColumnFacts]
    search: KeySearch
    ahead: CheckAhead | None = None
    rows: int = 0
    rejected: int = 0
    first: Rejected | None = None
    sample: pl.DataFrame = field(default_factory=pl.DataFrame)

    def batches(self, given: CsvFiles, file: DataFile, layout: Layout | None = None) -> Iterator[RowBatch]:
        """Read a file, through the layout if there is one."""
        with closing(file.open()) as stream:
            text = layout.over(stream) if layout else stream
            csv = self.dialect.csv
            yield from read_rows(text, file.shown, self.names, csv, block_bytes=given.block_bytes)


def survey(
    given: CsvFiles, dialect: Dialect, folder: Path, begin: Callable[[Survey], CheckAhead | None]
) -> Survey:
    """Read every row; `begin` makes the check of them when the first ones are known.

    `folder` takes what has no room in memory.
    """
    files, facts = given.files, given.facts
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
    read = Survey(
        dialect=replace(dialect, csv=csv),
        names=names,
        header=bool(header),
        doubt=doubt,
        facts=[ColumnFacts(name=one) for one in names],
        search=KeySearch([(one,) for one in names], folder),
    )
    # The check of a batch may be under way while the next one is surveyed.
    with ThreadPoolExecutor(2) as pool, ThreadPoolExecutor(1) as checking:
        for file in files:
            layout = Layout(csv.encoding)
            checked: Future[None] | None = None
            for batch in read_ahead(read.batches(given, file, layout)):
                begins = not read.rows
                _take(batch, read, pool)
                if begins and read.rows and file is files[0]:
                    read.ahead = begin(read)
                if checked:
                    checked.result()
                if read.ahead:
                    checked = checking.submit(read.ahead.take, file.source, batch, layout)
                given.report(f"{read.rows:,} rows")
            if read.ahead:
                if checked:
                    checked.result()
                read.ahead.end(file.source, layout)
    return read


def _take(batch: RowBatch, read: Survey, pool: ThreadPoolExecutor) -> None:
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
