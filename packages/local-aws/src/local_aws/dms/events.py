"""Events of DMS: they go to EventBridge, and to the topics of the event subscriptions that ask for them.

Of all that AWS documents: that tasks begin, end and fail, and that instances come and go. Instances and
states of serverless replications put none on EventBridge here, but for failures.
Sources: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Events.html, CHAP_EventBridge.html. A notice is
written as one that was recorded on AWS in July 2023.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from local_aws.dms import event_subscriptions
from local_aws.dms.event_subscriptions import IDENTIFIERS, INSTANCE, TASK, SourceType
from local_aws.dms.region import Region, Resource

_PAGE = "http://docs.aws.amazon.com/dms/latest/userguide/CHAP_Events.html"
_LINKS: dict[SourceType, str] = {INSTANCE: "replicationInstanceDetails", TASK: "taskDetails"}


@dataclass(frozen=True)
class Event:
    """One that DMS documents; `type`: the one it has on EventBridge, where it goes there."""

    source: SourceType
    id: str
    category: str
    message: str
    type: str = ""


INSTANCE_CREATING = Event(INSTANCE, "0067", "creation", "A replication instance is being created.")
INSTANCE_DELETING = Event(INSTANCE, "0066", "deletion", "The replication instance is being deleted.")
TASK_STARTED = Event(
    TASK, "0069", "state change", "Replication task has started.", "REPLICATION_TASK_STARTED"
)
TASK_STOPPED = Event(
    TASK, "0079", "state change", "Replication task has stopped.", "REPLICATION_TASK_STOPPED"
)
TASK_FAILED = Event(TASK, "0078", "failure", "Replication task has failed.", "REPLICATION_TASK_FAILED")


def announce(region: Region, event: Event, of: Resource, reason: str = "") -> None:
    """Tell all who want to know; `reason`: what the message says besides."""
    name: str = of.fields[IDENTIFIERS[event.source]]
    message = f"{event.message}\n{reason}" if reason else event.message
    link = f"https://console.aws.amazon.com/dms/v2/home?region={region.name}#{_LINKS[event.source]}/{name}"
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    notice = {
        "Event Source": event.source,
        "Event Time": now,
        "Identifier Link": f"{link} ",
        "SourceId": name,
        "Event ID": f"{_PAGE}#DMS-EVENT-{event.id} ",
        "Event Message": message,
        "Notification time": now,
    }
    event_subscriptions.notify(region, event.source, name, event.category, json.dumps(notice))
    if event.type:
        detail = {
            "type": "ReplicationTask",
            "category": event.category.title().replace(" ", ""),
            "eventType": event.type,
            "eventName": f"DMS-EVENT-{event.id}",
            "resourceLink": link,
            "detailMessage": message,
        }
        _put(region, "DMS Replication Task State Change", of, detail)


def announce_failed_replication(region: Region, of: Resource, message: str) -> None:
    """Tell EventBridge of a serverless replication, for which there are no event subscriptions.

    AWS documents its `detail-type` alone; the rest is as users report (2026):
    https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-dms.html
    """
    detail = {
        "type": "REPLICATION_CONFIG",
        "category": "Failure",
        "eventType": "REPLICATION_FAILED",
        "detailMessage": message,
    }
    _put(region, "DMS Replication State Change", of, detail)


def _put(region: Region, kind: str, of: Resource, detail: dict[str, str]) -> None:
    from local_aws.event_targets import put_service_event  # late: most uses of DMS run no task

    put_service_event(region.name, "aws.dms", kind, of.arn, detail)
