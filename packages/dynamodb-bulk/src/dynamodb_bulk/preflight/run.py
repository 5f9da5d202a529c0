"""Checks one dataset: every rule, every row, in one pass; a second look only at keys that seem doubled."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.item_files.keys import canonical, key_hash
from dynamodb_bulk.items.row_to_item import KeyBatch
from dynamodb_bulk.preflight.duplicates import KeyHashes, KeyRows, find_duplicates
from dynamodb_bulk.preflight.finding import Example, Findings
from dynamodb_bulk.preflight.guesses import guess_start
from dynamodb_bulk.preflight.layout import Layout
from dynamodb_bulk.preflight.listing import check_listing
from dynamodb_bulk.preflight.order import KeyOrder
from dynamodb_bulk.preflight.rejected import RETURN, reject_finding
from dynamodb_bulk.preflight.report import CheckReport
from dynamodb_bulk.preflight.rows import CheckedBatch, checked_batches
from dynamodb_bulk.preflight.spec_rules import check_documents
from dynamodb_bulk.preflight.texts import CutTexts, ReturnRows, find_nul_bytes
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path

# Rows and bytes as stored that have been read, of one dataset.
Progress = Callable[[int, int], None]
Watch = Callable[[RowBatch], None]


def check_dataset(
    dataset: Dataset,
    files: Sequence[SourceFile],
    *,
    beside: Sequence[str] = (),
    examples: int = 5,
    progress: Progress | None = None,
    watch: Watch | None = None,
) -> CheckReport:
    """Check a dataset whose `files` these are; `watch` sees every batch of rows as well."""
    name = display_path(dataset.path)
    report = CheckReport(dataset=name, findings=Findings(examples), files=len(files))
    for kind, example in (*check_documents(dataset), *check_listing(name, files, beside)):
        report.findings.add(kind, example)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="dynamodb-bulk-") as folder:
        try:
            _Check(dataset, files, report, Path(folder), progress, watch, examples).run()
        except OSError as error:
            free = shutil.disk_usage(folder).free
            raise InputError(
                folder, f"{error.strerror or error}, {free:,} bytes are free", "set TMPDIR to a larger disk"
            ) from None
    report.seconds = time.perf_counter() - started
    return report


class _Check:
    def __init__(
        self,
        dataset: Dataset,
        files: Sequence[SourceFile],
        report: CheckReport,
        folder: Path,
        progress: Progress | None,
        watch: Watch | None,
        examples: int,
    ) -> None:
        self._dataset = dataset
        self._files = files
        self._report = report
        self._found = report.findings
        self._folder = folder
        self._progress = progress
        self._watch = watch
        self._to_item = dataset.row_to_item() if dataset.source.format == "csv" else None
        self._order = KeyOrder(is_number=dataset.keys.partition.type == "N")
        self._hashes = KeyHashes(folder)
        self._cut = CutTexts(dataset)
        self._examples = examples

    def run(self) -> None:
        for file in self._files:
            try:
                self._check_file(file)
            except InputError as error:
                wrong = "source.compression" in error.remedy
                what = f"{error.what}; {error.remedy}" if error.remedy else error.what
                self._found.add(
                    "wrong-compression" if wrong else "unreadable", Example(file=error.where, what=what)
                )
            self._report.bytes += file.size
        self._find_duplicates()
        if unordered := self._order.finding():
            self._found.add("sorted-data", Example(file=self._report.dataset, what=unordered))

    def _check_file(self, file: SourceFile) -> None:
        layout: Layout | None = None
        returns = ReturnRows(file.name, self._last_column, self._examples)
        for batch in checked_batches(self._dataset, file, self._to_item):
            layout = batch.layout
            self._count(batch, returns)
            if self._progress:
                self._progress(self._report.rows, self._report.bytes + (layout.bytes_read if layout else 0))
        if layout:
            self._judge(layout, file)
        returns.judge(self._found)

    def _count(self, batch: CheckedBatch, returns: ReturnRows) -> None:
        keys = batch.keys
        for one in keys.rejected:
            kind, example = reject_finding(one, self._last_column)
            if kind != RETURN:
                self._found.add(kind, example)
            elif one.column is None:
                returns.add_rejected(one.line)
        if batch.rows is not None and batch.layout:
            if batch.layout.returns:
                returns.add(batch.rows)
            else:
                returns.add_rows(batch.rows.frame.height)
            if batch.layout.nul_bytes:
                find_nul_bytes(batch.rows, self._found)
            self._cut.find(batch.rows, self._found)
            if self._watch:
                self._watch(batch.rows)
        self._report.rows += len(keys.lines) + len(keys.rejected)
        self._report.items += len(keys.lines)
        if len(keys.lines) and keys.keys.width:
            plain = canonical(keys.keys, self._dataset.keys)
            self._hashes.add(key_hash(plain))
            self._order.add(plain["partition"])

    @property
    def _last_column(self) -> str | None:
        return self._dataset.columns[-1].name if self._dataset.columns else None

    def _judge(self, layout: Layout, file: SourceFile) -> None:
        if layout.other_compression:
            what = f"the file is compressed with {layout.other_compression}, which no method reads"
            self._found.add("wrong-compression", Example(file=file.name, what=what))
            return
        if layout.other_encoding:
            what = f"the file starts like {layout.other_encoding}"
            self._found.add("encoding", Example(file=file.name, line=1, what=what))
            return
        if layout.starts_with_mark:
            self._found.add(
                "byte-order-mark", Example(file=file.name, line=1, what="the file starts with EF BB BF")
            )
        if layout.ends_lines_with_returns:
            what = "the first 64 KB hold \\r and no \\n"
            self._found.add("return-line-ends", Example(file=file.name, line=1, what=what))
            return
        starts = guess_start(layout.sample, file.name, self._dataset.columns, self._dataset.csv)
        for kind, example in starts:
            self._found.add(kind, example)

    def _find_duplicates(self) -> None:
        repeated = self._hashes.repeated()
        if repeated is not None and not len(repeated):
            return
        count, found = find_duplicates(self._key_rows(), repeated, self._folder, self._examples)
        for one in found:
            where = f"line {one.first_line} of {one.first_file}"
            key = ", ".join(one.key)
            self._found.add(
                "duplicate-key",
                Example(file=one.file, line=one.line, what=f"the same key as {where}", value=key[:200]),
                count=0,
            )
        if count:
            self._found.add("duplicate-key", count=count)

    def _key_rows(self) -> Iterator[KeyRows]:
        for file in self._files:
            try:
                for batch in checked_batches(self._dataset, file, self._to_item):
                    if len(batch.keys.lines):
                        yield _key_rows(batch.keys, self._dataset)
            except InputError:
                continue  # reported by the first look


def _key_rows(batch: KeyBatch, dataset: Dataset) -> KeyRows:
    return KeyRows(file=batch.file, lines=batch.lines, keys=canonical(batch.keys, dataset.keys))
