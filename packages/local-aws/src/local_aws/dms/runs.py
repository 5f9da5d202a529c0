"""Starting and stopping a task: the thread that its load runs in, and what the API shows of it.

A serverless replication runs by the same thread.
Source: https://docs.aws.amazon.com/dms/latest/APIReference/API_StartReplicationTask.html
"""

import threading
import time
from collections.abc import Callable

from local_aws import hold
from local_aws.dataplane.job import Job, Outcome, TaskError
from local_aws.dataplane.progress import Position, TableProgress
from local_aws.dataplane.tasklog import TaskLog
from local_aws.dms import change_times
from local_aws.dms.account_roles import may_log
from local_aws.dms.events import (
    TASK_FAILED,
    TASK_STARTED,
    TASK_STOPPED,
    announce,
    announce_failed_replication,
)
from local_aws.dms.faults import invalid_combination, invalid_state
from local_aws.dms.instances import require_available
from local_aws.dms.reach import no_route
from local_aws.dms.region import Fields, Region, Request, Resource, Run
from local_aws.dms.tasks import AT_REST, log_names, shown

FIRST, RESUME, RELOAD = "start-replication", "resume-processing", "reload-target"


def start(region: Region, request: Request) -> Fields:
    """StartReplicationTask."""
    task = region.task(request["ReplicationTaskArn"])
    kind = request["StartReplicationTaskType"]
    _check_startable(region, task, request)
    asked: Fields = {**task.fields, **request}
    task.fields.update({member: request[member] for member in change_times.MEMBERS if member in request})

    def starting(run: Run) -> str:
        run.stop.wait(region.latency["task.starting"])
        instance = region.instance(task.fields["ReplicationInstanceArn"])
        return no_route(region, instance, "s3") or no_route(region, instance, "dynamodb")

    task.life.change("starting")
    begin(region, task, kind, change_times.start(asked), _job(region, task, asked), starting)
    return {"ReplicationTask": shown(region, task)}


def begin(
    region: Region, resource: Resource, kind: str, position: Position, job: Job, prepare: Callable[[Run], str]
) -> None:
    """Run the job in a thread, once `prepare` has taken its time, and unless it returns a failure.

    `kind`: the start type; what is resumed goes on at the position of the run before.
    """
    before = region.runs.get(resource.arn)
    now = time.time()
    run = Run(first_start=now, started=now, tables={}, position=position)
    if before and kind == RESUME:
        run.first_start = before.first_start
        run.position = before.position
        run.tables = {
            name: table for name, table in before.tables.items() if table.state == "Table completed"
        }
    region.runs[resource.arn] = run
    threading.Thread(
        target=_work, args=(region, resource, run, job, kind, prepare), name=resource.arn, daemon=True
    ).start()


def stop(region: Region, request: Request) -> Fields:
    """StopReplicationTask: the task ends between two batches."""
    task = region.task(request["ReplicationTaskArn"])
    if task.life.status not in ("running", "starting"):
        raise invalid_state(f"Replication Task {task.arn} is currently not running.")
    task.life.change("stopping")
    region.runs[task.arn].stop.set()
    return {"ReplicationTask": shown(region, task)}


def _check_startable(region: Region, task: Resource, request: Request) -> None:
    kind, migration = request["StartReplicationTaskType"], task.fields["MigrationType"]
    if task.life.status not in AT_REST:
        raise invalid_state("Replication Task cannot be started, invalid state")
    require_available(region.instance(task.fields["ReplicationInstanceArn"]))
    change_times.check({"MigrationType": migration, **request})
    # The texts and this code, though not documented, are AWS's own.
    anew = migration == "cdc" and change_times.starts_somewhere(request)
    if kind == FIRST and task.arn in region.runs and not anew:
        raise invalid_combination(
            "Start Type : START_REPLICATION, valid only for tasks running for the first time"
        )
    if kind != FIRST and task.arn not in region.runs:
        raise invalid_combination(
            f"Start Type : {kind.upper().replace('-', '_')}, valid only for tasks that have run before"
        )
    if kind == RELOAD and migration == "cdc":  # AWS documents neither this nor what it does instead
        raise invalid_combination("Start Type : RELOAD_TARGET, valid only for tasks with a full load")
    for end in ("SourceEndpointArn", "TargetEndpointArn"):
        connection = region.connections.get((task.fields["ReplicationInstanceArn"], task.fields[end]))
        if connection is None or connection.life.status != "successful":
            detail = f" {connection.failure}" if connection and connection.failure else ""
            raise invalid_state(
                "Test connection for replication instance and endpoint should be successful for starting the "
                f"replication task. Endpoint: {task.fields[end]}.{detail}"
            )


