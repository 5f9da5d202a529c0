"""The names in a CSV file's header line."""

from contextlib import closing

from dynamodb_bulk.csv.compression import open_decompressed
from dynamodb_bulk.csv.tokenizer import RecordScanner
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError

_LONGEST = 1024 * 1024


def header_names(dataset: Dataset, file: SourceFile) -> tuple[str, ...] | None:
    """Return the fields of the first line; None if there are none or the file cannot be read."""
    try:
        with closing(open_decompressed(file.open(), file.name, dataset.source.compression)) as stream:
            start = stream.read(_LONGEST)
    except InputError:
        return None
    end = b"" if start.endswith(b"\n") else b"\n"
    record = next(RecordScanner(dataset.csv, _LONGEST).scan(start + end, last=True), None)
    return None if record is None or record.reason else record.fields
