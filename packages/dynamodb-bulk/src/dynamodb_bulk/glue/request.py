"""What a run of the job is asked for, and what it answers, as objects in S3; the answer is written last."""

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.conversion.output import Manifest
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.glue.check_result import CheckResult
from dynamodb_bulk.glue.ranges import RANGE_BYTES
from dynamodb_bulk.glue.work import Work
from dynamodb_bulk.loads.writes.journal import Journal
from dynamodb_bulk.preflight.count import RowCount
from dynamodb_bulk.sources.locating import object_file
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.spec.loader import display_path, read_dataset_file, read_text

Action = Literal["check", "count", "convert", "write"]
_DIGITS = 32
_DEPTH = "a/b/c/d/e/f/g/h"  # for documents in folders beside or above that of the dataset file


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True)


class DatasetTexts(_Document):
    """A dataset file and the documents that it names, by their paths relative to its folder."""

    file: str
    texts: dict[str, str]

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        """Read them; raise InputError for one that cannot be named by a relative path."""
        documents = read_dataset_file(dataset.path).model.dms
        named = (documents.external_table_definition, documents.table_mappings, documents.task_settings)
        texts: dict[str, str] = {}
        for name in (dataset.path.name, *filter(None, named)):
            inside = os.path.normpath(f"{_DEPTH}/{name}")
            if PurePosixPath(name).is_absolute() or inside.startswith(".."):
                where = display_path(dataset.path)
                raise InputError(where, f"{name} cannot be sent to Glue", "name it by a path in the project")
            texts[name] = read_text(dataset.path.parent / name, "a document of the dataset")
        return cls(file=dataset.path.name, texts=texts)

    def opened(self) -> Dataset:
        """Return the dataset, as it is read on another machine."""
        with TemporaryDirectory(prefix="dynamodb-bulk-") as folder:
            for name, text in self.texts.items():
                path = Path(folder, _DEPTH, name)
                Path(folder, _DEPTH).mkdir(parents=True, exist_ok=True)
                path = Path(os.path.normpath(path))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return open_dataset(Path(folder, _DEPTH, self.file))


class FileInS3(_Document):
    """An object of the dataset, in the version that was listed."""

    key: str
    size: int
    tag: str


class Wanted(_Document):
    """What is written: the items of the files into a table, by as many writers as the job has `cores`.

    It is the run with this `token` of a load that `began` then. `repeated`: some of the items may have been
    written before, by a machine. `max_write_units` and `limit_minutes` are those of the load.
    """

    token: str
    began: datetime
    repeated: bool
    table: str
    cores: int
    max_write_units: float | None
    limit_minutes: int


class Request(_Document):
    """What to do with which files of the dataset called `name`.

    `output`, a bucket and a prefix, is where converted files go, or rejected rows beside it, or journals of
    writers. `region` is that of clients, `version` has to be that of the program which runs the job.
    """

    version: str
    action: Action
    region: str
    name: str
    dataset: DatasetTexts
    bucket: str
    files: tuple[FileInS3, ...]
    examples: int = 5
    range_bytes: int = RANGE_BYTES
    fingerprint: str = ""
    options: Options = Options()
    output: tuple[str, str] = ("", "")
    wanted: Wanted | None = None

    @property
    def identity(self) -> str:
        """What a run for it is told from others by: of a load, the same run goes on with other settings."""
        if self.wanted:
            return self.wanted.token
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:_DIGITS]

    def work(self) -> Work:
        """Return the dataset and its files, for a task."""
        aws = Aws(region=self.region)
        files = [object_file(self.bucket, one.key, one.size, one.tag, aws) for one in self.files]
        return Work(dataset=self.dataset.opened(), files=files, examples=self.examples)

    @property
    def bytes(self) -> int:
        """How many bytes the files have as stored."""
        return sum(one.size for one in self.files)


class Refusal(_Document):
    """An InputError that ended the run."""

    where: str
    what: str
    remedy: str = ""

    @classmethod
    def of(cls, error: InputError) -> Self:
        """Return what stands for the error."""
        return cls(where=error.where, what=error.what, remedy=error.remedy)

    @property
    def error(self) -> InputError:
        """The error."""
        return InputError(self.where, self.what, self.remedy)


class Answer(_Document):
    """What came of a run: what was found, what was written, why neither, or why not all was written."""

    version: str
    check: CheckResult | None = None
    count: RowCount | None = None
    manifest: Manifest | None = None
    written: Journal | None = None
    failed: str = ""
    refusal: Refusal | None = None
    seconds: float = 0.0

    @property
    def error(self) -> InputError | LoadFailed | None:
        """Why it is not what was asked for, though Glue calls the run a success; None where it is."""
        if self.refusal:
            return self.refusal.error
        return LoadFailed(self.failed) if self.failed else None


def program_version() -> str:
    """Return the version of this program."""
    return version("dynamodb-bulk")


def files_in_s3(bucket: str, files: Sequence[SourceFile]) -> tuple[FileInS3, ...]:
    """Return the objects that files of the bucket are."""
    scheme = f"s3://{bucket}/"
    return tuple(
        FileInS3(key=file.name.removeprefix(scheme), size=file.size, tag=file.version) for file in files
    )
