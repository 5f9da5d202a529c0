"""A dataset checked and converted range by range in this process, as the tasks of a job do it."""

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.conversion.parts import write_bucket
from dynamodb_bulk.conversion.shuffling import shuffled
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.glue.check_result import CheckResult
from dynamodb_bulk.glue.ranges import FileRange, ranges, scan, stretches
from dynamodb_bulk.glue.work import REJECTS, Work
from dynamodb_bulk.preflight.count import RowCount
from dynamodb_bulk.preflight.duplicates import Duplicate, KeyRows, find_duplicates
from dynamodb_bulk.preflight.report import CheckReport
from dynamodb_bulk.sources.reading import local_files


def work_of(path: Path) -> Work:
    dataset = open_dataset(path)
    return Work(dataset=dataset, files=local_files(dataset))


def ranges_of(work: Work, range_bytes: int) -> list[FileRange]:
    """The ranges in which the files of a dataset are read."""
    cut = stretches(work.dataset, work.files, range_bytes)
    return list(ranges(work.files, [scan(work.dataset, work.files[one.file], one) for one in cut]))


def counted_by_ranges(path: Path, range_bytes: int) -> tuple[RowCount, bytes]:
    """The count, and the lines of the rejected rows."""
    work = work_of(path)
    parts = ranges_of(work, range_bytes)
    counts, rejects, hashes = zip(*(work.count(part) for part in parts), strict=True)
    return RowCount.sum(counts, duplicates_of(work, parts, pl.concat(hashes))), b"".join(rejects)


def checked_by_ranges(path: Path, range_bytes: int) -> CheckReport:
    work = work_of(path)
    parts = ranges_of(work, range_bytes)
    looks = [work.check(part) for part in parts]
    duplicates = duplicates_of(work, parts, pl.concat([hashes for _, hashes in looks]))
    seen = [(part, look) for part, (look, _) in zip(parts, looks, strict=True)]
    result = CheckResult.of(work, seen, duplicates)
    return CheckResult.model_validate_json(result.model_dump_json()).report(work, (), 0)


def duplicates_of(work: Work, parts: list[FileRange], hashes: pl.Series) -> tuple[int, list[Duplicate]]:
    """How many rows have the key of an earlier one, and the first of them."""
    repeated = hashes.filter(hashes.is_duplicated()).unique()
    rows = [
        KeyRows(
            file=work.files[part.file].name,
            lines=frame["line"],
            keys=frame.select([role for role in ("partition", "sort") if role in work.dataset.keys.by_role]),
        )
        for part in parts
        for frame in work.rows_with(part, repeated)
    ]
    with TemporaryDirectory() as folder:
        return find_duplicates(rows, None, Path(folder), work.examples)


def converted_by_ranges(
    path: Path, range_bytes: int, folder: Path, options: Options, buckets: int
) -> tuple[dict[str, bytes], bytes]:
    """The parts by their names, and the lines of the rejected rows."""
    work = work_of(path)
    spread = [work.spread(part, options, buckets)[0] for part in ranges_of(work, range_bytes)]
    parts: dict[str, bytes] = {}
    for bucket in range(buckets):
        texts = b"".join(found.get(bucket, b"") for found in spread)
        for part in write_bucket(shuffled(texts), folder, bucket, options):
            parts[part.file] = (folder / part.file).read_bytes()
    return parts, b"".join(found.get(REJECTS, b"") for found in spread)
