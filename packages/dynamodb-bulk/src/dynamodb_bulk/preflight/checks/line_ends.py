r"""Lines that end with \r\n or \r where \n ends a row."""

from collections.abc import Iterator
from functools import partial

import polars as pl

from dynamodb_bulk.csv.batches import frame_name
from dynamodb_bulk.preflight.check import OF_ROWS, Check, Detector, Example, Fault, Subject
from dynamodb_bulk.preflight.checks.rejected import is_for_its_return
from dynamodb_bulk.preflight.layout import Layout
from dynamodb_bulk.preflight.rows import CheckedBatch
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError


class _ReturnRows(Detector):
    """The rows of a file that end with \\r\\n: all of them, or some."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._begin()

    def _begin(self) -> None:
        self._rows = 0
        self._returns = 0
        self._lines: list[int] = []

    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        for one in batch.keys.rejected:
            # A row that could not be split because of its \r; one that was split is among the rows.
            if one.column is None and is_for_its_return(one, self.dataset):
                self._rows += 1
                self._note(pl.Series([one.line]))
        if batch.rows is not None and batch.layout:
            self._rows += batch.rows.frame.height
            if batch.layout.returns and self.dataset.columns:
                last = batch.rows.frame[frame_name(self.dataset.columns[-1].name)]
                self._note(batch.rows.lines.filter(last.str.ends_with("\r").fill_null(value=False)))
        yield from ()

    def file_end(self, file: SourceFile, _: Layout) -> Iterator[Fault]:
        name = "windows-line-ends" if self._returns == self._rows else "mixed-line-ends"
        what = f"{self._returns:,} of {self._rows:,} rows end with \\r\\n"
        for line in self._lines:
            yield Fault(name, Example(file=file.name, line=line, what=what), count=0)
        if self._returns:
            yield Fault(name, count=self._returns)
        self._begin()

    def file_broken(self, _: InputError) -> Iterator[Fault]:
        self._begin()
        yield from ()

    def _note(self, lines: pl.Series) -> None:
        self._returns += len(lines)
        self._lines += lines.head(self.subject.examples - len(self._lines)).to_list()


class _ReturnsAlone(Detector):
    def file_end(self, file: SourceFile, layout: Layout) -> Iterator[Fault]:
        if layout.is_text and layout.ends_lines_with_returns:
            what = "the first 64 KB hold \\r and no \\n"
            yield Fault("return-line-ends", Example(file=file.name, line=1, what=what))


_WITH_DOS2UNIX = "write the file again with \\n, for example with dos2unix"
_error = partial(Check, _ReturnRows, "files", "error")
CHECKS = (
    _error(
        "windows-line-ends",
        "Every line ends with \\r\\n, and \\r becomes part of the last value",
        _WITH_DOS2UNIX,
    ),
    _error(
        "mixed-line-ends",
        "Some lines end with \\r\\n, and \\r becomes part of the last value",
        _WITH_DOS2UNIX,
    ),
    Check(
        _ReturnsAlone,
        "files",
        "error",
        "return-line-ends",
        "Lines end with \\r, which does not end a row",
        "write the file again with \\n, for example with mac2unix",
        explains=OF_ROWS,
    ),
)
