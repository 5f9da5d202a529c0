"""The stages of a run: which tasks Spark gives which ranges, and what becomes of their results."""

import pickle
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from typing import Any

import polars as pl

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.conversion.output import FinishedFile, Manifest, manifest_of
from dynamodb_bulk.conversion.shuffling import bucket_count
from dynamodb_bulk.glue import tasks, writing
from dynamodb_bulk.glue.check_result import CheckResult
from dynamodb_bulk.glue.ranges import FileRange, ranges, stretches
from dynamodb_bulk.glue.request import Request
from dynamodb_bulk.glue.shares import GivenUp, sum_of
from dynamodb_bulk.glue.work import REJECTS
from dynamodb_bulk.loads.writes.journal import Journal
from dynamodb_bulk.preflight.count import RowCount
from dynamodb_bulk.preflight.duplicates import REPEATED_IN_MEMORY, Duplicate
from dynamodb_bulk.spec.errors import InputError

# They are where the job runs, and not on every machine.
_pyspark: Any = import_module("pyspark")
_sql: Any = import_module("pyspark.sql")
_BATCH_BYTES = 64 * 1024**2
_BATCH_ROWS = "spark.sql.execution.arrow.maxRecordsPerBatch"
_MOST_BATCH_ROWS = 10_000


class Run:
    """One run for a request."""

    def __init__(self, spark: Any, request: Request) -> None:
        self._spark = spark
        self._request = request
        self._work = request.work()

    def check(self) -> CheckResult:
        """Check all files, in one pass and a second look at the rows whose keys may be doubled."""
        parts = self._ranges()
        looks = self._map(tasks.checked, parts, "number long, seen binary, hashes binary")
        looks = looks.persist(_pyspark.StorageLevel.DISK_ONLY)
        seen = {row.number: pickle.loads(row.seen) for row in looks.select("number", "seen").collect()}  # noqa: S301
        duplicates = self._duplicates(looks.select("number", "hashes"), parts)
        looks.unpersist()
        return CheckResult.of(
            self._work, [(part, seen[number]) for number, part in enumerate(parts)], duplicates
        )

    def count(self) -> RowCount:
        """Count all files, and write their rejected rows; raise InputError where a file cannot be read."""
        parts = self._ranges()
        schema = "number long, count binary, hashes binary, bucket long, rejected long, text binary"
        looks = self._map(tasks.counted, parts, schema).persist(_pyspark.StorageLevel.DISK_ONLY)
        found = looks.select("number", "count").orderBy("number").collect()
        counts = [pickle.loads(row["count"]) for row in found]  # noqa: S301
        for one in counts:
            if isinstance(one, InputError):
                raise one
        rejects = looks.where("rejected > 0").select("bucket", "number", "rejected", "text")
        self._written(rejects.repartition(1).sortWithinPartitions("number"))
        duplicates = self._duplicates(looks.select("number", "hashes"), parts)
        looks.unpersist()
        return RowCount.sum(counts, duplicates)

    def convert(self) -> Manifest:
        """Convert all files to parts in random order; raise InputError where a file cannot be read."""
        request, parts = self._request, self._ranges()
        buckets = bucket_count(request.bytes, self._work.dataset.source.compression)
        spread = self._map(
            partial(tasks.spread, buckets=buckets),
            parts,
            "bucket long, number long, rejected long, text binary",
        )
        rows = max(1, min(_MOST_BATCH_ROWS, _BATCH_BYTES * buckets // (4 * request.range_bytes)))
        self._spark.conf.set(_BATCH_ROWS, rows)
        placed = spread.repartition(buckets + 2, "bucket").sortWithinPartitions("bucket", "number")
        made = self._written(placed)
        if broken := made.get(tasks.BROKEN):
            raise broken
        files: list[FinishedFile] = [file for bucket in sorted(made) if bucket >= 0 for file in made[bucket]]
        return manifest_of(
            self._work.dataset.name, request.fingerprint, request.options, files, made.get(REJECTS, 0)
        )

    def write(self) -> Journal:
        """Write all items into the table, and return the sum of the journals.

        Raise InputError where a file cannot be read, and LoadFailed where a writer cannot go on.
        """
        request, aws = self._request, Aws(region=self._request.region)
        wanted = request.wanted
        if wanted is None:
            raise TypeError(request.action)
        GivenUp().write(*request.output, aws)
        shares = writing.kept_shares(request, aws)
        if not shares.shares:
            parts = self._ranges(writing.range_bytes(request, wanted))
            shares = writing.new_shares(request, wanted, self._work, parts, self._slots(wanted.cores), aws)
        found = self._map(tasks.wrote, shares.shares, "number long, journal binary").collect()
        ended = [pickle.loads(row.journal) for row in found]  # noqa: S301
        failed = [one for one in ended if isinstance(one, Exception)]
        if failed:  # an InputError is the first, since the others ended for it
            raise min(failed, key=lambda one: not isinstance(one, InputError))
        return sum_of(ended)

    def _slots(self, cores: int) -> int:
        """Return how many tasks run at once: on a cluster, some of its workers may not have come yet."""
        context = self._spark.sparkContext
        return int(context.defaultParallelism) if context.master.startswith("local") else cores

    def _written(self, placed: Any) -> dict[int, Any]:
        """Have rows written that are in order within each partition; return what was made, by bucket."""
        task = self._shared(())
        found = placed.mapInArrow(_applied(tasks.written, task), "bucket long, parts binary").collect()
        return {row.bucket: pickle.loads(row.parts) for row in found}  # noqa: S301

    def _ranges(self, range_bytes: int = 0) -> list[FileRange]:
        work = self._work
        cut = list(stretches(work.dataset, work.files, range_bytes or self._request.range_bytes))
        scans: Any = self._map(tasks.scanned, cut, "number long, scan binary").collect() if cut else ()
        return list(ranges(work.files, [pickle.loads(row.scan) for row in scans]))  # noqa: S301

    def _duplicates(self, looks: Any, parts: Sequence[FileRange]) -> tuple[int, list[Duplicate]]:
        """Look a second time at the ranges that have a key with a repeated hash."""
        found = looks.select("hashes").mapInArrow(tasks.unpacked, "hash long").groupBy("hash").count()
        repeated = found.where("count > 1").select("hash").limit(REPEATED_IN_MEMORY + 1)
        rows = repeated.mapInArrow(tasks.packed, "hashes binary").collect()
        doubled = pl.concat([pl.Series("hash", [], dtype=pl.UInt64), *(_hashes(row.hashes) for row in rows)])
        if not len(doubled):
            return 0, []
        kept = None if len(doubled) > REPEATED_IN_MEMORY else doubled.sort()
        if kept is not None:
            holding = looks.mapInArrow(partial(tasks.holding, repeated=kept), "number long").collect()
            numbers: list[int] = sorted(row.number for row in holding)
            parts = [parts[number] for number in numbers]
        schema = "partition string, sort string, number long, place long, line long"
        return self._later(self._map(partial(tasks.rows_with, repeated=kept), parts, schema), parts)

    def _later(self, rows: Any, parts: Sequence[FileRange]) -> tuple[int, list[Duplicate]]:
        """The rows whose key an earlier one has: how many, and the first ones."""
        in_order = _sql.Window.partitionBy("partition", "sort").orderBy("number", "place")
        later = (
            rows.withColumn("rank", _sql.functions.row_number().over(in_order))
            .withColumn("first_number", _sql.functions.first("number").over(in_order))
            .withColumn("first_line", _sql.functions.first("line").over(in_order))
            .where("rank > 1")
            .persist(_pyspark.StorageLevel.DISK_ONLY)
        )
        count = later.count()
        examples: list[Any] = later.orderBy("number", "place").limit(self._work.examples).collect()
        later.unpersist()
        names = [self._work.files[part.file].name for part in parts]
        return count, [
            Duplicate(
                key=tuple(key for key in (row.partition, row.sort) if key is not None),
                file=names[int(row.number)],
                line=row.line,
                first_file=names[int(row.first_number)],
                first_line=row.first_line,
            )
            for row in examples
        ]

    def _map(self, do: Callable[..., Iterator[Any]], inputs: Sequence[Any], schema: str) -> Any:
        """Have a task of its own do something with each of the inputs."""
        task = self._shared(tuple(inputs))
        numbers = self._spark.range(0, len(inputs), 1, max(1, len(inputs)))
        return numbers.mapInArrow(_applied(do, task), schema)

    def _shared(self, inputs: tuple[Any, ...]) -> Any:
        return self._spark.sparkContext.broadcast(tasks.Task(self._request, inputs))


def _applied(do: Callable[..., Iterator[Any]], task: Any) -> Callable[[Any], Iterator[Any]]:
    def apply(batches: Any) -> Iterator[Any]:
        tasks.keep_archives()
        return do(batches, task.value)

    return apply


def _hashes(packed: bytes) -> pl.Series:
    return pl.Series("hash", memoryview(packed).cast("Q"), dtype=pl.UInt64)
