"""How long things take locally: as long as on AWS, so many times as fast, or no time."""

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dynamodb_bulk.spec.errors import InputError
from local_aws.call_log import called

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Change = Literal[
    "instance.creating", "instance.modifying", "instance.deleting", "interface.releasing",
    "instance.rebooting", "instance.maintaining",
    "task.creating", "task.modifying", "task.moving", "task.starting", "task.stopping", "task.deleting",
    "connection.testing",
    "replication.preparing", "replication.provisioning", "replication.starting", "replication.deleting",
    "subscription.changing",
    "time-to-live.changing", "mass-data.running",
]  # fmt: skip

AS_OF = "2026-11-28"
"""The day of the seconds below: what users see on AWS, rounded, since AWS documents none of it."""
_AWS: Mapping[Change, float] = {
    "instance.creating": 480,
    "instance.modifying": 300,
    "instance.deleting": 180,
    "interface.releasing": 60,
    "instance.rebooting": 180,
    "instance.maintaining": 600,
    "task.creating": 45,
    "task.modifying": 20,
    "task.moving": 300,
    "task.starting": 60,
    "task.stopping": 20,
    "task.deleting": 20,
    "connection.testing": 30,
    "replication.preparing": 120,
    "replication.provisioning": 900,
    "replication.starting": 60,
    "replication.deleting": 60,
    "subscription.changing": 10,
    "time-to-live.changing": 120,
    "mass-data.running": 300,  # ImportTable, a bulk put, an export
}
# Until AWS answers and what the call makes can be used.
_CALLS: Mapping[str, float] = {
    "CreateBucket": 3,
    "CreateEndpoint": 3,
    "CreateReplicationConfig": 5,
    "CreateReplicationSubnetGroup": 3,
    "CreateRole": 2,
    "CreateTable": 10,
    "CreateVpcEndpoint": 10,
    "ModifyVpcEndpoint": 5,
    "UpdateTable": 10,
}
_CHANGING = re.compile("Attach|Create|Delete|Detach|Modify|Put|Set|Start|Stop|Update")
_OTHER_CHANGE, _READ = 1.0, 0.1
_OF_DATA = re.compile("BatchWriteItem|(Put|Update|Delete)Item|(Put|Delete)Objects?$")
_FAST_SECONDS = 0.3


@dataclass(frozen=True)
class Latency:
    """Seconds by change of a resource; calls take time, too, if local AWS is `times` as fast as AWS."""

    name: str = "fast"
    times: float = 0

    def __getitem__(self, change: Change) -> float:
        """Return how long a change takes."""
        return _AWS[change] / self.times if self.times else _FAST_SECONDS

    def of_call(self, operation: str) -> float:
        """Return how long a call takes, from its beginning to its answer."""
        changes = _CHANGING.match(operation) and not _OF_DATA.match(operation)
        seconds = _CALLS.get(operation, _OTHER_CHANGE if changes else _READ)
        return seconds / self.times if self.times else 0

    def on(self, behind: "WSGIApplication") -> "WSGIApplication":
        """Return the application with answers that take their time."""
        if not self.times:
            return behind

        def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            if call := called(environ):
                time.sleep(self.of_call(call["operation"]))
            return behind(environ, start_response)

        return answer


def read_latency(text: str) -> Latency:
    """Return the latency of `fast`, `aws`, or `aws/10`: AWS's, 10 times as fast; raise InputError."""
    if text == "fast":
        return Latency()
    if fitting := re.fullmatch(r"aws(?:/([1-9]\d*))?", text):
        return Latency(text, float(fitting[1] or 1))
    raise InputError("--latency", f"is {text!r}", "give fast, aws, or aws/N for AWS's, N times as fast")
