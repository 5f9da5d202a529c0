r"""Lines that end with \r\n, which DMS does not read as a line end, or with \r alone."""

from collections.abc import Iterator

from dynamodb_bulk.preflight.check import OF_ROWS, Check, Detector, Example, Fault, Subject
from dynamodb_bulk.preflight.layout import Layout
from dynamodb_bulk.preflight.rows import CheckedBatch
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.text import number_of


class _ReturnRows(Detector):
    r"""How many rows of a file end with \r\n."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._returns = 0

    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        self._returns += batch.rows.returns if batch.rows else 0
        yield from ()

    def file_end(self, file: SourceFile, _: Layout) -> Iterator[Fault]:
        count, self._returns = self._returns, 0
        if count and not self.dataset.dms_obstacles:
            what = f"{number_of(count, 'row')} of this file"
            yield Fault("windows-line-ends", Example(file=file.name, what=what), count=count)

    def file_broken(self, _: InputError) -> Iterator[Fault]:
        self._returns = 0
        yield from ()

    def state(self) -> int:
        return self._returns

    def join(self, state: int) -> None:
        self._returns += state


class _ReturnsAlone(Detector):
    def file_end(self, file: SourceFile, layout: Layout) -> Iterator[Fault]:
        if layout.is_text and layout.ends_lines_with_returns:
            what = "the first 64 KB hold \\r and no \\n"
            yield Fault("return-line-ends", Example(file=file.name, line=1, what=what))


CHECKS = (
    Check(
        _ReturnRows,
        "files",
        "warning",
        "windows-line-ends",
        "Rows end with \\r\\n, and DMS would make \\r part of the last value",
        "use another method, or write the file again with \\n, for example with dos2unix",
        fatal_for=("dms",),
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
