"""A load as the operations see it, and how it went."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

Report = Callable[[str], None]


class LoadFailed(Exception):
    """A load that is not good: the reasons, the counts, the first rows, what to do."""


@dataclass(frozen=True, kw_only=True)
class DmsLoad:
    """What has to be known to run, watch and judge one load through DMS.

    `records_bucket` holds the record of its last run; `dataset` is the dataset file on this machine.
    """

    name: str
    dataset: Path
    table: str
    task_arn: str
    instance_arn: str
    source_endpoint_arn: str
    target_endpoint_arn: str
    log_group: str
    records_bucket: str
    limit_minutes: int = 720


@dataclass(frozen=True, kw_only=True)
class TableCounts:
    """What DMS counted for one table (DescribeTableStatistics)."""

    table: str
    state: str
    loaded: int
    condition_failed: int
    errors: int


@dataclass(frozen=True, kw_only=True)
class TaskState:
    """A task at one moment; `seconds` is the time of its full load so far."""

    status: str
    stop_reason: str = ""
    failure: str = ""
    has_run: bool = False
    percent: int = 0
    tables_errored: int = 0
    seconds: float = 0.0
    tables: tuple[TableCounts, ...] = field(default=())

    @property
    def loaded(self) -> int:
        """Rows that became items."""
        return sum(table.loaded for table in self.tables)

    @property
    def condition_failed(self) -> int:
        """Rows that the condition refused."""
        return sum(table.condition_failed for table in self.tables)

    @property
    def errors(self) -> int:
        """Rows that DMS dropped."""
        return sum(table.errors for table in self.tables)

    @property
    def finished(self) -> bool:
        """Whether DMS says that the full load came to its end, good or bad."""
        return self.status == "stopped" and "FULL_LOAD_ONLY_FINISHED" in self.stop_reason
