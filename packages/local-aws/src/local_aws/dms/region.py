"""Everything that DMS holds in one region."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any, Literal

from local_aws.dataplane.job import Outcome
from local_aws.dataplane.progress import Position, TableProgress
from local_aws.dms.faults import already_exists, not_found
from local_aws.dms.identifiers import Request, checked_name
from local_aws.dms.lifecycle import GONE, Lifecycle
from local_aws.latency import Latency

Fields = dict[str, Any]
Interruption = Literal["", "rebooting", "maintenance"]


@dataclass(kw_only=True)
class Resource:
    """One of DMS: the fields of the API that are not its status."""

    arn: str
    fields: Fields
    life: Lifecycle


@dataclass(kw_only=True)
class Connection:
    """The test of an endpoint from an instance."""

    instance_arn: str
    endpoint_arn: str
    life: Lifecycle
    failure: str = ""


@dataclass(kw_only=True)
class Run:
    """The latest run of a task or a serverless replication; times in seconds of the epoch.

    `interruption`: what its instance does that ends it.
    """

    first_start: float
    started: float
    tables: dict[tuple[str, str], TableProgress]
    position: Position = field(default_factory=Position)
    stop: threading.Event = field(default_factory=threading.Event)
    stopped: float | None = None
    outcome: Outcome | None = None
    interruption: Interruption = ""

    @property
    def stats(self) -> Fields:
        """Its ReplicationTaskStats, which are a serverless replication's ReplicationStats, too."""
        states = [table.state for table in self.tables.values()]
        begun = [table.started for table in self.tables.values() if table.started]
        ended = [table.ended for table in self.tables.values() if table.ended]
        progress = [table.fraction for table in self.tables.values()]
        stats: Fields = {
            "FullLoadProgressPercent": int(100 * sum(progress) / len(progress)) if progress else 0,
            "ElapsedTimeMillis": int(1000 * ((self.stopped or time.time()) - self.started)),
            "TablesLoaded": states.count("Table completed"),
            "TablesLoading": states.count("Full load"),
            "TablesQueued": states.count("Before load"),
            "TablesErrored": states.count("Table error"),
            "FreshStartDate": self.first_start,
            "StartDate": self.started,
        }
        if begun:
            stats["FullLoadStartDate"] = min(begun)
        if begun and ended and all(state in ("Table completed", "Table error") for state in states):
            stats["FullLoadFinishDate"] = max(ended)
            stats["FullLoadProgressPercent"] = 100
        if self.stopped:
            stats["StopDate"] = self.stopped
        return stats

    @property
    def end(self) -> Fields:
        """The fields of what it came to so far, but for a failure."""
        answer: Fields = {}
        if self.position.file:
            answer["RecoveryCheckpoint"] = self.position.checkpoint
        if self.outcome:
            answer["StopReason"] = self.outcome.stop_reason
        return answer

    @property
    def failure(self) -> str:
        """Why it failed; empty where it did not."""
        return self.outcome.failure if self.outcome else ""


@dataclass(kw_only=True)
class Region:
    """The DMS resources of a region; `lock` is held for all of each operation."""

    name: str
    latency: Latency
    lock: threading.RLock = field(default_factory=threading.RLock)
    subnet_groups: dict[str, Fields] = field(default_factory=dict[str, Fields])
    instances: dict[str, Resource] = field(default_factory=dict[str, Resource])
    endpoints: dict[str, Resource] = field(default_factory=dict[str, Resource])
    tasks: dict[str, Resource] = field(default_factory=dict[str, Resource])
    replications: dict[str, Resource] = field(default_factory=dict[str, Resource])
    subscriptions: dict[str, Resource] = field(default_factory=dict[str, Resource])
    runs: dict[str, Run] = field(default_factory=dict[str, Run])
    connections: dict[tuple[str, str], Connection] = field(default_factory=dict[tuple[str, str], Connection])
    tags: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def settle(self) -> None:
        """Forget what has finished deleting."""
        for kept in (
            self.instances,
            self.endpoints,
            self.tasks,
            self.replications,
            self.subscriptions,
        ):
            for arn in [arn for arn, resource in kept.items() if resource.life.status == GONE]:
                del kept[arn]
                self.runs.pop(arn, None)
                self.tags.pop(arn, None)
                for pair in [pair for pair in self.connections if arn in pair]:
                    del self.connections[pair]

    def instance(self, arn: str) -> Resource:
        """Return the instance, or ResourceNotFoundFault."""
        return _found(self.instances, arn, "Replication Instance")

    def endpoint(self, arn: str) -> Resource:
        """Return the endpoint, or ResourceNotFoundFault."""
        return _found(self.endpoints, arn, "Endpoint")

    def task(self, arn: str) -> Resource:
        """Return the task, or ResourceNotFoundFault."""
        return _found(self.tasks, arn, "Replication Task")

    def replication(self, arn: str) -> Resource:
        """Return the serverless replication, which its config is one with, or ResourceNotFoundFault."""
        return _found(self.replications, arn, "Replication Config")

    def new(
        self, kept: dict[str, Resource], fields: Fields, arn: str, life: Lifecycle, request: Request
    ) -> Resource:
        """Keep a new resource, with the tags of its request; `arn` names the field that has its ARN."""
        resource = kept[fields[arn]] = Resource(arn=fields[arn], fields=fields, life=life)
        self.tag(resource.arn, request.get("Tags", []))
        return resource

    def tag(self, arn: str, tags: "list[dict[str, str]]") -> None:
        """Set tags of a resource, leaving its others."""
        self.tags.setdefault(arn, {}).update({tag["Key"]: tag.get("Value", "") for tag in tags})


def new_name(request: Request, member: str, kept: dict[str, Resource], what: str, *, maximum: int) -> str:
    """Return the name as DMS stores it; raise ResourceAlreadyExistsFault if another resource has it."""
    name = checked_name(request, member, maximum=maximum)
    if any(other.fields[member] == name for other in kept.values()):
        raise already_exists(f"{what} with identifier {name} already exists.")
    return name


def _found(kept: dict[str, Resource], arn: str, what: str) -> Resource:
    if arn not in kept:
        raise not_found(f"{what} {arn} not found.")
    return kept[arn]
