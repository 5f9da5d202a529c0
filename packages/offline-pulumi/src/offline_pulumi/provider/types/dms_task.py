"""DMS replication tasks: made, modified, moved, started and stopped as the real provider does."""

import time
from operator import itemgetter
from typing import Any, cast

from offline_pulumi.provider.failures import Failure
from offline_pulumi.provider.model import Call, Change, Members, Props, Wait, argument
from offline_pulumi.provider.translate import of_json, same_json
from offline_pulumi.provider.types.dms_resource import dms_resource

START_DELAY_SECONDS = 2
"""How long the provider looks away after starting a task, 30 s with the real one; a load that ends
meanwhile is an error.

Source: hashicorp/terraform-provider-aws issue 43466.
"""
WAIT_SECONDS = 300
_NOT_RUNNING = "is currently not running"


def _within(given: Any, reported: Any) -> bool:
    if isinstance(given, dict) and isinstance(reported, dict):
        part, whole = cast("dict[str, Any]", given), cast("dict[str, Any]", reported)
        return all(value is None or _within(value, whole.get(name)) for name, value in part.items())
    return given == reported


same_settings = of_json(_within)
"""Whether all task settings given are among those reported: AWS adds the others, with its defaults."""


def _settings_as_read(reported: Members, wanted: Members) -> bool:
    return _is_as_read(_by_component(reported), _by_component(wanted), "")


settings_as_read = of_json(_settings_as_read)
"""Whether the settings wanted are among those that AWS reported, as the real provider compares them.

Raise `Failure` where it crashes: at a value whose JSON type differs from that of AWS's.
Source: internal/service/dms/replication_task.go of hashicorp/terraform-provider-aws.
"""


def _by_component(settings: Members) -> Members:
    logging: Members = settings.get("Logging") or {}
    logged: list[Members] = logging.get("LogComponents") or []
    listed = {each["Id"]: each["Severity"] for each in logged}
    return {**settings, "Logging": {**logging, "LogComponents": listed}} if listed else settings


def _is_as_read(read: Any, asked: Any, place: str) -> bool:
    if asked is None:
        return True
    if read is None:
        return False
    if _json_type(read) != _json_type(asked):
        raise Failure(
            f"Request cancelled: the plugin crashed: replication_task_settings has a {_json_type(asked)} at "
            f"{place.removeprefix('.')}, where AWS has a {_json_type(read)} (panic: interface conversion)"
        )
    if not isinstance(read, dict):
        return read == asked
    known, wanted = cast("dict[str, Any]", read), cast("dict[str, Any]", asked)
    same = [
        _is_as_read(known[name], value, f"{place}.{name}") for name, value in wanted.items() if name in known
    ]
    return all(same) and known.keys() >= wanted.keys()


def _json_type(value: object) -> str:
    names: dict[type, str] = {bool: "boolean", int: "number", float: "number", str: "string", dict: "object"}
    return names.get(type(value), "list")


def _describe(client: Any, arn: str) -> Members | None:
    filters = [{"Name": "replication-task-arn", "Values": [arn]}]
    tasks = client.describe_replication_tasks(Filters=filters, WithoutSettings=True)["ReplicationTasks"]
    return tasks[0] if tasks else None


def _await(client: Any, members: Members, doing: str, wanted: str, passing: frozenset[str]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    task: Members = {}
    while time.monotonic() < end:
        task = _describe(client, members["ReplicationTaskArn"]) or {}
        if task.get("Status") == wanted:
            return
        if task.get("Status") not in passing:
            break
        time.sleep(0.2)
    reason = task.get("StopReason") or task.get("LastFailureMessage") or ""
    raise Failure(
        f"waiting for DMS Replication Task ({members['ReplicationTaskIdentifier']}) {doing}: "
        f"unexpected state "
        f"'{task.get('Status')}', wanted target '{wanted}'. last error: {reason}"
    )


def _stop(client: Any, members: Members, _props: Props) -> None:
    """Stop a running task, which can be neither modified nor deleted; no other, a starting one neither.

    Source: internal/service/dms/replication_task.go of hashicorp/terraform-provider-aws
    """
    task = _describe(client, members["ReplicationTaskArn"])
    if task is None or task["Status"] != "running":
        return
    try:
        client.stop_replication_task(ReplicationTaskArn=members["ReplicationTaskArn"])
    except client.exceptions.InvalidResourceStateFault as error:
        if _NOT_RUNNING not in str(error):
            raise
        return
    _await(client, members, "stop", "stopped", frozenset({"running", "stopping"}))


def _start(client: Any, members: Members, props: Props) -> None:
    """Start the task if it says `startReplicationTask`, else stop it; wait for `running` alone."""
    task = members if "ReplicationTaskArn" in members else _named(client, members)
    if not props.get("startReplicationTask"):
        _stop(client, task, props)
        return
    status = (_describe(client, task["ReplicationTaskArn"]) or {}).get("Status")
    if status == "running":
        return
    kind = "start-replication" if status == "ready" else "resume-processing"
    client.start_replication_task(
        ReplicationTaskArn=task["ReplicationTaskArn"], StartReplicationTaskType=kind
    )
    time.sleep(START_DELAY_SECONDS)
    waiting = frozenset({"ready", "creating", "starting", "modifying"})
    _await(client, members | {"ReplicationTaskArn": task["ReplicationTaskArn"]}, "start", "running", waiting)


def _named(client: Any, members: Members) -> Members:
    filters = [{"Name": "replication-task-id", "Values": [members["ReplicationTaskIdentifier"]]}]
    return client.describe_replication_tasks(Filters=filters)["ReplicationTasks"][0]


def _move(client: Any, members: Members, _props: Props) -> None:
    client.move_replication_task(
        ReplicationTaskArn=members["ReplicationTaskArn"],
        TargetReplicationInstanceArn=members["ReplicationInstanceArn"],
    )


def _restart(client: Any, members: Members, props: Props) -> None:
    if props.get("startReplicationTask"):
        _start(client, members, props)


_MODIFIED = frozenset({"migrationType", "tableMappings", "replicationTaskSettings"})

REPLICATION_TASK = dms_resource(
    "ReplicationTask",
    (
        argument("replicationTaskId", "ReplicationTaskIdentifier", required=True, replaces=True),
        argument("migrationType", required=True),
        argument("replicationInstanceArn", required=True),
        argument("sourceEndpointArn", required=True, replaces=True),
        argument("targetEndpointArn", required=True, replaces=True),
        argument("tableMappings", required=True, same=same_json),
        argument(
            "replicationTaskSettings",
            computed=True,
            same=same_json,
            reported=same_settings,
            as_read=settings_as_read,
        ),
        argument("startReplicationTask", "", kind="boolean", default=False),
    ),
    id=itemgetter("ReplicationTaskIdentifier"),
    outputs={"status": "Status"},
    before_update=_stop,
    changes=(
        Change(arguments=frozenset({"replicationInstanceArn"}), call=_move),
        Change(arguments=_MODIFIED, call=Call(operation="modify_replication_task")),
        Change(arguments=_MODIFIED | {"replicationInstanceArn"}, call=_restart),
        Change(arguments=frozenset({"startReplicationTask"}), call=_start, on_create=True),
    ),
    before_delete=_stop,
    wait=Wait(path="Status", ready=frozenset({"ready", "stopped", "running", "failed"})),
)
