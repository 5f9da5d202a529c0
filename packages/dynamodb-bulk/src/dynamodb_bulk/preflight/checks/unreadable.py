"""Datasets and files that cannot be read: not at all, not to their end, or not as text."""

from collections.abc import Iterator

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


class _Encoding(Detector):
    def file_end(self, file: SourceFile, layout: Layout) -> Iterator[Fault]:
        if layout.other_encoding and not layout.other_compression:
            what = f"the file starts like {layout.other_encoding}"
            yield Fault("encoding", Example(file=file.name, line=1, what=what))


class _ByteOrderMark(Detector):
    def file_end(self, file: SourceFile, layout: Layout) -> Iterator[Fault]:
        if layout.is_text and layout.starts_with_mark:
            what = "the file starts with EF BB BF"
            yield Fault("byte-order-mark", Example(file=file.name, line=1, what=what))


CHECKS = (
    Check(
        name="dataset",
        family="documents",
        severity="error",
        sentence="The dataset file or what it names is wrong",
        remedy="see the message",
        detector=None,
    ),
    Check(
        name="unreadable",
        family="files",
        severity="error",
        sentence="A file cannot be read to its end",
        remedy="see the message",
        detector=_Unreadable,
    ),
    Check(
        name="wrong-compression",
        family="files",
        severity="error",
        sentence="A file is not compressed as declared",
        remedy="set source.compression",
        detector=_Unreadable,
    ),
    Check(
        name="encoding",
        family="files",
        severity="error",
        sentence="The text is not UTF-8",
        remedy="write the file again as UTF-8",
        detector=_Encoding,
    ),
    Check(
        name="byte-order-mark",
        family="files",
        severity="error",
        sentence="A byte order mark becomes part of the first value",
        remedy="write the file again without it",
        detector=_ByteOrderMark,
    ),
)
