"""What one task does with its range, by the same code as on one machine."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.conversion.output import reject_line
from dynamodb_bulk.conversion.shuffling import spread
from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.glue.ranges import FileRange
from dynamodb_bulk.item_files.bulk_put_lines import with_condition
from dynamodb_bulk.item_files.canonical import key_hash
from dynamodb_bulk.preflight.check import Subject
from dynamodb_bulk.preflight.checks.keys import DuplicateKeys, key_rows
from dynamodb_bulk.preflight.count import RowCount, count_portion, counted_subject
from dynamodb_bulk.preflight.portions import Portion
from dynamodb_bulk.preflight.report import CheckReport
from dynamodb_bulk.preflight.rows import CheckedBatch
from dynamodb_bulk.preflight.run import Preflight, Seen, see
from dynamodb_bulk.sources.reading import SourceFile, open_items

BY_SPARK = (DuplicateKeys,)
"""Detectors that need the rows of all ranges at once."""
REJECTS = -1
"""The bucket of rejected rows."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """A dataset, its files, how many examples of each fault are kept, and the method that is to load them."""

    dataset: Dataset
    files: Sequence[SourceFile]
    examples: int = 5
    method: str = ""

    def check(self, part: FileRange) -> tuple[Seen, pl.Series]:
        """Check a range; return what was seen, and the hashes (UInt64) of its keys."""
        hashes = [pl.Series("hash", [], dtype=pl.UInt64)]

        def note(_: Seen, batch: CheckedBatch) -> None:
            if batch.has_keys:
                hashes.append(key_hash(batch.canonical_keys))

        preflight = self.preflight(CheckReport(dataset=""))
        seen = see(preflight.subject, self._portion(part), preflight.detectors, note)
        seen.states = preflight.states
        if part.start and seen.layout:
            seen.layout.sample = seen.layout.sample[part.head :]  # to be joined with what is in front of it
        return seen, pl.concat(hashes)

    def count(self, part: FileRange) -> tuple[RowCount, bytes, pl.Series]:
        """Count a range; return the count, its rejected rows as lines, and the hashes (UInt64) of its keys.

        Raise InputError where the file cannot be read.
        """
        hashes, rejected = [pl.Series("hash", [], dtype=pl.UInt64)], list[bytes]()
        subject = counted_subject(self.dataset, self.files, Path(tempfile.gettempdir()))
        count = count_portion(
            subject, self._portion(part), lambda row: rejected.append(reject_line(row)), hashes.append
        )
        return count, b"".join(rejected), pl.concat(hashes)

    def rows_with(self, part: FileRange, repeated: pl.Series | None) -> Iterator[pl.DataFrame]:
        """Yield the rows of a range whose keys have one of the hashes; of all keys where that is None.

        Columns: `partition` and `sort` (null where the table has none), `line`, and the `place` in the range.
        """
        subject, place = self.preflight(CheckReport(dataset="")).subject, 0
        for batch in key_rows(subject, self._portion(part)):
            frame = batch.keys.with_columns(batch.lines.alias("line")).with_row_index("place", place)
            place += frame.height
            if repeated is not None:
                frame = frame.filter(key_hash(batch.keys).is_in(repeated.implode()))
            if "sort" not in frame.columns:
                frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias("sort"))
            if frame.height:
                yield frame.select("partition", "sort", "line", "place")

    def spread(self, part: FileRange, options: Options, buckets: int) -> tuple[dict[int, bytes], int]:
        """Return the items of a range by bucket, with the rejected rows as one; and how many are these.

        Raise InputError where the file cannot be read.
        """
        texts: dict[int, list[bytes]] = {}
        rejected: list[Rejected] = []
        condition = self.dataset.put_condition if options.conditions else None
        for batch in open_items(self.dataset, part.of(self.files[part.file])):
            spill = spread(part.file, with_condition(batch, condition), options, buckets)
            for bucket, text in spill.texts.items():
                texts.setdefault(bucket, []).append(text)
            rejected += spill.rejected
        joined = {bucket: b"".join(pieces) for bucket, pieces in texts.items()}
        if rejected:
            joined[REJECTS] = b"".join(map(reject_line, rejected))
        return joined, len(rejected)

    def preflight(self, report: CheckReport, beside: Sequence[str] = ()) -> Preflight:
        """Return what gathers findings, apart from keys that more than one row has."""
        subject = Subject(
            dataset=self.dataset,
            files=self.files,
            beside=beside,
            folder=Path(tempfile.gettempdir()),
            examples=self.examples,
            method=self.method,
        )
        return Preflight(subject, report, but=BY_SPARK)

    def _portion(self, part: FileRange) -> Portion:
        return Portion(file=part.of(self.files[part.file]))
