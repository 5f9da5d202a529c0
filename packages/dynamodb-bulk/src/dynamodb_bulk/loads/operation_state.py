"""An import or a bulk put at one time, in terms that both share."""

from dataclasses import dataclass
from datetime import UTC, datetime

from dynamodb_bulk.loads.load import StagedFiles
from dynamodb_bulk.loads.row_counts import Counted
from dynamodb_bulk.loads.verdict import Fates

_AT_WORK = ("IN_PROGRESS", "CANCELLING")
_ENDED = ("COMPLETED", "COMPLETED_WITH_ERRORS", "FAILED", "CANCELLED")


def has_ended(status: str, end: datetime | None) -> bool:
    """Return whether an operation has ended; with an unknown status, only if it has an end time."""
    return status in _ENDED or (status not in _AT_WORK and end is not None)


@dataclass(frozen=True, kw_only=True)
class OperationState:
    """AWS's description of the operation; counts of items, sizes in bytes.

    `total_bytes` is None while AWS has not sized the input; `condition_failed` is None until a report was
    read; `report` is the bucket and the prefix of a bulk put's report. `not_known` has the reasons why the
    counts are not known: with one, no load is good.
    """

    status: str
    ended: bool
    processed: int = 0
    written: int = 0
    errors: int = 0
    condition_failed: int | None = None
    read_bytes: int = 0
    total_bytes: int | None = None
    failure_code: str = ""
    failure_message: str = ""
    start: datetime | None = None
    end: datetime | None = None
    table_id: str = ""
    report: tuple[str, str] = ("", "")
    not_known: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """The duration, up to now if it has not ended."""
        if self.start is None:
            return 0.0
        return max(((self.end or datetime.now(UTC)) - self.start).total_seconds(), 0.0)

    def fates(self, files: StagedFiles, counted: Counted) -> Fates:
        """Return the fates of the rows; AWS never read those that a conversion rejected."""
        unread = counted.rejected if files.converted else 0
        return Fates(
            written=self.written,
            condition_failed=self.condition_failed or 0,
            rejected=self.errors + unread,
            read=self.processed + unread,
        )
