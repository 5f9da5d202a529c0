"""The differences between an import and a bulk put; `operation_runner` has the common part."""

from abc import ABC, abstractmethod
from typing import ClassVar

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.load import BulkPutLoad, NativeLoad, Report
from dynamodb_bulk.loads.operation_state import OperationState
from dynamodb_bulk.loads.row_counts import Counted
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.source_check import SourceCheck, unchecked
from dynamodb_bulk.loads.started import Started
from dynamodb_bulk.loads.verdict import Verdict


class Method(ABC):
    """One load by one method; `started` is what AWS runs for it, which it `cancels` or not."""

    noun: ClassVar[str]
    cancels: ClassVar[bool]
    started: Started

    def __init__(
        self, load: NativeLoad | BulkPutLoad, aws: Aws, report: Report, check: SourceCheck | None = None
    ) -> None:
        self.load = load
        self.aws = aws
        self.report = report
        self.check = check or unchecked(load.dataset, aws)

    def check_files(self) -> None:  # noqa: B027 - not every method asks more of them
        """Check further requirements of the files, as the program saw them; raise LoadFailed."""

    @abstractmethod
    def clear_the_way(self, last: RunRecord | None) -> None:
        """See that a new run can begin; raise LoadFailed with what to do where it cannot."""

    @abstractmethod
    def begin(self, token: str) -> str:
        """Begin, or find what the same token began; its ARN."""

    @abstractmethod
    def progress(self, state: OperationState, counted: Counted) -> str:
        """Return one line on an operation in progress."""

    @abstractmethod
    def judge(self, state: OperationState, counted: Counted) -> Verdict:
        """Compare what AWS says and counted with what the files hold."""

    @abstractmethod
    def final(self, state: OperationState) -> bool:
        """Return whether the same data would fail in the same way again."""

    @abstractmethod
    def said(self, operation: str) -> tuple[str, ...]:
        """Return what AWS says of the first items that it rejected, a line each."""

    def finish(self, state: OperationState) -> OperationState:
        """Return what AWS tells elsewhere of an operation that has ended."""
        return state

    def complete(self) -> None:  # noqa: B027 - not every method has more to do
        """Finish a good run."""
