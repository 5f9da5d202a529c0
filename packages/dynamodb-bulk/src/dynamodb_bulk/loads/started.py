"""Find what AWS runs for a load, even if it was not recorded, and end it."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import ClassVar

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws, is_denied
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.loads.operation_state import OperationState
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.spec.errors import LoadFailed


class Started(ABC):
    """The operations of one load by one method; `bucket` is the one that holds the load's record.

    AWS lists the operations of the last 90 days. `actions`: the permissions to list and describe them.
    """

    noun: ClassVar[str]
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

    def end_all(self, record: RunRecord | None, report: Report, *, limit_seconds: float) -> None:
        """Return when AWS runs nothing for the load any more; raise LoadFailed past the limit."""
        with self._listing():
            found = self.running(record)
        last = [record.operation] if record and record.operation and not record.outcome else []
        for operation in dict.fromkeys((*last, *found)):
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
