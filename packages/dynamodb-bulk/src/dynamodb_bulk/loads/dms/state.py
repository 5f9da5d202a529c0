"""DMS's description of a task and its tables."""

from dataclasses import dataclass, field

SETTLING = ("creating", "modifying", "moving", "testing", "starting", "stopping")


@dataclass(frozen=True, kw_only=True)
class TableCounts:
    """DMS's counts for one table (DescribeTableStatistics)."""

    table: str
    state: str
    loaded: int
    condition_failed: int
    errors: int


@dataclass(frozen=True, kw_only=True)
class TaskState:
    """A task at one time; `seconds` is the time of its full load so far.

    `started` is when AWS says that it was last started, which changes with every start; "" when it never was.
    `loads` says whether the task has a full load, `applies` whether it applies changes after that.
    """

    status: str
    loads: bool = True
    applies: bool = False
    full_load_over: bool = False
    stop_reason: str = ""
    failure: str = ""
    started: str = ""
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
        """Rows whose condition failed."""
        return sum(table.condition_failed for table in self.tables)

    @property
    def errors(self) -> int:
        """Rows that DMS dropped."""
        return sum(table.errors for table in self.tables)

    @property
    def has_run(self) -> bool:
        """Whether it was ever started."""
        return bool(self.started)

    @property
    def busy(self) -> bool:
        """Whether it is at work, or about to be."""
        return self.status in (*SETTLING, "running")

    @property
    def finished(self) -> bool:
        """Whether DMS reports the end of the full load, good or bad."""
        return self.status == "stopped" and "FULL_LOAD_ONLY_FINISHED" in self.stop_reason

    @property
    def applying(self) -> bool:
        """Whether there is nothing left to wait for: the task applies changes until it is stopped."""
        return self.applies and self.status == "running" and (self.full_load_over or not self.loads)
