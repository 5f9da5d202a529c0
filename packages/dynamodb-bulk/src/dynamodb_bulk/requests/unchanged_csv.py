"""What ImportTable would read differently in CSV files than this program does, if it read them unchanged."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.items.row_to_item import RowToItem
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.sources.reading import SourceFile, open_rows
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.text import located

# Files that have no more bytes in all are read whole before a load is declared: in a second or so.
WHOLE_BYTES = 64 * 1024**2
# Of others the start of the first ones is read. The count before the load sees the rest.
START_BYTES = 1024**2
FIRST_FILES = 64
_AT_ONCE = 8
_SEEN: dict[str, str | None] = {}


def file_difference(dataset: Dataset, aws: Aws | None = None) -> str | None:
    """Return the first difference in the files as they are now, in a sentence.

    Files in S3 are looked at with `aws`. What cannot be read is no difference: the load reports it.
    """
    if dataset.location and aws is None:
        return None
    try:
        files = source_files(dataset, aws)
    except InputError:
        return None
    known = repr((dataset.source, dataset.columns, dataset.table, [(f.name, f.version) for f in files]))
    if known not in _SEEN:
        _SEEN[known] = _first_difference(dataset, files)
    return _SEEN[known]


def row_difference(batch: RowBatch, columns: Sequence[str]) -> str | None:
    """Return why ImportTable would read the rows differently, in a sentence."""
    file = batch.file
    if batch.marked:
        return f"{file} starts with a byte order mark"
    if batch.returns:
        return f"lines of {file} end with \\r\\n"
    if batch.header and batch.header != tuple(columns):
        return f"the header line of {file} has other names than the columns"
    if batch.bare_quotes:
        return located("a quote stands inside an unquoted field", file, batch.bare_quotes[0])
    if batch.operations:
        return f"rows of {file} have an operation in front"
    return _rejection(batch)


def _rejection(batch: RowBatch, to_item: RowToItem | None = None) -> str | None:
    for one in to_item.check(batch).rejected if to_item else batch.rejected:
        return located(f"it would not reject the row: {one.reason}", one.file, one.line, one.column)
    return None


def _first_difference(dataset: Dataset, files: Sequence[SourceFile]) -> str | None:
    whole = sum(file.size for file in files) <= WHOLE_BYTES
    look = partial(_difference_in, dataset, dataset.row_to_item(), whole=whole)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return next(filter(None, pool.map(look, files if whole else files[:FIRST_FILES])), None)


def _difference_in(dataset: Dataset, to_item: RowToItem, file: SourceFile, *, whole: bool) -> str | None:
    names = [column.name for column in dataset.columns]
    try:
        for batch in open_rows(dataset, file, block_bytes=START_BYTES):
            if found := row_difference(batch, names) or _rejection(batch, to_item):
                return found
            if not whole:
                break
    except InputError:
        pass
    return None
