"""A load as the operations see it: what must be known to run, watch and judge it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from dynamodb_bulk.spec.model import MigrationType
from dynamodb_bulk.spec.text import visible_lines

Report = Callable[[str], None]


class LoadFailed(Exception):
    """A load that is not good: the reasons, the counts, the first rows, what to do."""

    def __str__(self) -> str:
        return visible_lines(super().__str__())


class Doubtful(str):
    """The result of a load that is not good and still not loaded again: a warning."""

    __slots__ = ()


class _Described(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Load(_Described):
    """`records_bucket` holds the record of its last run; `dataset` is the dataset file on this machine."""

    name: str
    dataset: Path
    table: str
    records_bucket: str
    limit_minutes: int = 720


class DmsLoad(_Load):
    """A load through DMS; `objects` are the keys of its files under `prefix`, where the stack put them.

    A task whose `migration_type` has cdc continues until it is stopped.
    """

    method: Literal["dms"] = "dms"
    task_arn: str
    instance_arn: str
    source_endpoint_arn: str
    target_endpoint_arn: str
    log_group: str
    prefix: str = ""
    objects: tuple[str, ...] = ()
    migration_type: MigrationType = "full-load"


class StagedFiles(_Described):
    """The location that DynamoDB reads: all objects under a prefix that ends in a slash.

    `owner` is the other account that the bucket belongs to; `converted` files are not the dataset's own.
    """

    bucket: str
    prefix: str
    owner: str | None = None
    converted: bool = False

    @property
    def url(self) -> str:
        """The place as people write it."""
        return f"s3://{self.bucket}/{self.prefix}"


class _FastLoad(_Load):
    """`tolerate`: so many items may be rejected, and the load is good anyway."""

    files: StagedFiles
    tolerate: int = 0


class NativeLoad(_FastLoad):
    """A new table by ImportTable; `incarnation` counts the tables of this name that the load has made."""

    method: Literal["native"] = "native"
    tags: dict[str, str] = {}
    deletion_protection: bool = False
    point_in_time_recovery: bool = False
    incarnation: int = 1


class BulkPutLoad(_FastLoad):
    """Items into a table that exists by StartBulkPutItems, which reports under `reports_prefix`."""

    method: Literal["bulk_put"] = "bulk_put"
    reports_prefix: str
    max_write_request_units: int | None = None
    performance_tier: Literal["STANDARD", "ACCELERATED"] | None = None


class ClosedLoad(_Load):
    """A load while the window is closed: only its record and its table, which was filled `by` a method."""

    method: Literal["closed"] = "closed"
    by: Literal["native", "bulk_put", "dms"]


Load = DmsLoad | NativeLoad | BulkPutLoad | ClosedLoad
_LOAD: TypeAdapter[Load] = TypeAdapter(Annotated[Load, Field(discriminator="method")])


def load_of(described: Mapping[str, Any]) -> Load:
    """Return the load that a stack's output, or a step's arguments, describe."""
    return _LOAD.validate_python(described)
