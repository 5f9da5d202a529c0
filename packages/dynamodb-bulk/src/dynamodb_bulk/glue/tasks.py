"""The work on ranges as functions that Spark calls in its Python processes, batches of Arrow in and out."""

import pickle
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any
from zipimport import zipimporter

import polars as pl

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.conversion.output import REJECTS as REJECTS_FILE
from dynamodb_bulk.conversion.output import rejects_key
from dynamodb_bulk.conversion.parts import write_bucket
from dynamodb_bulk.conversion.shuffling import shuffled
from dynamodb_bulk.glue.ranges import FileRange, Stretch, scan
from dynamodb_bulk.glue.request import Request
from dynamodb_bulk.glue.work import REJECTS, Work
from dynamodb_bulk.glue.writing import write_share
from dynamodb_bulk.spec.errors import InputError, LoadFailed

pa: Any = import_module("pyarrow")  # where the job runs, and not on every machine
Batches = Iterator[Any]
BROKEN = -2
"""The bucket of why a file cannot be read."""
_YIELD_BYTES = 32 * 1024**2


@dataclass(frozen=True)
class Task:
    """What all tasks of a stage share: the request, and what each does, by the number of its row."""

    request: Request
    inputs: tuple[Any, ...]

    @cached_property
    def work(self) -> Work:
        """The dataset and its files, opened once a process."""
        return self.request.work()


def keep_archives() -> None:
    """Keep what this process knows of the archives that modules are imported from; they do not change.

    Spark's worker.py invalidates it before each task. Python 3.11 then reads the directory of pyspark.zip
    once per package that was imported from it: 0.2 CPU seconds a task.
    """
    for finder in sys.path_importer_cache.values():
        if isinstance(finder, zipimporter):
            vars(finder)["invalidate_caches"] = lambda: None


def scanned(batches: Batches, task: Task) -> Batches:
    """Scan stretches. Out: number, scan (pickled)."""
    for number in _numbers(batches):
        stretch: Stretch = task.inputs[number]
        found = scan(task.work.dataset, task.work.files[stretch.file], stretch)
        yield _batch(number=pa.array([number], pa.int64()), scan=_bytes(pickle.dumps(found)))


def checked(batches: Batches, task: Task) -> Batches:
    """Check ranges. Out: number, seen (pickled), hashes (64 bits of each key)."""
    for number in _numbers(batches):
        seen, hashes = task.work.check(task.inputs[number])
        yield _batch(
            number=pa.array([number], pa.int64()),
            seen=_bytes(pickle.dumps(seen)),
            hashes=_bytes(hashes.to_numpy().tobytes()),
        )


def counted(batches: Batches, task: Task) -> Batches:
    """Count ranges. Out: number, count (pickled, or why there is none), hashes, and the rejected rows."""
    for number in _numbers(batches):
        try:
            count, rejects, hashes = task.work.count(task.inputs[number])
            found, rejected = pickle.dumps(count), count.rejected
        except InputError as error:
            found, rejected, rejects, hashes = pickle.dumps(error), 0, b"", pl.Series(dtype=pl.UInt64)
        yield _batch(
            number=pa.array([number], pa.int64()),
            count=_bytes(found),
            hashes=_bytes(hashes.to_numpy().tobytes()),
            bucket=pa.array([REJECTS], pa.int64()),
            rejected=pa.array([rejected], pa.int64()),
            text=_bytes(rejects),
        )


