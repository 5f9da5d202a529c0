"""What a task does about rows that do not load.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.ErrorHandling.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dynamodb_bulk.csv.reader import Rejected
from local_aws.dataplane.exceptions_table import reason
from local_aws.dataplane.job import TableLoadError, TaskError


class RowErrors:
    """DataErrorPolicy and its escalation, for one table of one run."""

    def __init__(self, behaviour: Mapping[str, Any]) -> None:
        self._policy = behaviour.get("DataErrorPolicy", "LOG_ERROR")
        self._escalation = behaviour.get("DataErrorEscalationPolicy", "SUSPEND_TABLE")
        self._most = int(behaviour.get("DataErrorEscalationCount", 0))
        self._seen = 0

    @property
    def logged(self) -> bool:
        """Whether rows go to the log and the exceptions table."""
        return self._policy != "IGNORE_RECORD"

    def count(self, rejected: Sequence[Rejected]) -> None:
        """Take note of rows; raise TableLoadError or TaskError if the settings say that it is enough."""
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


class SuspendedTableError(TableLoadError):
    """A table given up because of its rows, which the policy for table errors does not judge again."""
