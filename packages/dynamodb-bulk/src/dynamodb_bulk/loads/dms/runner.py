"""What runs a load in DMS: a task on a replication instance, or a serverless replication.

Both move the same data by the same rules, and are asked by other names. Sources:
https://docs.aws.amazon.com/dms/latest/APIReference/API_ReplicationTask.html
https://docs.aws.amazon.com/dms/latest/APIReference/API_Replication.html
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Serverless.Components.html
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dynamodb_bulk.aws import Aws, pages_of

if TYPE_CHECKING:
    from types_boto3_dms.type_defs import ReplicationTaskStatsTypeDef, TableStatisticsTypeDef

_SERVERLESS = ":replication-config:"
# Of a serverless replication. Their spelling is not documented; the guide names them in words.
_AT_REST = {"created": "ready", "ready": "ready", "stopped": "stopped", "failed": "failed"}
_NO_STATISTICS: "ReplicationTaskStatsTypeDef" = {}


@dataclass(frozen=True, kw_only=True)
class Described:
    """What DMS says of it now; `status` as of tasks, `phase` what a serverless one is starting with."""

    name: str
    status: str
    migration_type: str
    source: str
    target: str
    instance: str = ""
    phase: str = ""
    stop_reason: str = ""
    failure: str = ""
    idle_until: datetime | None = None
    statistics: "ReplicationTaskStatsTypeDef" = field(default_factory=lambda: _NO_STATISTICS)


class Runner(ABC):
    """Asks DMS of one kind. `stoppable`: in which states it can be asked to stop."""

    noun: str
    stoppable: tuple[str, ...]
    on_instance: bool

    @abstractmethod
    def described(self, arn: str, aws: Aws) -> Described | None:
        """Return what DMS says; None where there is none."""

    @abstractmethod
    def request(self, arn: str, kind: str) -> dict[str, Any]:
        """Return the request to start it, by a start type."""

    @abstractmethod
    def start(self, asked: dict[str, Any], aws: Aws) -> None:
        """Start it; raise what DMS refuses."""

    @abstractmethod
    def stop(self, arn: str, aws: Aws) -> None:
        """Ask it to stop; raise what DMS refuses."""

    @abstractmethod
    def tables(self, arn: str, aws: Aws) -> "Iterable[TableStatisticsTypeDef]":
        """Return the statistics of its tables."""

    @abstractmethod
    def log_streams(self, arn: str, group: str, aws: Aws) -> list[str]:
        """Return the names of its log streams, the latest first; raise where there is no log group."""


class TaskRunner(Runner):
    """A task, whose endpoints the instance has to reach before it starts."""

    noun = "task"
    stoppable = ("running",)
    on_instance = True

    def described(self, arn: str, aws: Aws) -> Described | None:  # noqa: D102
        try:
            tasks = aws.dms.describe_replication_tasks(
                Filters=[{"Name": "replication-task-arn", "Values": [arn]}], WithoutSettings=True
            ).get("ReplicationTasks", [])
        except aws.dms.exceptions.ResourceNotFoundFault:
            return None
        if not tasks:
            return None
        task = tasks[0]
        return Described(
            name=task.get("ReplicationTaskIdentifier", arn),
            status=task.get("Status", "unknown"),
            migration_type=task.get("MigrationType", "full-load"),
            source=task.get("SourceEndpointArn", ""),
            target=task.get("TargetEndpointArn", ""),
            instance=task.get("ReplicationInstanceArn", ""),
            stop_reason=task.get("StopReason", ""),
            failure=task.get("LastFailureMessage", ""),
            statistics=task.get("ReplicationTaskStats", {}),
        )

    def request(self, arn: str, kind: str) -> dict[str, Any]:  # noqa: D102
        return {"ReplicationTaskArn": arn, "StartReplicationTaskType": kind}

    def start(self, asked: dict[str, Any], aws: Aws) -> None:  # noqa: D102
        aws.dms.start_replication_task(**asked)

    def stop(self, arn: str, aws: Aws) -> None:  # noqa: D102
        aws.dms.stop_replication_task(ReplicationTaskArn=arn)

    def tables(self, arn: str, aws: Aws) -> "Iterator[TableStatisticsTypeDef]":  # noqa: D102
        for page in aws.dms.get_paginator("describe_table_statistics").paginate(ReplicationTaskArn=arn):
            yield from page.get("TableStatistics", [])

    def log_streams(self, arn: str, group: str, aws: Aws) -> list[str]:  # noqa: ARG002, D102
        return [f"dms-task-{arn.rpartition(':')[2]}"]


class ServerlessRunner(Runner):
    """A serverless replication, one with its config. It tests its connections itself, each time it starts."""

    noun = "replication"
    stoppable = ("running", "starting")
    on_instance = False

    def described(self, arn: str, aws: Aws) -> Described | None:  # noqa: D102
        try:
            found = aws.dms.describe_replications(
                Filters=[{"Name": "replication-config-arn", "Values": [arn]}]
            ).get("Replications", [])
        except aws.dms.exceptions.ResourceNotFoundFault:
            return None
        if not found:
            return None
        one = found[0]
        provision = one.get("ProvisionData", {}).get("ProvisionState", "")
        status, phase = _status(one.get("Status", "unknown"), provision)
        return Described(
            name=one.get("ReplicationConfigIdentifier", arn),
            status=status,
            migration_type=one.get("ReplicationType", "full-load"),
            source=one.get("SourceEndpointArn", ""),
            target=one.get("TargetEndpointArn", ""),
            phase=phase,
            stop_reason=one.get("StopReason", ""),
            failure="; ".join(one.get("FailureMessages", [])),
            idle_until=one.get("ReplicationDeprovisionTime") if status == "stopped" else None,
            statistics=one.get("ReplicationStats", {}),
        )

    def request(self, arn: str, kind: str) -> dict[str, Any]:  # noqa: D102
        return {"ReplicationConfigArn": arn, "StartReplicationType": kind}

    def start(self, asked: dict[str, Any], aws: Aws) -> None:  # noqa: D102
        aws.dms.start_replication(**asked)

    def stop(self, arn: str, aws: Aws) -> None:  # noqa: D102
        aws.dms.stop_replication(ReplicationConfigArn=arn)

    def tables(self, arn: str, aws: Aws) -> "Iterable[TableStatisticsTypeDef]":  # noqa: D102
        return pages_of(
            aws.dms.describe_replication_table_statistics,
            "ReplicationTableStatistics",
            "Marker",
            ReplicationConfigArn=arn,
        )

    def log_streams(self, arn: str, group: str, aws: Aws) -> list[str]:  # noqa: ARG002, D102
        streams = aws.logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime", descending=True)
        return [name for one in streams.get("logStreams", []) if (name := one.get("logStreamName"))]


_TASK, _REPLICATION = TaskRunner(), ServerlessRunner()


def runner_of(arn: str) -> Runner:
    """Return how DMS is asked of what has the ARN."""
    return _REPLICATION if _SERVERLESS in arn else _TASK


def _status(said: str, provision: str) -> tuple[str, str]:
    """Return the status of a serverless replication as one of a task, and what it is starting with."""
    status = said.lower().replace(" ", "_")
    if "deprovisioned" in (status, provision.lower()) and status not in ("running", "stopping"):
        return "deprovisioned", ""
    if status in ("running", "stopping", "deleting", "modifying"):
        return status, ""
    return (_AT_REST[status], "") if status in _AT_REST else ("starting", status.replace("_", " "))
