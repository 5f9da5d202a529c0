"""Starts what runs a load. A task is started once its endpoints are reached, since DMS starts no other;
a serverless replication reaches them by itself.

An answer of AWS that is lost on its way is not a failure: the task itself shows whether it was started.
Sources: https://docs.aws.amazon.com/dms/latest/APIReference/API_TestConnection.html
https://docs.aws.amazon.com/dms/latest/APIReference/API_StartReplicationTask.html
https://docs.aws.amazon.com/dms/latest/APIReference/API_StartReplication.html
"""

import itertools
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore import exceptions as botocore
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.clock import aws_now
from dynamodb_bulk.aws.polling import Report, poll
from dynamodb_bulk.loads.dms.connection_failures import Side, in_words
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.dms.runner import Runner, runner_of
from dynamodb_bulk.loads.dms.task import TaskState, describe_task
from dynamodb_bulk.spec.errors import LoadFailed
from dynamodb_bulk.spec.migration import SERVER_TIME

if TYPE_CHECKING:
    from types_boto3_dms.type_defs import FilterTypeDef

# Between attempts; each of them is repeated by boto3 as well.
_PAUSES = (2.0, 5.0, 10.0)
_LOOK_SECONDS = 900
# A new role may take this long until DMS can assume it.
_PROPAGATION_SECONDS = 90


def reach_endpoints(load: TaskLoad, aws: Aws, report: Report) -> None:
    """Wait until both endpoints answer; raises LoadFailed with the cause, what to do, and DMS's message.

    Those of a serverless replication answer to nobody else.
    """
    if not runner_of(load.task_arn).on_instance:
        return
    sides: dict[Side, str] = {"source": load.source_endpoint_arn, "target": load.target_endpoint_arn}
    for side, arn in sides.items():
        report(f"reaching the {side} endpoint")
        _reach(load, side, arn, aws, report)


def set_data_format(load: TaskLoad, aws: Aws, report: Report) -> None:
    """Have the source endpoint read files of the load's format.

    The AWS provider does not send that of a source:
    https://github.com/hashicorp/terraform-provider-aws/issues/49616
    """
    if not load.data_format:
        return
    filters: list[FilterTypeDef] = [{"Name": "endpoint-arn", "Values": [load.source_endpoint_arn]}]
    for endpoint in aws.dms.describe_endpoints(Filters=filters).get("Endpoints", []):
        if endpoint.get("S3Settings", {}).get("DataFormat", "").lower() != load.data_format:
            report(f"setting the source endpoint to {load.data_format}")
            aws.dms.modify_endpoint(
                EndpointArn=load.source_endpoint_arn,
                S3Settings={"DataFormat": load.data_format},  # pyright: ignore[reportArgumentType]
            )


def start_task(load: TaskLoad, before: TaskState, aws: Aws, report: Report, *, on: bool = False) -> None:
    """Start it, at rest as `before` says; raises LoadFailed with AWS's words where it refuses.

    It begins again, or goes `on` where it stopped.
    """
    runner = runner_of(load.task_arn)
    if before.status == "deprovisioned":
        raise LoadFailed(
            f"load {load.name}: its replication was stopped for so long that AWS took its capacity, and it "
            "cannot be started again; have it made anew: set `bulk:window: closed`, run `pulumi up`, and "
            "open the window again"
        )
    lost = False
    asked = start_request(load, before, on=on)
    for attempt in itertools.count():
        error = _start(runner, asked, aws)
        if error is None:
            return
        lost = lost or _may_have_arrived(error)
        if lost:
            report(f"checking whether the {runner.noun} was started")
            task = poll(
                lambda: describe_task(load, aws),
                lambda _: True,
                limit_seconds=_LOOK_SECONDS,
                what=f"the {runner.noun} of load {load.name}",
            )
            if task.started != before.started or task.status in ("starting", "running"):
                return
        if not lost or attempt == len(_PAUSES):
            raise LoadFailed(f"load {load.name}: DMS does not start the {runner.noun}: {error}")
        time.sleep(_PAUSES[attempt])


def start_request(load: TaskLoad, before: TaskState, *, on: bool = False) -> dict[str, Any]:
    """Return what DMS is asked for; to go `on` where the task stopped, or to begin again.

    A task of changes alone begins where its dataset says: the first time, and again only by
    start-replication with that place, as AWS documents. Raise LoadFailed for an end that is over.
    """
    first = not before.has_run
    more: dict[str, Any] = {}
    if stop := load.cdc_stop_position:
        moment = datetime.strptime(stop.removeprefix(SERVER_TIME), "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
        if moment <= aws_now():
            raise LoadFailed(
                f"load {load.name}: its cdc_stop_position {stop} is over; set a later one, or remove it"
            )
        more["CdcStopPosition"] = stop
    start = start_of_changes(load)
    if on and not first:
        kind = "resume-processing"
    elif first or (not before.loads and start):
        kind, more = "start-replication", {**more, **start}
    else:
        kind = "reload-target" if before.loads else "resume-processing"
    return {**more, **runner_of(load.task_arn).request(load.task_arn, kind)}


def start_of_changes(load: TaskLoad) -> dict[str, Any]:
    """Return where changes begin, as StartReplicationTask takes it; nothing where the load does not say."""
    if load.cdc_start_position:
        return {"CdcStartPosition": load.cdc_start_position}
    return {"CdcStartTime": load.changes.since} if load.changes and load.changes.since else {}


def _start(runner: Runner, asked: dict[str, Any], aws: Aws) -> Exception | None:
    try:
        runner.start(asked, aws)
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        return error
    return None


def _may_have_arrived(error: Exception) -> bool:
    """Return whether DMS may have started the task: boto3 repeats a call whose response was lost.

    A task that someone else has started at the same time is in no state to be started.
    """
    if isinstance(error, ClientError):
        if error.response.get("Error", {}).get("Code") == "InvalidResourceStateFault":
            return True
        answer = error.response.get("ResponseMetadata", {})
        return answer.get("HTTPStatusCode", 0) >= 500 or answer.get("RetryAttempts", 0) > 0
    return isinstance(error, (botocore.ConnectionError, botocore.HTTPClientError, ResponseParserError))


def _reach(load: TaskLoad, side: Side, endpoint_arn: str, aws: Aws, report: Report) -> None:
    give_up = time.monotonic() + _PROPAGATION_SECONDS
    status, message = _connection(load, endpoint_arn, aws)
    if status == "successful":
        return
    while True:
        if status != "testing":
            aws.dms.test_connection(ReplicationInstanceArn=load.instance_arn, EndpointArn=endpoint_arn)
        status, message = poll(
            lambda: _connection(load, endpoint_arn, aws),
            lambda seen: seen[0] != "testing",
            limit_seconds=300,
            what=f"the test of the {side} endpoint",
            report=report,
        )
        if status == "successful":
            return
        if time.monotonic() > give_up or "assume" not in message.lower():
            why = in_words(message, side) or status
            raise LoadFailed(f"load {load.name}: DMS cannot reach the {side} endpoint: {why}")
        report(f"reaching the {side} endpoint: the role does not exist yet, trying again")
        time.sleep(5)


def _connection(load: TaskLoad, endpoint_arn: str, aws: Aws) -> tuple[str, str]:
    answer = aws.dms.describe_connections(
        Filters=[
            {"Name": "endpoint-arn", "Values": [endpoint_arn]},
            {"Name": "replication-instance-arn", "Values": [load.instance_arn]},
        ]
    )
    for connection in answer.get("Connections", []):
        return connection.get("Status", ""), connection.get("LastFailureMessage", "")
    return "untested", ""
