"""What can be said of a dataset's files by their names and sizes.

Sources of the limits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.BestPractices.html
"""

from collections.abc import Iterator
from functools import partial

from dynamodb_bulk.preflight.check import Check, Detector, Example, Fault
from dynamodb_bulk.spec.loader import display_path

FILES = 50_000
BULK_PUT_FILE_BYTES = 5 * 1024**3
_NOT_DATA = ("_SUCCESS", "_started", "_COMPLETE", "manifest", ".checksum", ".md5", ".DS_Store", ".crc")


def looks_like_data(name: str) -> bool:
    """Whether an object is data as far as its name tells."""
    last = name.rsplit("/", 1)[-1]
    return not any(sign in last for sign in _NOT_DATA)


class _Listing(Detector):
    def before(self) -> Iterator[Fault]:
        if (count := len(self.subject.files)) > FILES:
            what = f"{count:,} files, an import accepts {FILES:,}"
            yield Fault("too-many-files", Example(file=display_path(self.dataset.path), what=what))
        for file in self.subject.files:
            if not file.size:
                yield Fault("empty-file", Example(file=file.name, what="0 bytes"))
            if file.size > BULK_PUT_FILE_BYTES:
                what = f"{file.size / 1024**3:.1f} GB, bulk put accepts {BULK_PUT_FILE_BYTES // 1024**3}"
                yield Fault("file-too-large", Example(file=file.name, what=what))
            if not looks_like_data(file.name):
                yield Fault("not-data", Example(file=file.name, what="by its name"))
        for other in self.subject.beside:
            yield Fault("prefix-matches-more", Example(file=other, what="matches the prefix without its /"))


_warning = partial(Check, _Listing, "files", "warning")
CHECKS = (
    Check(
        _Listing,
        "files",
        "error",
        "too-many-files",
        "There are more files than one import accepts",
        "merge files",
    ),
    _warning("file-too-large", "A file is larger than bulk put accepts", "split it"),
    _warning("empty-file", "A file holds nothing", "leave it out"),
    _warning(
        "prefix-matches-more",
        "The prefix matches objects that are not under it",
        "end the prefix with / wherever it is given",
    ),
    _warning(
        "not-data",
        "An object under the prefix does not look like data, and would be read as data",
        "move it elsewhere",
    ),
)
