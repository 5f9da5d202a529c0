"""A last row that looks like no row: a total of those before it, or their number."""

from collections.abc import Iterator

from dynamodb_bulk.csv.footers import says_so
from dynamodb_bulk.preflight.check import Check, Detector, Example, Fault, Subject
from dynamodb_bulk.preflight.layout import Layout
from dynamodb_bulk.preflight.rows import CheckedBatch
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError

_Last = tuple[int, tuple[str | None, ...]]


class _Footer(Detector):
    """Remembers the last row of a file."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._last: _Last | None = None

    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        rows = batch.rows
        if rows and rows.frame.height and self.dataset.source.format == "csv":
            self._last = rows.lines[-1], rows.frame.row(-1)
        yield from ()

    def file_end(self, file: SourceFile, _: Layout) -> Iterator[Fault]:
        last, self._last = self._last, None
        if last and last[0] > 1 and says_so(last[1]):
            value = self.dataset.csv.delimiter.join(field or "" for field in last[1])
            what = "would be loaded as a row"
            yield Fault("footer", Example(file=file.name, line=last[0], what=what, value=value[:200]))

    def file_broken(self, _: InputError) -> Iterator[Fault]:
        self._last = None
        yield from ()

    def state(self) -> _Last | None:
        return self._last

    def join(self, state: _Last | None) -> None:
        if state:
            self._last = state[0], tuple(state[1])


CHECKS = (
    Check(
        _Footer,
        "files",
        "warning",
        "footer",
        "The last row of a file looks like a total or a number of rows",
        "set source.skip_footer if it is none",
    ),
)
