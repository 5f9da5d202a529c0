"""A check: a fault that can be known before any load, and what looks for it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.items.row_to_item import RowToItem
from dynamodb_bulk.preflight.layout import Layout
from dynamodb_bulk.preflight.portions import Portion
from dynamodb_bulk.preflight.rows import CheckedBatch, checked_batches
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.text import Unit

Severity = Literal["error", "warning", "note"]
Family = Literal["documents", "files", "rows", "values", "keys"]
OF_ROWS: frozenset[Family] = frozenset(("rows", "values", "keys"))
_ROW_BYTES = 200  # about what a row takes in files whose text is not counted


@dataclass(frozen=True, kw_only=True)
class Example:
    """One place where a fault is; `line` is 1-based, and counts what `unit` says."""

    file: str
    what: str
    line: int | None = None
    column: str | None = None
    value: str | None = None
    unit: Unit = "line"


@dataclass(frozen=True)
class Fault:
    """Faults of one check, by its name: how many, and one of them."""

    check: str
    example: Example | None = None
    count: int = 1


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is checked: a dataset, its files, and objects `beside` them that a prefix without its / matches.

    Of the files the `portions` are read. A detector may keep files in `folder`, and gives at most so many
    `examples` where it has to choose. `method`: the one that is to load them, if that is known.
    """

    dataset: Dataset
    files: Sequence[SourceFile]
    beside: Sequence[str]
    folder: Path
    examples: int
    portions: Sequence[Portion] = ()
    method: str = ""
    units: dict[str, Unit] = field(default_factory=dict[str, Unit])
    """What the numbers of the rows count in each file that is read."""

    def batches(self, portion: Portion) -> Iterator[CheckedBatch]:
        """Read and check part of a file; raises InputError where it cannot be read."""
        rows = 0
        for batch in checked_batches(self.dataset, portion.file, self.to_item):
            self.units[batch.keys.file] = batch.unit
            yield batch
            rows += len(batch.keys.lines) + len(batch.keys.rejected)
            size = batch.layout.bytes_read if batch.layout else rows * _ROW_BYTES
            if portion.most is not None and size >= portion.most:
                portion.cut = True
                return

    @cached_property
    def to_item(self) -> RowToItem | None:
        """What makes items of rows; None where the files hold items."""
        return None if self.dataset.source.holds_items else self.dataset.row_to_item()


class Detector:
    """Looks for the faults of some checks while a dataset is read; any of its methods may find nothing."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.dataset = subject.dataset

    def before(self) -> Iterable[Fault]:
        """What is known before a file is read."""
        return ()

    def batch(self, _: CheckedBatch, /) -> Iterable[Fault]:
        """What is wrong in a batch of rows."""
        return ()

    def file_end(self, _file: SourceFile, _layout: Layout, /) -> Iterable[Fault]:
        """What is wrong with a file of rows that was read to its end."""
        return ()

    def file_broken(self, _: InputError, /) -> Iterable[Fault]:
        """What is wrong with a file that cannot be read any further."""
        return ()

    def after(self) -> Iterable[Fault]:
        """What is known when all files are read."""
        return ()

    def state(self) -> Any:
        """What it remembers of the rows, in plain values, for another one of its kind to `join`."""
        return None

    def join(self, state: Any, /) -> None:
        """Go on as if it had seen the rows as well that another one saw, which follow its own."""


@dataclass(frozen=True)
class Check:
    """A kind of fault: what looks for it, how grave it is, what it is, what to do about it.

    Checks may share a detector, which then runs once. None: found before there is a dataset to check.
    `fatal_for`: the methods that would change values over it, which do not load such files. A fault of this
    kind in a file `explains` those of these families in it, or only those `in_first_line`: they are counted
    and not reported.
    """

    detector: Callable[[Subject], Detector] | None
    family: Family
    severity: Severity
    name: str
    sentence: str
    remedy: str
    explains: frozenset[Family] = frozenset()
    in_first_line: bool = False
    fatal_for: tuple[str, ...] = ()
