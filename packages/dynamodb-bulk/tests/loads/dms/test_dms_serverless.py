"""Loads by a serverless replication: what its states mean, and runs against local AWS."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from bulk_testing.arranged import Arranged
from dynamodb_bulk.loads.dms.loader import DMS
from dynamodb_bulk.loads.dms.run import judge, progress
from dynamodb_bulk.loads.dms.runner import ServerlessRunner
from dynamodb_bulk.loads.dms.start import start_request
from dynamodb_bulk.loads.dms.task import TaskState, describe_task, stop_task
from dynamodb_bulk.loads.verdict import Counted
from dynamodb_bulk.spec.errors import LoadFailed
from local_aws.testing.orders import object_mapping

ARN = "arn:aws:dms:eu-west-1:123456789012:replication-config:ABC"
NOW = datetime(2026, 11, 28, tzinfo=UTC)


class Answering:
    """DMS with one serverless replication, or none."""

    def __init__(self, *found: dict[str, Any]) -> None:
        self.found = list(found)
        self.dms = self

    def describe_replications(self, **_request: Any) -> dict[str, Any]:
        return {"Replications": self.found}


def described(**fields: Any) -> Any:
    aws: Any = Answering(fields)
    return ServerlessRunner().described(ARN, aws)


@pytest.mark.parametrize(
    ("said", "status", "phase"),
    [
        ("created", "ready", ""),
        ("initializing", "starting", "initializing"),
        ("provisioning_capacity", "starting", "provisioning capacity"),
        ("Provisioning Capacity", "starting", "provisioning capacity"),
        ("a state that AWS adds", "starting", "a state that aws adds"),
        ("RUNNING", "running", ""),
        ("stopping", "stopping", ""),
        ("stopped", "stopped", ""),
        ("failed", "failed", ""),
        ("deprovisioned", "deprovisioned", ""),
    ],
)
def test_described_status_is_one_of_a_task_with_what_it_starts_with(
    said: str, status: str, phase: str
) -> None:
    found = described(Status=said)
    assert (found.status, found.phase) == (status, phase)


def test_described_is_deprovisioned_when_its_capacity_says_so() -> None:
    found = described(Status="stopped", ProvisionData={"ProvisionState": "deprovisioned"})
    assert found.status == "deprovisioned"
    assert not TaskState(status=found.status).busy


def test_described_is_none_when_aws_has_none() -> None:
    aws: Any = Answering()
    assert ServerlessRunner().described(ARN, aws) is None


def test_described_says_how_long_its_capacity_is_kept_only_when_stopped() -> None:
    kept = {"ReplicationDeprovisionTime": NOW}
    assert described(Status="stopped", **kept).idle_until == NOW
    assert described(Status="running", **kept).idle_until is None


def test_progress_says_what_it_starts_with() -> None:
    state = TaskState(noun="replication", status="starting", phase="provisioning capacity")
    assert progress(state, 2) == "replication starting: provisioning capacity"


def test_verdict_has_the_failure_of_its_own_connection_test() -> None:
    found = described(Status="failed", FailureMessages=["Test Endpoint failed", "of source"])
    state = TaskState(noun="replication", status=found.status, failure=found.failure)
    assert "the replication is failed: Test Endpoint failed; of source" in judge(state, Counted(rows=1)).words


@pytest.fixture
def serverless(arranged: Arranged) -> Arranged:
    """The load by a serverless replication."""
    load, stage = arranged.load, arranged.stage
    source, target = load.source_endpoint_arn, load.target_endpoint_arn
    arn = stage.replication(object_mapping(load.table), source=source, target=target)
    group = f"dms-serverless-replication-{stage.named('replication')}"
    arranged.load = load.model_copy(update={"task_arn": arn, "instance_arn": "", "log_group": group})
    return arranged


@pytest.mark.parametrize(
    ("kind", "started", "on", "asked"),
    [
        ("full-load", "", False, "start-replication"),
        ("full-load", "once", False, "reload-target"),
        ("full-load-and-cdc", "once", False, "reload-target"),
        ("full-load-and-cdc", "once", True, "resume-processing"),
        ("cdc", "", False, "start-replication"),
        ("cdc", "once", False, "resume-processing"),
    ],
)
def test_start_request_has_the_start_type_that_aws_documents(
    arranged: Arranged, kind: str, started: str, on: bool, asked: str
) -> None:
    load = arranged.load.model_copy(update={"migration_type": kind, "task_arn": ARN})
    state = TaskState(status="stopped", started=started, loads=kind != "cdc", applies=kind != "full-load")
    wanted = {"ReplicationConfigArn": ARN, "StartReplicationType": asked}
    assert start_request(load, state, on=on) == wanted


def test_load_is_judged_loaded_again_and_stopped_as_by_a_task(serverless: Arranged) -> None:
    serverless.run()
    assert serverless.said[-1].startswith("2 rows loaded")
    assert "AWS keeps its capacity" in serverless.said[-1]
    status = serverless.status()
    assert (status.good, status.items_written) == (True, 2)
    by_arn = DMS.arn_status(serverless.load.task_arn, serverless.aws)
    assert by_arn
    assert by_arn.items_written == 2
    serverless.files("a,1.5,x\nb,2,\nc,3,\n")
    serverless.run("two")
    assert sorted(serverless.stage.items(serverless.load.table)) == ["a", "b", "c"]
    assert DMS.stop(serverless.load, serverless.aws, serverless.said.append) == "nothing is running"
    metrics = [one.metric for one in DMS.last_run(serverless.load, serverless.aws).metrics]
    of_dms = [list(one.dimensions) for one in metrics if one.namespace == "AWS/DMS"]
    assert of_dms == [["ReplicationConfigId"]]


def test_load_with_a_bad_row_is_not_good(serverless: Arranged) -> None:
    serverless.files("a,1.5,x\nb,many,\n")
    assert "rejected" in serverless.failure()
    assert serverless.status().good is False


def test_load_is_refused_when_its_replication_was_deprovisioned(
    serverless: Arranged, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = TaskState(noun="replication", status="deprovisioned")
    monkeypatch.setattr("dynamodb_bulk.loads.dms.begin.describe_task", lambda *_: found)
    with pytest.raises(LoadFailed, match="bulk:window"):
        serverless.run()


def test_stop_ends_one_that_is_starting(serverless: Arranged) -> None:
    arn, dms = serverless.load.task_arn, serverless.stage.dms
    dms.start_replication(ReplicationConfigArn=arn, StartReplicationType="start-replication")
    stop_task(serverless.aws, task_arn=arn)
    assert describe_task(serverless.load, serverless.aws).stopped


def test_log_has_the_lines_of_all_streams_by_their_times(serverless: Arranged) -> None:
    group, logs = serverless.load.log_group, serverless.stage.logs
    now = int(time.time()) * 1000
    logs.create_log_group(logGroupName=group)
    for stream, offsets in (
        ("dms-serverless-replication-orchestrator-1", (0, 2)),
        ("dms-serverless-x", (1,)),
    ):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        events = [{"timestamp": now + each, "message": f"line {each}"} for each in offsets]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    assert [line.text for line in DMS.log(serverless.load, serverless.aws)] == ["line 0", "line 1", "line 2"]


def test_log_is_empty_when_there_is_no_group(serverless: Arranged) -> None:
    assert list(DMS.log(serverless.load, serverless.aws)) == []
