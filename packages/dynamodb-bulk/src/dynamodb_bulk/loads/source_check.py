"""Sees to it that what a load counts, converts and loads is what the program took its digest of."""

import threading
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.loads.listing import ListedObject, Listing, listed_objects, listing_of
from dynamodb_bulk.loads.row_counts import Refuse, refuse_nothing
from dynamodb_bulk.loads.source_digest import Content, Contents, data_digest
from dynamodb_bulk.loads.stored_object import store
from dynamodb_bulk.loads.verdict import Counted
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import LoadFailed
from dynamodb_bulk.spec.files import identity_of, read_content

_AT_ONCE = 8
_TRIES = 3


@dataclass(frozen=True, kw_only=True)
class Place:
    """A prefix that AWS reads: the dataset's own location, converted files, or files as they were uploaded.

    `keys` are those of the uploaded files, in the order of the contents. `cleared`: what else is there is
    deleted before AWS reads.
    """

    bucket: str
    prefix: str
    keys: tuple[str, ...] = ()
    cleared: bool = False


class SourceCheck:
    """The files of one load, from the digest that the program took of them to the verdict.

    `refuse` raises for what stands in files that the program has not read whole. `together`: the checks of
    the loads that it begins with, its own among them; None where it begins by itself.
    """

    def __init__(
        self,
        contents: Contents,
        aws: Aws,
        place: Place | None = None,
        refuse: Refuse = refuse_nothing,
        together: "Together | None" = None,
    ) -> None:
        self.contents = contents
        self._aws = aws
        self.place = place
        self.refuse = refuse
        self.together = together
        self.files: tuple[SourceFile, ...] = ()
        self.listing: Listing | None = None
        self._note = ""

    @property
    def dataset(self) -> Dataset:
        """The dataset as the program read it."""
        return self.contents.dataset

    @property
    def data(self) -> str:
        """The digest of the data."""
        return data_digest(self.contents)

    def settle(self, report: Report) -> None:
        """See that the files, and the objects that AWS reads, hold what the digest is of, and list those.

        To read another version of `files` is an InputError from then on. An object that holds something else
        is uploaded again. Raise LoadFailed if a file has changed.
        """
        if not self.contents.files:
            return
        self.files = self._settled()
        if place := self.place:
            objects = list(self._uploaded(place, report) if place.keys else self._in_s3(place))
            self.listing = listing_of(place.bucket, place.prefix, objects)

    def told(self, text: str) -> str:
        """Return the text, and that a file was uploaded again."""
        return type(text)(f"{text}\n  {self._note}") if self._note else text

    @contextmanager
    def unchanged(self) -> Generator[None]:
        """Do something with the files; raise LoadFailed if one of them is another version after it."""
        yield
        if self.files:
            _refuse_changes(_versions(self.files), _versions(source_files(self.dataset, self._aws)))

    def _settled(self) -> tuple[SourceFile, ...]:
        versions = {file.name: _version_now(file) for file in self.contents.files}
        found = source_files(self.dataset, self._aws)
        _refuse_changes(versions, _versions(found))
        return found

    def _in_s3(self, place: Place) -> list[ListedObject]:
        objects = list(listed_objects(place.bucket, place.prefix, self._aws))
        location = self.dataset.location
        if location and (location.bucket, location.prefix) == (place.bucket, place.prefix):
            scheme = f"s3://{place.bucket}/"
            tags = {scheme + each.key: each.tag for each in objects if not each.key.endswith("/")}
            _refuse_changes(_versions(self.files), tags)
        return objects

    def _uploaded(self, place: Place, report: Report) -> list[ListedObject]:
        """Return the objects with the keys, all of which were seen to hold their files."""
        files = zip(place.keys, self.contents.files, strict=True)
        wanted = {key: (file.path, file) for key, file in files if file.path}
        verified: dict[str, str] = {}

        def store_one(key: str, tag: str) -> str:
            path, file = wanted[key]
            if tag and tag == verified.get(key):
                return ""
            if store(path, file.sha256, place.bucket, key, tag, self._aws):
                return file.name
            verified[key] = tag
            return ""

        for _ in range(_TRIES):
            report("checking the uploaded files")
            there = {each.key: each for each in listed_objects(place.bucket, place.prefix, self._aws)}
            if not place.cleared and (others := there.keys() - wanted.keys()):
                raise LoadFailed(
                    f"s3://{place.bucket}/{min(others)} is not a file of this load, which would load it too; "
                    "delete it and run `pulumi up` again"
                )
            tags = [there[key].tag if key in there else "" for key in wanted]
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                again = [name for name in pool.map(store_one, wanted, tags) if name]
            if not again:
                return [each for key, each in there.items() if key in wanted]
            more = f" and {len(again) - 1:,} more" if len(again) > 1 else ""
            self._note = f"S3 held different content from {again[0]}{more}: uploaded again"
            report(self._note)
        raise LoadFailed(
            f"s3://{place.bucket}/{place.prefix}: something else writes here; "
            "run `pulumi up` again when nothing does"
        )


@dataclass(frozen=True)
class Together:
    """The checks, by name, of loads that begin at once, and what was counted of their files.

    Whoever comes first begins for the others, too, and holds the `lock` until then.
    """

    checks: dict[str, SourceCheck] = field(default_factory=dict[str, SourceCheck])
    counted: dict[str, Counted] = field(default_factory=dict[str, Counted])
    lock: threading.Lock = field(default_factory=threading.Lock)


def unchecked(dataset: Path, aws: Aws) -> SourceCheck:
    """Return a check without a digest of the program, for the current dataset."""
    return SourceCheck(Contents(dataset=open_dataset(dataset)), aws)


def _version_now(file: Content) -> str:
    """Return the current version of the file; raise LoadFailed if its content has changed."""
    if file.path is None:
        return file.version
    try:
        if identity_of(file.path.stat()) == file.version:
            return file.version
        now = read_content(file.path)
    except OSError:
        raise _changed(file.name) from None
    if now.digest != file.sha256:
        raise _changed(file.name)
    return now.identity


def _versions(files: Sequence[SourceFile]) -> dict[str, str]:
    return {file.name: file.version for file in files}


def _refuse_changes(wanted: Mapping[str, str], now: Mapping[str, str]) -> None:
    if different := now.items() ^ wanted.items():
        raise _changed(min(name for name, _ in different))


def _changed(name: str) -> LoadFailed:
    return LoadFailed(f"{name} changed while `pulumi up` ran; run it again")
