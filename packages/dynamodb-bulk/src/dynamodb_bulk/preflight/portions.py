"""What a check reads of the files: all of them or, where that takes too long, the start and end of some."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from dynamodb_bulk.csv.encodings import encoding_of
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.sources.reading import SourceFile

SAMPLE_BYTES = 8 * 1024 * 1024
SAMPLED_FILES = 16
_GROWTH = 5  # bytes of text per byte of a compressed file, about
_LINES = ("csv", "dynamodb_json")
"""Formats in which a line end is the end of a record, quoted ones of CSV apart."""


@dataclass(kw_only=True)
class Portion:
    """A file, of which about `most` bytes of text are read; None: all. `cut`: there was more of it."""

    file: SourceFile
    most: int | None = None
    cut: bool = False


def portions(dataset: Dataset, files: Sequence[SourceFile], whole: int | None) -> tuple[Portion, ...]:
    """Return what to read: whole files if they have at most `whole` bytes in all, or if that is None.

    A compressed file may hold any amount of text: no more than `whole` is read of it.
    """
    packed = dataset.source.compression != "none"
    text = sum(file.size for file in files) * (_GROWTH if packed else 1)
    if whole is None or text <= whole:
        return tuple(Portion(file=file, most=whole if packed else None) for file in files)
    found: list[Portion] = []
    for file in _spread(files):
        if not packed and file.size <= 2 * SAMPLE_BYTES:
            found.append(Portion(file=file))
            continue
        found.append(Portion(file=file, most=SAMPLE_BYTES))
        of_lines = dataset.source.format in _LINES and dataset.csv.row_delimiter.endswith("\n")
        if not packed and file.part and of_lines:
            found.append(Portion(file=_end_of(file, file.part, dataset)))
    return tuple(found)


def _spread(files: Sequence[SourceFile]) -> list[SourceFile]:
    """The first and the last, and others evenly spaced between them."""
    last = len(files) - 1
    chosen = {round(place * last / (SAMPLED_FILES - 1)) for place in range(SAMPLED_FILES)}
    return [files[place] for place in sorted(chosen)]


def _end_of(file: SourceFile, part: Callable[[int, int], bytes], dataset: Dataset) -> SourceFile:
    """The last records as a file, with the lines before the records of the file it is of."""
    quotes = dataset.source.format == "csv" and dataset.csv.quotes

    def open_() -> BinaryIO:
        with file.open() as stream:
            start = stream.read(SAMPLE_BYTES)
        if "32" in (encoding := encoding_of(start, dataset.csv.encoding)[0]) or "16" in encoding:
            return io.BytesIO()  # lines do not end with one byte
        end = part(max(0, file.size - SAMPLE_BYTES), file.size)
        begun = 0
        for _ in range(dataset.csv.skip_rows):
            begun = start.find(b"\n", begun) + 1
        if dataset.csv.header_rows:
            begun += _next_record(start[begun:], 0, quotes=quotes)
        header = start[:begun]
        odd = quotes and end.count(b'"') % 2 == 1
        return io.BytesIO(header + end[_next_record(end, int(odd), quotes=quotes) :])

    megabytes = SAMPLE_BYTES // 1024**2
    name = f"{file.name}, in its last {megabytes} MB"
    return SourceFile(name=name, size=SAMPLE_BYTES, version=file.version, open=open_)


def _next_record(data: bytes, quotes_open: int, *, quotes: bool) -> int:
    """Return where the next record begins; `quotes_open` is 1 when the data begins inside quotes."""
    before = 0
    while at := data.find(b"\n", before) + 1:
        quotes_open += data.count(b'"', before, at)
        if not quotes or quotes_open % 2 == 0:
            return at
        before = at
    return len(data)
