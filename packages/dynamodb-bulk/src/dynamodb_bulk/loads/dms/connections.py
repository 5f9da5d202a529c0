"""Tests a task's endpoints from its instance: DMS starts no task whose endpoints were not reached before.

Source: https://docs.aws.amazon.com/dms/latest/APIReference/API_TestConnection.html
"""

import time

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.loads.load import DmsLoad, LoadFailed, Report

# A new role may take this long until DMS can assume it.
_PROPAGATION_SECONDS = 90


def reach_endpoints(load: DmsLoad, aws: Aws, report: Report) -> None:
    """Wait until both endpoints answer; raise LoadFailed with DMS's own message."""
    for side, arn in (("source", load.source_endpoint_arn), ("target", load.target_endpoint_arn)):
        report(f"reaching the {side} endpoint")
        _reach(load, side, arn, aws, report)


def _reach(load: DmsLoad, side: str, endpoint_arn: str, aws: Aws, report: Report) -> None:
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
        if time.monotonic() > give_up or not _may_pass(message):
            raise LoadFailed(f"load {load.name}: DMS cannot reach the {side} endpoint: {message or status}")
        report(f"reaching the {side} endpoint: the role does not exist yet, trying again")
        time.sleep(5)


def _may_pass(message: str) -> bool:
    return "assume" in message.lower()


def _connection(load: DmsLoad, endpoint_arn: str, aws: Aws) -> tuple[str, str]:
    answer = aws.dms.describe_connections(
        Filters=[
            {"Name": "endpoint-arn", "Values": [endpoint_arn]},
            {"Name": "replication-instance-arn", "Values": [load.instance_arn]},
        ]
    )
    for connection in answer.get("Connections", []):
        return connection.get("Status", ""), connection.get("LastFailureMessage", "")
    return "untested", ""
