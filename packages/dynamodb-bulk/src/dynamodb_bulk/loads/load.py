"""A load as its stack's state describes it: what has to be known to run, watch and judge it."""

from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from dynamodb_bulk.conversion.options import Format
from dynamodb_bulk.glue.place import GlueJob

CLOSED = "closed"
# Files in S3 are read from here to count their rows: no more bytes than this, unless the load says so.
COUNT_UP_TO = 1024**3


class Doubtful(str):
    """The result of a load that is not good and still not loaded again: a warning."""

    __slots__ = ()


class _Described(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DescribedLoad(_Described):
    """`records_bucket` holds the record of its last run; `dataset` is the path of the dataset file here.

    `announced_as`: the project and the stack, `shop/dev`, in the event of its end; empty: there is no event.
    `write_units`: what the write capacity of the table is raised to for the load.
    """

    name: str
    method: str
    dataset: Path
    table: str
    records_bucket: str
    limit_minutes: int = 720
    announced_as: str = ""
    write_units: int | None = None


class StagedFiles(_Described):
    """The location that DynamoDB reads: all objects under a prefix that ends in a slash.

    `owner` is the other account that the bucket belongs to; `converted` files are not the dataset's own but
    of the `format`.
    """

    bucket: str
    prefix: str
    owner: str | None = None
    converted: bool = False
    format: Format = "dynamodb_json"

    @property
    def url(self) -> str:
        """The place as people write it."""
        return f"s3://{self.bucket}/{self.prefix}"


class ChangesPlace(_Described):
    """The folder where files of changes arrive; those written before `since` are not applied."""

    bucket: str
    prefix: str
    since: datetime | None = None


class CountedLoad(DescribedLoad):
    """A load whose rows are counted; `tolerate`: at most this many may be rejected.

    `glue_job`: the Glue job that works on its files, in place of this machine.
    """

    tolerate: int = 0
    glue_job: str | None = None

    @property
    def by(self) -> GlueJob | None:
        """The Glue job; None: this machine works on the files."""
        if self.glue_job is None:
            return None
        return GlueJob(name=self.glue_job, bucket=self.records_bucket, limit_minutes=self.limit_minutes)


class StagedLoad(CountedLoad):
    """A load whose files DynamoDB reads itself.

    The rows of files in S3 with more bytes than `count_up_to` are not counted, unless they are converted, or
    counted by Glue.
    """

    files: StagedFiles
    count_up_to: int = COUNT_UP_TO

    @property
    def most_counted(self) -> int | None:
        """The bytes of files in S3 that are read to count their rows; None: all."""
        return None if self.files.converted or self.glue_job else self.count_up_to


StagedT = TypeVar("StagedT", bound=StagedLoad)


class DormantLoad(DescribedLoad):
    """A load while its window is closed: only its record and its table, which was filled `by` a method."""

    method: str = CLOSED
    by: str
