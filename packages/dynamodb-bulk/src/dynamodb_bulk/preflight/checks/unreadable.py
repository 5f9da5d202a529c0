"""Datasets and files that cannot be read: not at all, not to their end, or not as text."""

from collections.abc import Iterator
from functools import partial

from dynamodb_bulk.csv.encodings import is_utf8
from dynamodb_bulk.preflight.check import OF_ROWS, Check, Detector, Example, Fault
from dynamodb_bulk.preflight.layout import Layout
from dynamodb_bulk.sources.formats import OtherFormat
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError


class _Unreadable(Detector):
    def file_broken(self, error: InputError) -> Iterator[Fault]:
        what = f"{error.what}; {error.remedy}" if error.remedy else error.what
        name = "unreadable"
        if isinstance(error, OtherFormat):
            name = "other-format"
        elif "source.compression" in error.remedy:
            name = "wrong-compression"
        yield Fault(name, Example(file=error.where, what=what))

    def file_end(self, file: SourceFile, layout: Layout) -> Iterator[Fault]:
        if layout.other_encoding:
            what = f"the file starts like {layout.other_encoding}"
            yield Fault("encoding", Example(file=file.name, line=1, what=what))
        in_value = not self.dataset.csv.header_rows or not is_utf8(layout.encoding)
        if layout.starts_with_mark and in_value and not self.dataset.dms_obstacles:
            what = f"the file starts with the mark of {layout.encoding}"
            yield Fault("byte-order-mark", Example(file=file.name, line=1, what=what))


_file = partial(Check, _Unreadable, "files", "error")
CHECKS = (
    Check(
        None, "documents", "error", "dataset", "The dataset file or what it names is wrong", "see the message"
    ),
    _file("unreadable", "A file cannot be read to its end", "see the message"),
    _file(
        "wrong-compression",
        "A file is not compressed as declared",
        "set source.compression",
        explains=OF_ROWS,
    ),
    _file("other-format", "A file is not of the declared format", "see the message", explains=OF_ROWS),
    _file(
        "encoding",
        "The text is in another encoding",
        "set source.encoding, for example utf-16",
        explains=OF_ROWS,
    ),
    Check(
        _Unreadable,
        "files",
        "warning",
        "byte-order-mark",
        "The file starts with a byte order mark, and DMS would make it part of the first value",
        "use another method, or write the file again without it",
        fatal_for=("dms",),
    ),
)
