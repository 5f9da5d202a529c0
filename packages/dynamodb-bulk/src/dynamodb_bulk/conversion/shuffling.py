"""Items in random order, in little memory: first spread over files, then each file put in order.

Every item gets a number that depends on its place and the seed alone; the order is that of the numbers. A
bucket is a range of them, and becomes a part of its own: so the parts are the same, whoever writes them.
"""

import io
import resource
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import polars as pl

from dynamodb_bulk.conversion.chunks import Chunk, Place
from dynamodb_bulk.conversion.lines import TextLines
from dynamodb_bulk.conversion.options import MEGABYTE, Options
from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.item_files.ion import ion_lines
from dynamodb_bulk.items.row_to_item import ItemBatch

FOLDER = "shuffled"
_BUCKET_BYTES = 64 * MEGABYTE
_MOST_BUCKETS = 20_000  # an import takes 50,000 objects
_MOST_FILES = 512
_GROWTH = {"none": 4, "gzip": 40, "zstd": 40}  # bytes of items per stored byte of a source, at most or so
_DIGITS = 20


@dataclass(frozen=True, kw_only=True)
class Spill:
    """A batch's lines, each behind its number, by the bucket they go to."""

    items: int
    texts: dict[int, bytes]
    rejected: tuple[Rejected, ...]


def bucket_count(stored_bytes: int, compression: str) -> int:
    """Return how many buckets the items of a source of so many bytes are spread over."""
    wanted = -(-stored_bytes * _GROWTH[compression] // _BUCKET_BYTES)
    return max(1, min(_MOST_BUCKETS, wanted))


def part_count(stored_bytes: int, compression: str, part_bytes: int) -> int:
    """Return how many files these items are shuffled to, at most or so."""
    buckets = bucket_count(stored_bytes, compression)
    return buckets * max(1, -(-stored_bytes * _GROWTH[compression] // (buckets * part_bytes)))


class Shuffle:
    """The folder of the spread items: a file for each bucket, or for several where they are many."""

    def __init__(self, folder: Path, options: Options, buckets: int) -> None:
        open_files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        most = max(1, min(_MOST_FILES, open_files // 2))
        self._folder = folder
        self._options = options
        self._buckets = buckets
        self._in_one = -(-buckets // most)

    def spread(self, source: int, batch: ItemBatch) -> Spill:
        """Return the lines of a batch, by file."""
        return spread(source, batch, self._options, self._buckets, self._in_one)

    def write(self, spills: Iterable[Spill]) -> Iterator[Spill]:
        """Write them out, and hand each on."""
        self.clear()
        self._folder.mkdir()
        streams: dict[int, IO[bytes]] = {}
        try:
            for spill in spills:
                for file, text in spill.texts.items():
                    if file not in streams:
                        streams[file] = self._path(file).open("wb", buffering=0)
                    streams[file].write(text)
                yield spill
        finally:
            for stream in streams.values():
                stream.close()

    def chunks(self, after: Place) -> Iterator[Chunk]:
        """Yield the shuffled items behind a place, whose source is a bucket."""
        for bucket, ordered in self._ordered(after.source):
            start = after.line if bucket == after.source else 0
            lines = _unnumbered(ordered[start:])
            places = pl.int_range(start + 1, start + lines.count + 1, dtype=pl.UInt64, eager=True)
            yield Chunk(source=bucket, lines=lines, places=places)

    def _ordered(self, first: int) -> Iterator[tuple[int, list[bytes]]]:
        """Yield the lines of each bucket that has some, from the first one on, in order."""
        for file in range(first // self._in_one, -(-self._buckets // self._in_one)):
            path = self._path(file)
            if not path.is_file():
                continue
            ordered, end = _ordered(path.read_bytes()), 0
            for bucket in range(file * self._in_one, (file + 1) * self._in_one):
                begin, end = end, bisect_left(ordered, _end_of(bucket, self._buckets))
                if bucket >= first and begin < end:
                    yield bucket, ordered[begin:end]

    def clear(self) -> None:
        """Remove the folder."""
        if self._folder.is_dir():
            for path in self._folder.glob("bucket-*"):
                path.unlink()
            self._folder.rmdir()

    def _path(self, file: int) -> Path:
        return self._folder / f"bucket-{file:05}"


def spread(source: int, batch: ItemBatch, options: Options, buckets: int, in_one: int = 1) -> Spill:
    """Return the lines of a batch of a source, each behind its number, by bucket, or by so many `in_one`."""
    width = _word(min(_width(buckets) * in_one, _WORD))
    number = pl.col("number").cast(pl.String).str.zfill(_DIGITS)
    numbers = _numbers(batch.lines, source, options.seed)
    keyed = pl.DataFrame({"number": numbers, "line": _lines(batch.items, options)}).select(
        (pl.col("number") // width).clip(upper_bound=buckets - 1).alias("bucket"),
        pl.concat_str(number, "line").alias("line"),
    )
    texts: dict[int, bytes] = {}
    for (bucket,), part in keyed.partition_by("bucket", include_key=False, as_dict=True).items():
        text = io.BytesIO()
        part.write_csv(text, include_header=False, quote_style="never")
        texts[int(bucket)] = text.getvalue()
    return Spill(items=len(numbers), texts=texts, rejected=batch.rejected)


def shuffled(texts: bytes) -> TextLines:
    """Return the lines of a bucket, in any order before, in that of their numbers."""
    return _unnumbered(_ordered(texts))


def _ordered(texts: bytes) -> list[bytes]:
    return sorted(texts.split(b"\n")[:-1])


def _unnumbered(lines: list[bytes]) -> TextLines:
    return TextLines(b"".join(line[_DIGITS:] + b"\n" for line in lines), len(lines))


def _lines(items: pl.Series, options: Options) -> pl.Series:
    if options.format == "ion":
        lines = ion_lines(items).decode().split("\n")[:-1]
        return pl.Series("line", lines, dtype=pl.String)
    line = pl.concat_str(pl.lit('{"Item":'), pl.col("item"), pl.lit("}"))
    return items.alias("item").to_frame().select(line.alias("line"))["line"]


def _numbers(lines: pl.Series, source: int, seed: int) -> pl.Series:
    """Return a different number for every line of every source: https://prng.di.unimi.it/splitmix64.c."""
    number = pl.col("line") + pl.lit((source << 40) + (seed << 52) & _WORD, dtype=pl.UInt64)
    number = number * _word(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        number = (number ^ (number // _word(1 << shift))) * _word(factor)
    return lines.alias("line").to_frame().select(number)["line"]


_WORD = (1 << 64) - 1


def _width(buckets: int) -> int:
    """How many numbers a bucket has room for."""
    return -(-(_WORD + 1) // buckets)


def _end_of(bucket: int, buckets: int) -> bytes:
    """What the lines of a bucket sort before, and those of the next do not."""
    return b"%020d" % (_width(buckets) * (bucket + 1))


def _word(value: int) -> pl.Expr:
    return pl.lit(value, dtype=pl.UInt64)