def _job(region: Region, task: Resource, asked: Fields) -> Job:
    source = region.endpoint(task.fields["SourceEndpointArn"])
    target = region.endpoint(task.fields["TargetEndpointArn"])
    group, stream = log_names(region, task)
    settings = task.fields["ReplicationTaskSettings"]
    enabled = bool(settings["Logging"].get("EnableLogging")) and may_log(region.name, group, stream)
    return Job(
        region=region.name,
        task_name=task.fields["ReplicationTaskIdentifier"],
        source=source.fields["S3Settings"],
        target_role=target.fields["DynamoDbSettings"]["ServiceAccessRoleArn"],
        table_mappings=task.fields["TableMappings"],
        settings=settings,
        on_behalf_of=(task.arn, source.arn, target.arn, task.fields["ReplicationInstanceArn"]),
        log=TaskLog(region=region.name, group=group, stream=stream, enabled=enabled),
        migration_type=task.fields["MigrationType"],
        stop_at=change_times.stop_at(asked),
    )


def _work(
    region: Region, task: Resource, run: Run, job: Job, kind: str, prepare: Callable[[Run], str]
) -> None:
    from local_aws.dataplane.load import failed  # late, as below

    failure = prepare(run)
    outcome = failed(job, failure) if failure else _outcome(region, task, run, job, kind)
    if run.interruption == "rebooting":
        outcome = failed(job, "The replication instance was rebooted.")  # not AWS's words, which are unknown
    elif run.stop.is_set() and not run.interruption:
        time.sleep(region.latency["task.stopping"])
    with region.lock:
        run.outcome = outcome
        run.stopped = time.time()
        if run.interruption == "maintenance":
            instance = region.instance(task.fields["ReplicationInstanceArn"])
            task.life.change("stopped", then="starting", after=instance.life.left)
        else:
            task.life.change("failed" if outcome.failure else "stopped")
    if task.arn not in region.tasks:
        if outcome.failure:
            announce_failed_replication(region, task, outcome.failure)
    elif outcome.failure:
        announce(region, TASK_FAILED, task, f"Reason: {outcome.failure}")
    else:
        announce(region, TASK_STOPPED, task, outcome.stop_reason)
    if run.interruption == "maintenance":
        _resume_after_maintenance(region, task, run, job)


def _resume_after_maintenance(region: Region, task: Resource, run: Run, job: Job) -> None:
    while task.life.status == "stopped":
        time.sleep(0.05)
    with region.lock:
        if task.life.status == "starting":
            begin(region, task, RESUME, run.position, job, lambda _: "")
        elif task.life.status == "stopping":
            task.life.change("stopped")


def _outcome(region: Region, task: Resource, run: Run, job: Job, kind: str) -> Outcome:
    # Late, since reading files is slow to import and most uses of DMS never do.
    from local_aws.dataplane.load import failed, run_task
    from local_aws.dataplane.plan import plan

    try:
        planned = plan(job)
        with region.lock:
            for table in planned.tables:
                name = table.owner, table.name
                run.tables.setdefault(
                    name, TableProgress(schema=name[0], table=name[1], reloaded=kind != FIRST)
                )
            begins = not run.stop.is_set()
            if begins:
                task.life.change("running")
        if begins and task.arn in region.tasks:
            announce(region, TASK_STARTED, task)
        hold.wait(run.stop.is_set)
        return run_task(job, planned, run.tables, run.position, run.stop)
    except TaskError as error:
        return failed(job, str(error))
    except Exception as error:  # noqa: BLE001 a task that cannot go on must not stay "running"
        for table in run.tables.values():
            if table.state == "Full load":
                table.end("Table error")
        return failed(job, f"{type(error).__name__}: {error}, an error in local AWS")
