"""What can be said of a dataset's files by their names and sizes."""

import re
from collections.abc import Iterator
from functools import partial

from dynamodb_bulk.preflight.check import Check, Detector, Example, Fault, Subject
from dynamodb_bulk.preflight.rows import CheckedBatch
from dynamodb_bulk.requests.limits import BULK_PUT_LIMITS, import_limits
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.text import number_of

_NOT_DATA = ("_SUCCESS", "_started", "_COMPLETE", "manifest", ".checksum", ".md5", ".DS_Store", ".crc")
# What Spark and Hive take for no data, and for the value of a column.
_HIDDEN = re.compile(r"(?:^|/)[_.]")
_PARTITION = re.compile(r"(?:^|/)([A-Za-z_]\w*)=[^/]*(?=/)")


def looks_like_data(name: str) -> bool:
    """Whether an object is data as far as its name tells."""
    last = name.rsplit("/", 1)[-1]
    return not any(sign in last for sign in _NOT_DATA)


class _Listing(Detector):
    def before(self) -> Iterator[Fault]:
        sizes = [file.size for file in self.subject.files]
        imports = import_limits(None)
        if (count := len(sizes)) > imports.objects:
            what = f"{count:,} files, an import accepts {imports.objects:,}"
            yield Fault("too-many-files", Example(file=display_path(self.dataset.path), what=what))
        elif why := import_limits("").exceeded(sizes):
            where = "in every Region" if imports.exceeded(sizes) else "in most Regions"
            yield Fault(
                "too-many-bytes", Example(file=display_path(self.dataset.path), what=f"{why} {where}")
            )
        for file in self.subject.files:
            if not file.size:
                yield Fault("empty-file", Example(file=file.name, what="0 bytes"))
            if why := BULK_PUT_LIMITS.exceeded([file.size]):
                yield Fault("file-too-large", Example(file=file.name, what=why))
            if not looks_like_data(file.name):
                yield Fault("not-data", Example(file=file.name, what="by its name"))
            elif _HIDDEN.search(self._beyond_location(file.name)):
                what = "Spark and Hive would ignore a name that begins with _ or ."
                yield Fault("not-data", Example(file=file.name, what=what))
        for other in self.subject.beside:
            yield Fault("prefix-matches-more", Example(file=other, what="matches the prefix without its /"))
        yield from self._partitions()

    def _partitions(self) -> Iterator[Fault]:
        told = {column.name for column in self.dataset.columns}
        for file in self.subject.files:
            for found in _PARTITION.finditer(self._beyond_location(file.name)):
                if (name := found[1]) not in told:
                    told.add(name)
                    what = f"{found[0].lstrip('/')}, and there is no column {name}"
                    yield Fault("partition-folders", Example(file=file.name, what=what))

    def _beyond_location(self, name: str) -> str:
        location = self.dataset.location
        return name.removeprefix(f"s3://{location.bucket}/{location.prefix}") if location else ""


class _NoRows(Detector):
    """Whether there is a row at all: a load of none is not good."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._some = False

    def batch(self, batch: CheckedBatch) -> Iterator[Fault]:
        self._some = self._some or bool(len(batch.keys.lines) or batch.keys.rejected)
        yield from ()

    def file_broken(self, _: InputError) -> Iterator[Fault]:
        self._some = True
        yield from ()

    def after(self) -> Iterator[Fault]:
        if self.subject.files and not self._some:
            what = f"none in {number_of(len(self.subject.files), 'file')}"
            yield Fault("no-rows", Example(file=display_path(self.dataset.path), what=what))

    def state(self) -> bool:
        return self._some

    def join(self, state: bool) -> None:
        self._some = self._some or state


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
    Check(_NoRows, "files", "error", "no-rows", "The files hold no rows", "add rows, or leave the load out"),
    _warning(
        "too-many-bytes",
        "The files are larger than imports accept at once",
        "load them in parts, or in a Region that accepts more",
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
    _warning(
        "partition-folders",
        "Names of folders hold values that the rows may not have, and they are not loaded",
        "if items need them, write them into the files",
    ),
)
