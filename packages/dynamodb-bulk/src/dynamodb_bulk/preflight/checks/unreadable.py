"""Datasets and files that cannot be read: not at all, not to their end, or not as text."""

from collections.abc import Iterator
from functools import partial

from dynamodb_bulk.preflight.check import Check, Detector, Example, Fault
from dynamodb_bulk.preflight.layout import Layout
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError


class _Unreadable(Detector):
    def file_broken(self, error: InputError) -> Iterator[Fault]:
        what = f"{error.what}; {error.remedy}" if error.remedy else error.what
        name = "wrong-compression" if "source.compression" in error.remedy else "unreadable"
        yield Fault(name, Example(file=error.where, what=what))

    def file_end(self, file: SourceFile, layout: Layout) -> Iterator[Fault]:
        if layout.other_compression:
            what = f"the file is compressed with {layout.other_compression}, which no method reads"
            yield Fault("wrong-compression", Example(file=file.name, what=what))
        elif layout.other_encoding:
            what = f"the file starts like {layout.other_encoding}"
            yield Fault("encoding", Example(file=file.name, line=1, what=what))
        in_value = not (self.dataset.csv.header_rows or self.dataset.dms_obstacles)
        if in_value and layout.is_text and layout.starts_with_mark:
            what = "the file starts with EF BB BF"
            yield Fault("byte-order-mark", Example(file=file.name, line=1, what=what))


_file = partial(Check, _Unreadable, "files", "error")
CHECKS = (
    Check(
        None, "documents", "error", "dataset", "The dataset file or what it names is wrong", "see the message"
    ),
    _file("unreadable", "A file cannot be read to its end", "see the message"),
    _file("wrong-compression", "A file is not compressed as declared", "set source.compression"),
    _file("encoding", "The text is not UTF-8", "write the file again as UTF-8"),
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
