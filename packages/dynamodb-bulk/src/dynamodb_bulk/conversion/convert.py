"""Convert a dataset's files; the next run keeps what a killed one finished."""

import hashlib
import json
import re
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import takewhile
from pathlib import Path

from rich.filesize import decimal

from dynamodb_bulk.conversion.chunks import Chunk, Place, read_chunks
from dynamodb_bulk.conversion.lines import Lines, item_lines
from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.conversion.output import (
    Manifest,
    Output,
    Part,
    Progress,
    RejectsFile,
    Spilled,
    manifest_of,
)
from dynamodb_bulk.conversion.parts import PartWriter
from dynamodb_bulk.conversion.shuffling import FOLDER, Shuffle, Spill, bucket_count, part_count
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.item_files.bulk_put_lines import with_condition
from dynamodb_bulk.items.row_to_item import ItemBatch
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.files import MOST_FILES
from dynamodb_bulk.spec.loader import display_path

Report = Callable[[int], None]
_OF_POLARS = re.compile(r" \(os error [0-9]+\)")
_VERSION = 2  # of what the same input is converted to


def convert(
    dataset: Dataset,
    files: tuple[SourceFile, ...],
    folder: Path,
    options: Options,
    *,
    overwrite: bool = False,
    report: Report = lambda _: None,
) -> Manifest:
    """Convert the files into the folder, unless that is done; `report` gets the number of rows read
    so far.

    Every row is in exactly one of the items and the rejects. Raise InputError for options that exclude each
    other, and for what cannot be read or written. Then there is no manifest, and the same call continues
    where this one stopped.
    """
    refuse_conditions(options)
    output = Output(folder, fingerprint(dataset, files, options))
    with _told(folder), output.held():
        if overwrite:
            output.clear()
        elif done := output.manifest():
            return done
        return _Run(dataset, files, output, options, report).run()


class _Run:
    def __init__(
        self,
        dataset: Dataset,
        files: tuple[SourceFile, ...],
        output: Output,
        options: Options,
        report: Report,
    ) -> None:
        self._dataset = dataset
        self._files = files
        self._output = output
        self._options = options
        self._report = report
        self._read = 0
        self._condition = dataset.put_condition if options.conditions else None
        stored = sum(file.size for file in files)
        buckets = bucket_count(stored, dataset.source.compression)
        self._shuffle = Shuffle(output.folder / FOLDER, options, buckets)

    def run(self) -> Manifest:
        progress = self._output.progress()
        self._parts = list(progress.parts)
        counted = self._parts[-1] if self._parts else progress.spilled
        self._rejects = RejectsFile(self._output.rejects, rejected=counted.rejected if counted else 0)
        self._writer = PartWriter(self._output.data, self._options, finished=len(self._parts))
        try:
            for chunk in self._chunks(progress):
                if self._options.shuffle:
                    self._writer.of_bucket(chunk.source, self._finished_of(chunk.source))
                self._take(chunk)
                if self._options.shuffle:
                    self._finish_part()
            self._finish_part()
            self._rejects.sync()
        finally:
            self._writer.abandon()
            self._rejects.close()
        manifest = self._manifest()
        self._output.complete(manifest)
        self._shuffle.clear()
        return manifest

    def _chunks(self, progress: Progress) -> Iterable[Chunk]:
        after = Place(self._parts[-1].source, self._parts[-1].line) if self._parts else Place()
        self._place = after
        if not self._options.shuffle:
            return read_chunks(self._dataset, self._files, after, self._chunk)
        if progress.spilled is None:
            self._spill()
        return self._shuffle.chunks(after)

    def _finished_of(self, bucket: int) -> int:
        return sum(1 for _ in takewhile(lambda part: part.source == bucket, reversed(self._parts)))

    def _chunk(self, source: int, batch: ItemBatch) -> Chunk:
        lines = item_lines(self._conditioned(batch).items, self._options)
        return Chunk(source=source, lines=lines, places=batch.lines, rejected=batch.rejected)

    def _spread(self, source: int, batch: ItemBatch) -> Spill:
        return self._shuffle.spread(source, self._conditioned(batch))

    def _conditioned(self, batch: ItemBatch) -> ItemBatch:
        return with_condition(batch, self._condition)

    def _spill(self) -> None:
        spills: Iterator[Spill] = read_chunks(self._dataset, self._files, Place(), self._spread)
        items = 0
        for spill in self._shuffle.write(spills):
            items += spill.items
            for row in spill.rejected:
                self._rejects.add(row)
            self._count(spill.items + len(spill.rejected))
        self._rejects.sync()
        self._output.note(
            Spilled(items=items, rejected=self._rejects.rejected, rejects_bytes=self._rejects.bytes)
        )

    def _take(self, chunk: Chunk) -> None:
        rest: Lines | None = chunk.lines
        rejected = deque(chunk.rejected)
        taken = 0
        while rest is not None:
            count, rest = self._writer.add(rest)
            taken += count
            if taken:
                self._place = Place(chunk.source, int(chunk.places[taken - 1]))
            if rest is not None:
                while taken and rejected and rejected[0].line < self._place.line:
                    self._rejects.add(rejected.popleft())
                self._finish_part()
        for row in rejected:
            self._rejects.add(row)
        if not self._options.shuffle:
            self._count(len(chunk.places) + len(chunk.rejected))

    def _count(self, rows: int) -> None:
        self._read += rows
        self._report(self._read)

    def _finish_part(self) -> None:
        finished = self._writer.finish()
        if finished is None:
            return
        self._rejects.sync()
        part = Part(
            **asdict(finished),
            source=self._place.source,
            line=self._place.line,
            rejected=self._rejects.rejected,
            rejects_bytes=self._rejects.bytes,
        )
        self._output.note(part)
        self._parts.append(part)

    def _manifest(self) -> Manifest:
        return manifest_of(
            self._dataset.name, self._output.fingerprint, self._options, self._parts, self._rejects.rejected
        )


def refuse_many_parts(dataset: Dataset, files: Sequence[SourceFile], options: Options) -> None:
    """Raise InputError for items that make more files than ImportTable and bulk put read."""
    size = sum(file.size for file in files)
    parts = part_count(size, dataset.source.compression, options.part_bytes)
    if parts > MOST_FILES:
        raise InputError(
            display_path(dataset.path),
            f"its files have {decimal(size)}, which become up to {parts:,} files of "
            f"{decimal(options.part_bytes)}; DynamoDB reads at most {MOST_FILES:,} at a time",
            "share them out among several datasets",
        )


def refuse_conditions(options: Options) -> None:
    """Raise InputError for options that exclude each other."""
    if options.conditions and options.format != "dynamodb_json":
        raise InputError("--conditions", f"are not written to {options.format}", "use --format dynamodb_json")


def fingerprint(dataset: Dataset, files: tuple[SourceFile, ...], options: Options) -> str:
    """Return SHA-256 of all that decides what the files become."""
    described = {
        "version": _VERSION,
        **dataset.described(),
        "keys": asdict(dataset.keys),
        "source": dataset.source.described(),
        "files": [(Path(file.name).name, file.version) for file in files],
        "options": asdict(options),
        "condition": dataset.condition if options.conditions else None,
    }
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


@contextmanager
def _told(folder: Path) -> Generator[None]:
    """Turn a refusal of the system into one line."""
    try:
        yield
    except OSError as error:
        where = display_path(Path(str(error.filename))) if error.filename else display_path(folder)
        raise InputError(
            where,
            error.strerror or _OF_POLARS.sub("", str(error)),
            "then run the same command again: finished files are kept",
        ) from None
