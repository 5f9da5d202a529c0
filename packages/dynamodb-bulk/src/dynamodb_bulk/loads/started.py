"""What AWS runs for a load: how it describes an import or a bulk put, how one is found, and its end."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws, is_denied
from dynamodb_bulk.aws.clock import aws_now
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.loads.load import StagedFiles
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.verdict import Counted, Fates
from dynamodb_bulk.spec.errors import LoadFailed

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
    def failure(self) -> str:
        """The code and the message of a failure; empty without one."""
        return ": ".join(part for part in (self.failure_code, self.failure_message) if part)

    @property
    def seconds(self) -> float:
        """The duration, up to now if it has not ended."""
        if self.start is None:
            return 0.0
        return max(((self.end or aws_now()) - self.start).total_seconds(), 0.0)

    def fates(self, files: StagedFiles, counted: Counted) -> Fates:
        """Return the fates of the rows; AWS never read those that a conversion rejected."""
        unread = counted.rejected if files.converted else 0
        return Fates(
            written=self.written,
            condition_failed=self.condition_failed or 0,
            rejected=self.errors + unread,
            read=self.processed + unread,
        )


class Started(ABC):
    """The operations of one load by one method; `bucket` is the one that holds the load's record.

    AWS lists the operations of the last 90 days. `actions`: the permissions to list and describe them;
    `arn_kind`: what tells their ARNs from others.
    """

    noun: ClassVar[str]
    arn_kind: ClassVar[str]
    cancels: ClassVar[bool]
    actions: ClassVar[str]

    def __init__(self, aws: Aws, *, bucket: str, load: str) -> None:
        self.aws = aws
        self.bucket = bucket
        self.load = load

    @abstractmethod
    def find(self, record: RunRecord) -> str:
        """Return the ARN of the operation that the record's client token started, or an empty text."""

    @abstractmethod
    def running(self, record: RunRecord | None) -> Sequence[str]:
        """List the operations of the load that AWS still runs, whichever run started them."""

    @abstractmethod
    def describe(self, operation: str) -> OperationState | None:
        """Describe the current operation; None if AWS no longer knows it."""

    @abstractmethod
    def end(self, operation: str, report: Report, *, limit_seconds: float) -> OperationState | None:
        """Cancel the operation where AWS can, wait for its end, and return how it ended."""

    def recovered(self, record: RunRecord) -> RunRecord:
        """Return the record with the operation that an `up` started and could not record."""
        if record.operation or record.outcome:
            return record
        with self._listing():
            return record.model_copy(update={"operation": self.find(record)})

    def unended(self, record: RunRecord | None) -> Sequence[str]:
        """List what may still run for the load: what AWS says, and what the record says to be under way."""
        with self._listing():
            found = self.running(record)
        last = [record.operation] if record and record.operation and not record.outcome else []
        return list(dict.fromkeys((*last, *found)))

    def end_all(self, operations: Iterable[str], report: Report, *, limit_seconds: float) -> None:
        """Return when AWS runs none of them any more; raise LoadFailed past the limit."""
        for operation in operations:
            self.end(operation, report, limit_seconds=limit_seconds)

    @contextmanager
    def _listing(self) -> Generator[None]:
        try:
            yield
        except ClientError as error:
            if not is_denied(error):
                raise
            raise LoadFailed(
                f"load {self.load}: cannot check whether an earlier {self.noun} is still running: {error}; "
                f"allow {self.actions}"
            ) from None
