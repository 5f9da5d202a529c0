"""The record of a conversion after which nothing was loaded, since it rejected more rows than tolerated."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.records import StoredRecord
from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.spec.errors import InputError

if TYPE_CHECKING:
    from dynamodb_bulk.sources.reading import SourceFile


class ConversionRecord(StoredRecord):
    """What the last conversion of a load read and rejected; `files` is the digest of their versions.

    There is none once a conversion has passed. `separately`: the digest of data whose rejected rows are
    loaded by themselves when they are fixed, so that the others are loaded.
    """

    stored_at = "conversions/{}.json"

    rows: int
    rejected: int
    files: str
    verdict: str
    separately: str = ""

    @classmethod
    def lets_pass(cls, bucket: str, name: str, data: str, aws: Aws) -> bool:
        """Return whether the rejected rows of the data are loaded by themselves."""
        record = cls.read(bucket, name, aws)
        return record is not None and record.separately == data

    @classmethod
    def current(cls, load: DescribedLoad, aws: Aws) -> Self | None:
        """Return the record, unless the files have changed since: then it is of data that is gone."""
        record = cls.read(load.records_bucket, load.name, aws)
        if record is None or record.separately:
            return None
        from dynamodb_bulk.dataset import open_dataset
        from dynamodb_bulk.sources.locating import source_files

        # Files that are not here, or cannot be listed, did not change as far as known.
        with suppress(InputError):
            if versions_digest(source_files(open_dataset(load.dataset), aws)) != record.files:
                return None
        return record

    def shown(self, row: LoadStatus) -> LoadStatus:
        """Return the row of a load with how its conversion ended."""
        return replace(row, rows_in_files=self.rows, rejected=self.rejected, good=False, verdict=self.verdict)


def versions_digest(files: "Sequence[SourceFile]") -> str:
    """Return SHA-256 of the names and versions of files."""
    versions = json.dumps([(file.name, file.version) for file in files])
    return hashlib.sha256(versions.encode()).hexdigest()
