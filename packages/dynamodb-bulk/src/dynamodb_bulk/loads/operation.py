"""One load by one asynchronous operation of DynamoDB: what differs between them.

`operation_runner` runs it, and `operation_loader` is the `Loader` of such a method.
"""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.load import Report, StagedLoad
from dynamodb_bulk.loads.operation_state import OperationState
from dynamodb_bulk.loads.row_counts import Counted
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.source_check import SourceCheck, unchecked
from dynamodb_bulk.loads.started import Started
from dynamodb_bulk.loads.verdict import Verdict

StagedT = TypeVar("StagedT", bound=StagedLoad)


class LoadOperation(ABC, Generic[StagedT]):
    """One load; `started` is what AWS runs for it."""

    started_type: type[Started]

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

    def check_files(self) -> None:
        """What else the files have to be, as the program saw them; raises LoadFailed."""

    @abstractmethod
    def clear_the_way(self, last: RunRecord | None) -> None:
        """See that a new run can begin; raises LoadFailed with what to do where it cannot."""

    @abstractmethod
    def begin(self, token: str) -> str:
        """Begin, or find what the same token began; its ARN."""

    @abstractmethod
    def progress(self, state: OperationState, counted: Counted) -> str:
        """One line on an operation under way."""

    @abstractmethod
    def judge(self, state: OperationState, counted: Counted) -> Verdict:
        """Compare what AWS says and counted with what the files hold."""

    @abstractmethod
    def permanent(self, state: OperationState) -> bool:
        """Whether the same data would fail in the same way again."""

    @abstractmethod
    def error_examples(self, operation: str) -> tuple[str, ...]:
        """What AWS reports of the first items that it rejected, a line each."""

    def finish(self, state: OperationState) -> OperationState:
        """Add what AWS reports elsewhere of an operation that has ended."""
        return state

    def complete(self) -> None:
        """Finish a good run."""
