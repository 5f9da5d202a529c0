"""Rows and changes that cannot be stored: logged, kept, counted, and judged by the settings.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.ErrorHandling.html
"""

from collections.abc import Iterator, Sequence

from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.dms.definition import ExternalTable
from dynamodb_bulk.items.row_to_item import ItemBatch
from local_aws.dataplane.exceptions_table import ExceptionsTable, reason
from local_aws.dataplane.job import Job, SuspendedTableError, TaskError
from local_aws.dataplane.tasklog import Component
from local_aws.dataplane.written import Written


class RowErrors:
    """DataErrorPolicy and its escalation, for one table of one run; `component` logs them."""

    def __init__(
        self, job: Job, table: ExternalTable, exceptions: ExceptionsTable, component: Component
    ) -> None:
        behaviour = job.section("ErrorBehavior")
        self._policy = behaviour.get("DataErrorPolicy", "LOG_ERROR")
        self._escalation = behaviour.get("DataErrorEscalationPolicy", "SUSPEND_TABLE")
        self._most = int(behaviour.get("DataErrorEscalationCount", 0))
        self._log, self._table, self._exceptions = job.log, table, exceptions
        self._component: Component = component
        self._seen = 0

    def take(self, rejected: Sequence[Rejected]) -> None:
        """Take note of rows; raise TableLoadError or TaskError if the settings say that it is enough."""
        if rejected and self._policy != "IGNORE_RECORD":
            for row in rejected:
                shown = f"{row.file}, line {row.line}: {reason(row)}; row: {row.row or '(not kept)'}"
                self._log.add(self._component, "E", shown)
            self._exceptions.add(self._table.owner, self._table.name, rejected)
        self._log.flush()
        if not rejected:
            return
        self._seen += len(rejected)
        first = f"{rejected[0].file}, line {rejected[0].line}: {reason(rejected[0])}"
        self._apply(self._policy, f"DataErrorPolicy {self._policy}: {first}")
        if 0 < self._most <= self._seen:
            self._apply(
                self._escalation,
                f"DataErrorEscalationPolicy {self._escalation}: {self._seen} rows could not be loaded, "
                f"the last batch's first: {first}",
            )

    @staticmethod
    def _apply(policy: str, message: str) -> None:
        if policy == "SUSPEND_TABLE":
            raise SuspendedTableError(message)
        if policy == "STOP_TASK":
            raise TaskError(message)


def failures(batch: ItemBatch, items: Sequence[str], written: Written) -> Iterator[Rejected]:
    """Yield the rows of those items that DynamoDB did not take."""
    for position, problem in written.failed:
        yield Rejected(file=batch.file, line=batch.lines[position], reason=problem, row=items[position][:200])
