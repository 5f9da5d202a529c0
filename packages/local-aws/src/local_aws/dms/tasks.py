"""Replication tasks: what is moved from where to where, by which instance.

Source: https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateReplicationTask.html
"""

import json
import time

from dynamodb_bulk.dms.mappings import parse_mappings
from dynamodb_bulk.spec.errors import InputError
from local_aws.dataplane.tasklog import log_bytes
from local_aws.dms import change_times, connections
from local_aws.dms.faults import invalid_combination, invalid_state, invalid_value
from local_aws.dms.identifiers import arn, resource_id
from local_aws.dms.instances import require_available
from local_aws.dms.lifecycle import GONE, Lifecycle
from local_aws.dms.paging import filtered, page
from local_aws.dms.region import Fields, Region, Request, Resource, new_name
from local_aws.dms.task_settings import READ_ONLY, complete

AT_REST = ("ready", "stopped", "failed")
_MAXIMUM_NAME = 255
_FILTERS = {
    "replication-task-arn": ("ReplicationTaskArn",),
    "replication-task-id": ("ReplicationTaskIdentifier",),
    "replication-instance-arn": ("ReplicationInstanceArn",),
    "endpoint-arn": ("SourceEndpointArn", "TargetEndpointArn"),
    "migration-type": ("MigrationType",),
}
_OPTIONAL = (*change_times.MEMBERS, "CdcStartTime", "TaskData")


def create(region: Region, request: Request) -> Fields:
    """CreateReplicationTask, which also tests both connections, as DMS does for those not tested yet."""
    name = _new_name(region, request)
    instance = region.instance(request["ReplicationInstanceArn"])
    require_available(instance)
    ends = {kind: region.endpoint(request[f"{kind}EndpointArn"]) for kind in ("Source", "Target")}
    for kind, endpoint in ends.items():
        if endpoint.fields["EndpointType"] != kind.upper():
            raise invalid_combination(f"The endpoint {endpoint.arn} is not a {kind.lower()} endpoint.")
    check_mappings(request["TableMappings"])
    fields: Fields = {
        "ReplicationTaskIdentifier": name,
        "SourceEndpointArn": ends["Source"].arn,
        "TargetEndpointArn": ends["Target"].arn,
        "ReplicationInstanceArn": instance.arn,
        "MigrationType": request["MigrationType"],
        "TableMappings": request["TableMappings"],
        "ReplicationTaskSettings": complete(request.get("ReplicationTaskSettings")),
        "ReplicationTaskCreationDate": time.time(),
        "ReplicationTaskArn": arn("task", region.name, request.get("ResourceIdentifier")),
        **{key: request[key] for key in _OPTIONAL if key in request},
    }
    check_changes(fields, ends["Source"])
    life = Lifecycle(current="creating")
    life.change("creating", then="ready", after=region.latency["task.creating"])
    task = region.new(region.tasks, fields, "ReplicationTaskArn", life, request)
    for endpoint in ends.values():
        known = region.connections.get((instance.arn, endpoint.arn))
        if known is None or known.life.status == "failed":
            connections.begin(region, instance.arn, endpoint.arn)
    return {"ReplicationTask": shown(region, task)}


def describe(region: Region, request: Request) -> Fields:
    """DescribeReplicationTasks."""
    settings = not request.get("WithoutSettings", False)
    tasks = [shown(region, task, settings=settings) for task in region.tasks.values()]
    return page(request, "ReplicationTasks", filtered(request, tasks, _FILTERS, "Replication Task"))


def modify(region: Region, request: Request) -> Fields:
    """ModifyReplicationTask."""
    task = region.task(request["ReplicationTaskArn"])
    status = task.life.status
    if status not in AT_REST:
        raise invalid_state(
            "Replication Task, excluding logging severity task settings, cannot be modified while it is "
            f"{status} state"
        )
    changed: Fields = {
        key: request[key] for key in ("MigrationType", "TableMappings", *_OPTIONAL) if key in request
    }
    if "TableMappings" in changed:
        check_mappings(changed["TableMappings"])
    check_changes({**task.fields, **changed}, region.endpoint(task.fields["SourceEndpointArn"]))
    name = task.fields["ReplicationTaskIdentifier"]
    if request.get("ReplicationTaskIdentifier", name).lower() != name:
        changed["ReplicationTaskIdentifier"] = _new_name(region, request)
    if "ReplicationTaskSettings" in request:
        changed["ReplicationTaskSettings"] = complete(
            request["ReplicationTaskSettings"], task.fields["ReplicationTaskSettings"]
        )
    task.fields.update(changed)
    task.life.change("modifying", then=status, after=region.latency["task.modifying"])
    return {"ReplicationTask": shown(region, task)}


