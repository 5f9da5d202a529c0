"""One load by one asynchronous operation of DynamoDB: what differs between them.

`operation_runner` runs it, and `operation_loader` is the `Loader` of such a method.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, Generic

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.csv.batches import RowBatch
from dynamodb_bulk.loads.listing import listed_objects
from dynamodb_bulk.loads.load import StagedLoad, StagedT
from dynamodb_bulk.loads.run_record import Cleared, RunRecord
from dynamodb_bulk.loads.source_check import SourceCheck, unchecked
from dynamodb_bulk.loads.started import OperationState, Started
from dynamodb_bulk.loads.verdict import Counted, Verdict, account
from dynamodb_bulk.requests.limits import SourceLimits
from dynamodb_bulk.spec.errors import LoadFailed


class LoadOperation(ABC, Generic[StagedT]):
    """One load; `started` is what AWS runs for it, `remedies` what to do about a failure, by its code."""

    started_type: ClassVar[type[Started]]
    remedies: ClassVar[Mapping[str, str]] = {}

    def __init__(self, load: StagedT, aws: Aws, report: Report, check: SourceCheck | None = None) -> None:
        self.load = load
        self.aws = aws
        self.report = report
        self.check = check or unchecked(load.dataset, aws)
        self.dataset = self.check.dataset
        self.started = self.started_type(aws, bucket=load.records_bucket, load=load.name)

    @property
    def table_generation(self) -> int:
        """The number of the table of this name that the load fills."""
        return 1

    def watch(self, rows: RowBatch) -> None:
        """See rows while they are counted."""

    def check_files(self, counted: Counted) -> None:
        """Raise LoadFailed where AWS would read the files that were counted differently."""

    @abstractmethod
    def check_the_way(self, last: RunRecord | None) -> Cleared | None:
        """Return what has to go before a new run can begin, and change nothing.

        Raise LoadFailed with what to do where it cannot begin.
        """

    def clear_the_way(self, cleared: Cleared) -> None:
        """Delete what has to go; safe to repeat, and for two at once."""

    @abstractmethod
    def begin(self, token: str) -> str:
        """Begin, or find what the same token began; its ARN."""

    def check_limits(self) -> None:
        """Raise LoadFailed where AWS does not accept so many or so large objects."""
        if why := self.limits.exceeded(self.stored_sizes):
            raise LoadFailed(f"load {self.load.name}: {why}; split the files into several datasets")

    @cached_property
    def stored_sizes(self) -> list[int]:
        """The bytes of each object that AWS reads; none where it cannot be listed, which AWS reports."""
        files = self.load.files
        try:
            return [each.size for each in listed_objects(files.bucket, files.prefix, self.aws)]
        except ClientError:
            return []

    @property
    @abstractmethod
    def limits(self) -> SourceLimits:
        """What AWS accepts of the objects."""

    @abstractmethod
    def progress(self, state: OperationState, counted: Counted) -> str:
        """One line on an operation under way."""

    @classmethod
    @abstractmethod
    def permanent(cls, state: OperationState) -> bool:
        """Whether items failed that fail again with the same data, and all others were written."""

    @classmethod
    def judge(cls, load: StagedLoad, state: OperationState, counted: Counted) -> Verdict:
        """Compare what AWS says and counted with what the files hold."""
        items_failed = cls.permanent(state)
        if state.status != "COMPLETED" and not items_failed:
            remedy = cls.remedies.get(state.failure_code)
            why = f"{state.failure or 'AWS gave no reason'}{f'; {remedy}' if remedy else ''}"
            return Verdict(reasons=(f"the {cls.started_type.noun} is {state.status}: {why}",))
        reasons = ["AWS reports errors, but counts none"] if items_failed and not state.errors else []
        fates = state.fates(load.files, counted)
        return account(counted, fates, reasons=reasons, tolerate=load.tolerate)

    @abstractmethod
    def error_examples(self, operation: str) -> tuple[str, ...]:
        """What AWS reports of the first items that it rejected, a line each."""

    def finish(self, state: OperationState) -> OperationState:
        """Add what AWS reports elsewhere of an operation that has ended."""
        return state

    def complete(self) -> None:
        """Finish a good run."""
