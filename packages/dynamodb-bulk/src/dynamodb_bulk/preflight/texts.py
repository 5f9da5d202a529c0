"""What stands in texts that every type accepts and that is hardly meant: \\r at line ends, NULs, too much."""

from typing import cast

import polars as pl

from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.csv.frame_names import column_name, frame_name
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.preflight.finding import Example, Findings


class ReturnRows:
    """The rows of one file that end with \\r\\n where \\n ends a row."""

    def __init__(self, file: str, column: str | None, most: int) -> None:
        self._file = file
        self._column = column
        self._most = most
        self._rows = 0
        self._returns = 0
        self._lines: list[int] = []

    def add(self, batch: RowBatch) -> None:
        """Take the rows of a batch."""
        self._rows += batch.frame.height
        if self._column:
            ends = (batch.frame[frame_name(self._column)].str.ends_with("\r")).fill_null(value=False)
            self._note(batch.lines.filter(ends))

    def add_rejected(self, line: int) -> None:
        """Take a row that could not be split because of its \\r."""
        self._rows += 1
        self._note(pl.Series([line]))

    def add_rows(self, count: int) -> None:
        """Take rows that have no \\r."""
        self._rows += count

    def judge(self, findings: Findings) -> None:
        """Report the rows, as an entire file or as some lines of it."""
        kind = "windows-line-ends" if self._returns == self._rows else "mixed-line-ends"
        for line in self._lines:
            what = f"{self._returns:,} of {self._rows:,} rows end with \\r\\n"
            findings.add(kind, Example(file=self._file, line=line, what=what), count=0)
        if self._returns:
            findings.add(kind, count=self._returns)

    def _note(self, lines: pl.Series) -> None:
        self._returns += len(lines)
        self._lines += lines.head(self._most - len(self._lines)).to_list()


def find_nul_bytes(batch: RowBatch, findings: Findings) -> None:
    """Report every value of a batch that holds a NUL byte."""
    for place, name in enumerate(map(column_name, batch.frame.columns)):
        held = batch.frame.to_series(place).str.contains("\0", literal=True)
        for row in cast("list[int]", held.arg_true().to_list()):
            findings.add(
                "nul-byte", Example(file=batch.file, line=batch.lines[row], column=name, what=f"in {name}")
            )


class CutTexts:
    """The texts of CLOB columns that DMS would cut.

    Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.TargetMetadata.html
    """

    def __init__(self, dataset: Dataset) -> None:
        metadata = cast("dict[str, object]", dataset.task_settings.get("TargetMetadata") or {})
        limit = metadata.get("LobMaxSize")
        self._limit = limit if isinstance(limit, int) else 32
        self._columns = [column.name for column in dataset.columns if column.column_type.large_object]

    def find(self, batch: RowBatch, findings: Findings) -> None:
        """Report the texts of a batch that are too long."""
        for name in self._columns:
            sizes = batch.frame[frame_name(name)].str.len_bytes()
            for row in cast("list[int]", (sizes > self._limit * 1024).arg_true().to_list()):
                what = f"{name} has {sizes[row]:,} bytes, LobMaxSize is {self._limit} KB"
                example = Example(file=batch.file, line=batch.lines[row], column=name, what=what)
                findings.add("cut-by-dms", example)