def delete(region: Region, request: Request) -> Fields:
    """DeleteReplicationTask: the log group and the control tables in DynamoDB stay."""
    task = region.task(request["ReplicationTaskArn"])
    if task.life.status not in AT_REST:
        raise invalid_state(
            f"Replication Task {task.arn} is {task.life.status} and cannot be deleted; stop it first."
        )
    task.life.change("deleting", then=GONE, after=region.latency["task.deleting"])
    return {"ReplicationTask": shown(region, task)}


def move(region: Region, request: Request) -> Fields:
    """MoveReplicationTask."""
    task = region.task(request["ReplicationTaskArn"])
    target = region.instance(request["TargetReplicationInstanceArn"])
    require_available(target)
    status = task.life.status
    if status not in AT_REST:
        raise invalid_state(f"Replication Task {task.arn} is {status} and cannot be moved.")
    if target.arn == task.fields["ReplicationInstanceArn"]:
        raise invalid_state(f"Replication Task {task.arn} is on that replication instance already.")
    task.fields["ReplicationInstanceArn"] = target.arn
    for kind in ("Source", "Target"):
        connections.begin(region, target.arn, task.fields[f"{kind}EndpointArn"])
    task.life.change("moving", then=status, after=region.latency["task.moving"])
    return {"ReplicationTask": shown(region, task)}


def describe_logs(region: Region, request: Request) -> Fields:
    """DescribeReplicationInstanceTaskLogs: how large the log of each task is, in bytes."""
    instance = region.instance(request["ReplicationInstanceArn"])
    require_available(instance)
    logs = [
        {
            "ReplicationTaskName": task.fields["ReplicationTaskIdentifier"],
            "ReplicationTaskArn": task.arn,
            "ReplicationInstanceTaskLogSize": log_bytes(region.name, *log_names(region, task)),
        }
        for task in region.tasks.values()
        if task.fields["ReplicationInstanceArn"] == instance.arn
    ]
    return {
        "ReplicationInstanceArn": instance.arn,
        **page(request, "ReplicationInstanceTaskLogs", logs),
    }


def log_names(region: Region, task: Resource) -> tuple[str, str]:
    """Return the log group and stream of a task."""
    instance = region.instance(task.fields["ReplicationInstanceArn"])
    return (
        f"dms-tasks-{instance.fields['ReplicationInstanceIdentifier']}",
        f"dms-task-{resource_id(task.arn)}",
    )


def shown(region: Region, task: Resource, *, settings: bool = True) -> Fields:
    """Return the task as the API shows it."""
    answer: Fields = {**task.fields, "Status": task.life.status}
    answer.pop("CdcStartTime", None)
    written = answer.pop("ReplicationTaskSettings")
    if settings:
        logging = written["Logging"]
        names = log_names(region, task) if logging.get("EnableLogging") else (None, None)
        logging = {**logging, **dict(zip(READ_ONLY, names, strict=True))}
        answer["ReplicationTaskSettings"] = json.dumps({**written, "Logging": logging})
    if run := region.runs.get(task.arn):
        answer |= {"ReplicationTaskStats": run.stats, "ReplicationTaskStartDate": run.started, **run.end}
        if run.failure:
            answer["LastFailureMessage"] = run.failure
    return answer


def _new_name(region: Region, request: Request) -> str:
    member = "ReplicationTaskIdentifier"
    return new_name(request, member, region.tasks, "Replication Task", maximum=_MAXIMUM_NAME)


def check_changes(fields: Fields, source: Resource) -> None:
    """Raise a fault for changes that the source does not have, or that cannot begin or end as said."""
    change_times.check(fields)
    if fields["MigrationType"] != "full-load" and not source.fields["S3Settings"].get("CdcPath"):
        # https://github.com/hashicorp/terraform-provider-aws/issues/28277
        raise invalid_value(
            "Parameter cdcPath is required when task is configured for ongoing replication with Amazon S3 as "
            "a source."
        )


def check_mappings(text: str) -> None:
    """Raise InvalidParameterValueException for table mappings that DMS cannot read."""
    try:
        parse_mappings(text, "TableMappings")
    except InputError as error:
        raise invalid_value(f"Error in mapping rules. {error}") from None