def unpacked(batches: Batches) -> Batches:
    """Turn packed hashes into rows. Out: hash."""
    for batch in batches:
        for packed in batch.column(0):
            buffer = packed.as_buffer()
            hashes = pa.Array.from_buffers(pa.int64(), buffer.size // 8, [None, buffer])
            if len(hashes):
                yield pa.RecordBatch.from_arrays([hashes], ["hash"])


def packed(batches: Batches) -> Batches:
    """Turn rows of hashes into packed ones. Out: hashes."""
    for batch in batches:
        hashes = pl.Series(batch.column(0))
        if len(hashes):
            yield _batch(hashes=_bytes(hashes.to_numpy().tobytes()))


def holding(batches: Batches, repeated: pl.Series) -> Batches:
    """Name the ranges which have one of the hashes. In: number, hashes. Out: number."""
    for batch in batches:
        for number, packed in zip(batch.column(0).to_pylist(), batch.column(1), strict=True):
            hashes = pl.Series(memoryview(packed.as_buffer()).cast("B").cast("Q"), dtype=pl.UInt64)
            if hashes.is_in(repeated.implode()).any():
                yield _batch(number=pa.array([number], pa.int64()))


def rows_with(batches: Batches, task: Task, repeated: pl.Series | None) -> Batches:
    """Give the rows with repeated hashes. Out: partition, sort, number, place, line."""
    for number in _numbers(batches):
        for frame in task.work.rows_with(task.inputs[number], repeated):
            yield _batch(
                partition=pa.array(frame["partition"].to_list(), pa.string()),
                sort=pa.array(frame["sort"].to_list(), pa.string()),
                number=pa.array([number] * frame.height, pa.int64()),
                place=pa.array(frame["place"].to_list(), pa.int64()),
                line=pa.array(frame["line"].to_list(), pa.int64()),
            )


def spread(batches: Batches, task: Task, buckets: int) -> Batches:
    """Spread the items of ranges over buckets. Out: bucket, number, rejected, text."""
    for number in _numbers(batches):
        part: FileRange = task.inputs[number]
        try:
            texts, rejected = task.work.spread(part, task.request.options, buckets)
        except InputError as error:
            texts, rejected = {BROKEN: pickle.dumps(error)}, 0
        for some in _pieces(texts.items()):
            yield _batch(
                bucket=pa.array([bucket for bucket, _ in some], pa.int64()),
                number=pa.array([number] * len(some), pa.int64()),
                rejected=pa.array([rejected if bucket == REJECTS else 0 for bucket, _ in some], pa.int64()),
                text=pa.array([text for _, text in some], pa.binary()),
            )


def written(batches: Batches, task: Task) -> Batches:
    """Write buckets, whose rows follow each other, to S3. Out: bucket, parts (pickled).

    The name of a file follows from its bucket and its content from the rows, so that a task which is
    repeated writes the same again, and nothing else.
    """
    request, aws = task.request, Aws(region=task.request.region)
    bucket_of, prefix = request.output
    with tempfile.TemporaryDirectory(prefix="dynamodb-bulk-") as folder:
        for bucket, rows in groupby(_rows(batches), key=lambda row: row[0]):
            if bucket == BROKEN:
                made: Any = min((number, text) for _, number, _, text in rows)[1]
            elif bucket == REJECTS:
                path, count = Path(folder, REJECTS_FILE), 0
                with path.open("wb") as stream:
                    for _, _, rejected, text in rows:
                        count += rejected
                        stream.write(text)
                _upload(path, bucket_of, rejects_key(prefix), aws)
                made = pickle.dumps(count)
            else:
                text = b"".join(text for *_, text in rows)
                parts = write_bucket(shuffled(text), Path(folder), bucket, request.options)
                for part in parts:
                    _upload(Path(folder, part.file), bucket_of, prefix + part.file, aws)
                made = pickle.dumps(parts)
            yield _batch(bucket=pa.array([bucket], pa.int64()), parts=_bytes(made))


def wrote(batches: Batches, task: Task) -> Batches:
    """Write shares into the table. Out: number, journal (pickled, or why not all is written)."""
    request = task.request
    if request.wanted is None:
        raise TypeError(request.action)
    for number in _numbers(batches):
        try:
            ended: object = write_share(number, task.inputs[number], task.work, request, request.wanted)
        except (InputError, LoadFailed) as error:
            ended = error
        yield _batch(number=pa.array([number], pa.int64()), journal=_bytes(pickle.dumps(ended)))


def _upload(path: Path, bucket: str, key: str, aws: Aws) -> None:
    aws.s3.upload_file(str(path), bucket, key, ExtraArgs={"ChecksumAlgorithm": "SHA256"})
    path.unlink()


def _numbers(batches: Batches) -> Iterator[int]:
    for batch in batches:
        yield from batch.column(0).to_pylist()


def _rows(batches: Batches) -> Iterator[tuple[int, int, int, bytes]]:
    for batch in batches:
        numbers = [batch.column(place).to_pylist() for place in range(3)]
        texts = batch.column(3)
        for place, (bucket, number, rejected) in enumerate(zip(*numbers, strict=True)):
            yield bucket, number, rejected, texts[place].as_py()


def _pieces(texts: Iterable[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    some: list[tuple[int, bytes]] = []
    size = 0
    for bucket, text in texts:
        some.append((bucket, text))
        size += len(text)
        if size >= _YIELD_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def _bytes(content: bytes) -> Any:
    return pa.array([content], pa.binary())


def _batch(**columns: Any) -> Any:
    return pa.RecordBatch.from_arrays(list(columns.values()), list(columns))
