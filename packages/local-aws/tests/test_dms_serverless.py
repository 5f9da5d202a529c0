"""Serverless replications: their states, their starts, and what may be done in which state."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.dms.lifecycle import PREPARING
from local_aws.dms.region import Run
from local_aws.dms.replications import deprovisioned
from local_aws.testing.orders import object_mapping
from local_aws.testing.stage import Stage

FINISHED = "Stop Reason FULL_LOAD_ONLY_FINISHED"


def refused(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response.get("Error", {}).get("Code", "")


def arns(stage: Stage) -> list[str]:
    found = stage.dms.describe_replication_configs()["ReplicationConfigs"]
    return [each.get("ReplicationConfigArn", "") for each in found]


def test_replication_loads_the_files_and_counts_them_as_a_task_does(stage: Stage):
    stage.files(LOAD001="a,1,x\nb,2,y\n")
    table = stage.table()
    settings = json.dumps({"Logging": {"EnableLogging": True}})
    replication = stage.replication(object_mapping(table), ReplicationSettings=settings)
    assert stage.replication_fields(replication)["Status"] == "created"
    ended = stage.replicate(replication)
    assert (ended["Status"], ended["StopReason"]) == ("stopped", FINISHED)
    assert ended["ReplicationDeprovisionTime"] > ended["ReplicationLastStopTime"]
    assert sorted(stage.items(table)) == ["a", "b"]
    answer = stage.dms.describe_replication_table_statistics(ReplicationConfigArn=replication)
    (counts,) = answer["ReplicationTableStatistics"]
    assert (counts["FullLoadRows"], counts["TableState"]) == (2, "Table completed")
    group = f"dms-serverless-replication-{stage.named('replication')}"
    assert stage.logs.describe_log_streams(logGroupName=group)["logStreams"]


def test_replication_tests_its_connections_by_itself(stage: Stage):
    role = stage.role("nobody", ("s3:ListBucket", "arn:aws:s3:::another"))
    ended = stage.replicate(stage.replication(source=stage.source(role)))
    assert ended["Status"] == "failed"
    assert "Test Endpoint failed" in ended["FailureMessages"][0]


def test_replication_goes_through_the_documented_states(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    replication = stage.replication(object_mapping(stage.table()))
    stage.dms.start_replication(ReplicationConfigArn=replication, StartReplicationType="start-replication")
    seen: list[str] = []

    def over() -> bool:
        seen.append(stage.replication_fields(replication)["Status"])
        return seen[-1] == "stopped"

    stage.until(over)
    met = [state for state in (*PREPARING, "running", "stopped") if state in seen]
    assert list(dict.fromkeys(seen)) == met
    assert {"preparing_metadata_resources", "testing_connection", "provisioning_capacity"} <= set(seen)


def test_replication_at_work_is_stopped_and_until_then_neither_modified_nor_deleted(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    table = stage.table()
    replication = stage.replication(object_mapping(table))
    dms, whose = stage.dms, {"ReplicationConfigArn": replication}
    dms.start_replication(**whose, StartReplicationType="start-replication")
    for call in (dms.delete_replication_config, dms.modify_replication_config):
        assert refused(call, **whose) == "InvalidResourceStateFault"
    dms.stop_replication(**whose)
    stage.until(lambda: stage.replication_fields(replication)["Status"] == "stopped")
    assert refused(dms.stop_replication, **whose) == "InvalidResourceStateFault"
    assert stage.replicate(replication, "reload-target")["StopReason"] == FINISHED
    endpoint = stage.replication_fields(replication)["SourceEndpointArn"]
    assert refused(dms.delete_endpoint, EndpointArn=endpoint) == "InvalidResourceStateFault"
    dms.delete_replication_config(**whose)
    stage.until(lambda: replication not in arns(stage))


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("reload-target", {}),
        ("resume-processing", {}),
        ("start-replication", {"CdcStartPosition": "2026-01-01T00:00:00"}),
        ("start-replication", {"CdcStartTime": 1_700_000_000}),
    ],
)
def test_first_start_is_refused_when_it_is_another_or_has_a_place(
    stage: Stage, kind: str, more: dict[str, Any]
):
    replication = stage.replication()
    request = {"ReplicationConfigArn": replication, "StartReplicationType": kind, **more}
    assert refused(stage.dms.start_replication, **request) == "InvalidParameterCombinationException"


@pytest.mark.parametrize("kind", ["start-replication", "resume-processing"])
def test_later_start_of_a_full_load_reloads_and_does_nothing_else(stage: Stage, kind: str):
    stage.files(LOAD001="a,1,x\n")
    replication = stage.replication(object_mapping(stage.table()))
    stage.replicate(replication)
    request = {"ReplicationConfigArn": replication, "StartReplicationType": kind}
    assert refused(stage.dms.start_replication, **request) == "InvalidParameterCombinationException"


def test_replication_is_deprovisioned_when_it_was_stopped_for_more_than_two_days():
    stopped = time.time() - 48 * 3600
    late, early = (Run(first_start=0, started=0, tables={}, stopped=stopped + off) for off in (-9, 99))
    assert (deprovisioned(late), deprovisioned(early)) == (True, False)


@pytest.mark.parametrize(
    ("compute", "code"),
    [
        ({"MaxCapacityUnits": 3}, "InvalidParameterValueException"),
        ({"MinCapacityUnits": 16}, "InvalidParameterCombinationException"),
        ({"MultiAZ": True, "AvailabilityZone": "eu-west-1a"}, "InvalidParameterCombinationException"),
        ({"AvailabilityZone": "eu-west-9z"}, "InvalidParameterValueException"),
        ({"ReplicationSubnetGroupId": "none"}, "ResourceNotFoundFault"),
    ],
)
def test_config_is_refused_when_its_capacity_or_place_is_none(
    stage: Stage, compute: dict[str, Any], code: str
):
    with pytest.raises(ClientError) as caught:
        stage.replication(compute=compute)
    assert caught.value.response.get("Error", {}).get("Code", "") == code


def test_type_is_not_modified_once_there_was_capacity(stage: Stage):
    stage.files(LOAD001="a,1,x\n")
    replication = stage.replication(object_mapping(stage.table()))
    modify, same = stage.dms.modify_replication_config, {"ReplicationConfigArn": replication}
    modify(**same, ReplicationType="full-load")
    stage.replicate(replication)
    modify(**same, ReplicationType="full-load")
    assert refused(modify, **same, ReplicationType="full-load-and-cdc") == "InvalidParameterValueException"


def test_config_when_modified_keeps_the_rest(stage: Stage):
    replication = stage.replication()
    compute = {"MaxCapacityUnits": 8}
    changed = stage.dms.modify_replication_config(ReplicationConfigArn=replication, ComputeConfig=compute)[
        "ReplicationConfig"
    ]
    assert changed["ComputeConfig"]["MaxCapacityUnits"] == 8
    assert changed["ComputeConfig"]["MinCapacityUnits"] == 1
    assert changed["ReplicationType"] == "full-load"
