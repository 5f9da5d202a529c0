"""What the run of a task is told, and how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.dataplane.roles import AssumedRole, assume
from local_aws.dataplane.tasklog import TaskLog


@dataclass(frozen=True, kw_only=True)
class Job:
    """Holds a task's documents, as the service keeps them, and the resources it acts for.

    `stop_at`: when changes are no longer applied, in seconds of the epoch.
    """

    region: str
    task_name: str
    source: Mapping[str, Any]
    target_role: str
    table_mappings: str
    settings: Mapping[str, Any]
    on_behalf_of: tuple[str, ...]
    log: TaskLog
    migration_type: str = "full-load"
    stop_at: float | None = None

    @property
    def loads(self) -> bool:
        """Whether it has a full load."""
        return self.migration_type != "cdc"

    @property
    def applies(self) -> bool:
        """Whether it applies changes, after the full load if it has one."""
        return self.migration_type != "full-load"

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a section of the task settings."""
        return self.settings.get(name) or {}

    def assume_source(self) -> AssumedRole:
        """Return the role that reads S3; raise DeniedError."""
        return assume(self.source["ServiceAccessRoleArn"], on_behalf_of=self.on_behalf_of)

    def assume_target(self) -> AssumedRole:
        """Return the role that writes DynamoDB; raise DeniedError."""
        return assume(self.target_role, on_behalf_of=self.on_behalf_of)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Tells how a run ended: the stop reason of the API, and what went wrong if it failed."""

    stop_reason: str
    failure: str = ""


class TaskError(Exception):
    """The whole task cannot continue; the text becomes its LastFailureMessage."""


class TableLoadError(Exception):
    """One table cannot be loaded; the task's error policy says what becomes of the others."""


class SuspendedTableError(TableLoadError):
    """A table given up because of its rows, which the policy for table errors does not judge again."""


class StoppedError(Exception):
    """The task was stopped while it was at work."""
