"""Where the real AWS provider does what a program does not mean: shown by the replacement, not hidden.

Source: hashicorp/terraform-provider-aws, internal/service/{dynamodb,dms,s3}.
"""

import json
from typing import Any, cast

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2 as pb

from local_aws.testing.export_stage import ExportStage
from local_aws.testing.held import slow_time_to_live
from local_aws.testing.orders import SELECT_ALL
from local_aws.testing.stage import Stage
from offline_pulumi.provider.differences import Difference, difference
from offline_pulumi.provider.failures import Failure
from offline_pulumi.provider.lifecycle import Lifecycle
from offline_pulumi.provider.properties import to_struct
from offline_pulumi.provider.service import AwsProvider
from offline_pulumi.provider.settings import Clients, Settings
from offline_pulumi.provider.translate import Snapshot
from offline_pulumi.provider.types import TYPES

Props = dict[str, Any]
TABLE, EXPORT = "aws:dynamodb/table:Table", "aws:dynamodb/tableExport:TableExport"
TASK, OBJECT = "aws:dms/replicationTask:ReplicationTask", "aws:s3/bucketObjectv2:BucketObjectv2"
TTL: Props = {"attributeName": "expires", "enabled": True}
EVERY_TABLE: Props = {"readUnitsPerSecond": 12_000, "writeUnitsPerSecond": 4_000}
WARM: Props = {"readUnitsPerSecond": 15_000, "writeUnitsPerSecond": 5_000}


def of(stage: Stage, token: str) -> Lifecycle:
    return Lifecycle(TYPES[token], Clients(Settings(region=stage.region, endpoint=stage.url)).get, {})


def seen(lifecycle: Lifecycle, made: Snapshot, old: Props, new: Props) -> Difference:
    """What the next `up` finds to do for new inputs."""
    return difference(lifecycle.entry, old, new, state=made.state, default_tags={}, name="x")


def inputs(stage: Stage, **more: Any) -> Props:
    return {
        "name": stage.named("trap"),
        "hashKey": "id",
        "attributes": [{"name": "id", "type": "S"}],
        "billingMode": "PAY_PER_REQUEST",
        **more,
    }


def test_table_imported_while_time_to_live_is_enabling_is_read_without_it_and_not_updated(
    stage: Stage,
) -> None:
    table = of(stage, TABLE)
    plain, wanted = inputs(stage), inputs(stage, ttl=TTL)
    made = table.create(plain)
    with slow_time_to_live(stage.url):
        stage.dynamodb.update_time_to_live(
            TableName=made.id, TimeToLiveSpecification={"AttributeName": "expires", "Enabled": True}
        )
        imported = table.read(made.id, {})
        assert imported is not None
        assert imported.state["ttl"] == {"attributeName": "expires", "enabled": False}
        found = seen(table, imported, imported.inputs, wanted)
        assert found.changed == ("ttl",)
        with pytest.raises(Failure, match="ValidationException: TimeToLive is already enabled"):
            table.update(made.id, wanted, found.changed, imported.state)
    stage.until(lambda: (read := table.read(made.id, {})) is not None and read.state["ttl"] == TTL)


def test_table_waits_for_time_to_live_that_the_provider_turns_on(stage: Stage) -> None:
    made = of(stage, TABLE).create(inputs(stage, ttl=TTL))
    assert made.state["ttl"] == TTL


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("ttl", TTL),
        ("pointInTimeRecovery", {"enabled": True}),
        ("serverSideEncryption", {"enabled": True}),
        ("warmThroughput", WARM),
    ],
)
def test_setting_of_a_table_stays_when_the_program_has_it_no_more(
    stage: Stage, argument: str, value: Props
) -> None:
    table = of(stage, TABLE)
    given = inputs(stage, **{argument: value})
    made = table.create(given)
    assert seen(table, made, given, inputs(stage)).changed == ()


def test_on_demand_maximum_that_is_removed_sends_an_update_that_aws_refuses(stage: Stage) -> None:
    table = of(stage, TABLE)
    given, wanted = inputs(stage, onDemandThroughput={"maxReadRequestUnits": 100}), inputs(stage)
    made = table.create(given)
    found = seen(table, made, given, wanted)
    assert found.changed == ("onDemandThroughput",)
    with pytest.raises(Failure, match="ValidationException: At least one of ProvisionedThroughput"):
        table.update(made.id, wanted, found.changed, made.state)


def test_on_demand_maximum_stays_when_it_is_removed_next_to_another_change(stage: Stage) -> None:
    table = of(stage, TABLE)
    given = inputs(stage, onDemandThroughput={"maxReadRequestUnits": 100})
    wanted = inputs(stage, deletionProtectionEnabled=True)
    made = table.create(given)
    updated = table.update(made.id, wanted, seen(table, made, given, wanted).changed, made.state)
    assert updated.state["deletionProtectionEnabled"] is True
    assert updated.state["onDemandThroughput"]["maxReadRequestUnits"] == 100


def test_update_sends_what_differs_from_the_state_when_the_table_is_like_that_already(stage: Stage) -> None:
    table = of(stage, TABLE)
    plain, wanted = inputs(stage), inputs(stage, streamEnabled=True, streamViewType="NEW_IMAGE")
    made = table.create(plain)
    on = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    stage.dynamodb.update_table(TableName=made.id, StreamSpecification=on)
    with pytest.raises(Failure, match="ValidationException: Table already has an enabled stream"):
        table.update(made.id, wanted, seen(table, made, plain, wanted).changed, made.state)


def test_warm_throughput_that_every_table_has_is_a_difference_for_ever(stage: Stage) -> None:
    table = of(stage, TABLE)
    given = inputs(stage, warmThroughput=EVERY_TABLE)
    made = table.create(given)
    for _ in range(2):
        found = seen(table, made, given, given)
        assert (found.changed, found.replaces) == (("warmThroughput",), ())
        made = table.update(made.id, given, found.changed, made.state)
    assert "warmThroughput" not in made.state


def test_table_is_replaced_when_its_warm_throughput_has_risen_above_what_is_wanted(stage: Stage) -> None:
    table = of(stage, TABLE)
    given = inputs(stage, warmThroughput=WARM)
    made = table.create(given)
    assert seen(table, made, given, given).changed == ()
    raised = {"ReadUnitsPerSecond": 30_000, "WriteUnitsPerSecond": 5_000}
    stage.dynamodb.update_table(TableName=made.id, WarmThroughput=raised)
    refreshed = table.read(made.id, given)
    assert refreshed is not None
    assert seen(table, refreshed, refreshed.inputs, given).replaces == ("warmThroughput",)


def test_warm_throughput_that_is_ignored_is_no_difference() -> None:
    inputs = to_struct({"warmThroughput": WARM})
    raised = to_struct({"warmThroughput": {name: 2 * units for name, units in WARM.items()}})
    request = pb.DiffRequest(
        id="trap",
        urn=f"urn:pulumi:dev::shop::{TABLE}::trap",
        old_inputs=inputs,
        news=inputs,
        olds=raised,
    )
    assert AwsProvider().Diff(request, unused()).replaces == ["warmThroughput"]
    request.ignoreChanges.append("warmThroughput")
    assert AwsProvider().Diff(request, unused()).changes == pb.DiffResponse.DIFF_NONE


def unused() -> grpc.ServicerContext:
    """The context of a call that does not fail."""
    return cast("grpc.ServicerContext", None)


def test_object_with_more_than_ten_tags_is_refused_by_s3(stage: Stage) -> None:
    stage.make_bucket()
    tags = {f"tag{number}": "x" for number in range(11)}
    with pytest.raises(Failure, match="BadRequest: Object tags cannot be greater than 10"):
        of(stage, OBJECT).create({"bucket": stage.bucket, "key": "a", "content": "x", "tags": tags})


def test_export_is_made_anew_when_its_key_is_not_named_by_its_arn(stage: Stage) -> None:
    exports, lifecycle = ExportStage(stage), of(stage, EXPORT)
    key = stage.client("kms").create_key()["KeyMetadata"]
    given: Props = {
        "tableArn": exports.arn(exports.table("a")),
        "s3Bucket": stage.bucket,
        "s3SseAlgorithm": "KMS",
        "s3SseKmsKeyId": key["KeyId"],
    }
    made = lifecycle.create(given)
    assert seen(lifecycle, made, given, given).replaces == ("s3SseKmsKeyId",)
    named = given | {"s3SseKmsKeyId": key["Arn"]}
    assert seen(lifecycle, made, named, named).changed == ()


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"TargetMetadata": {"SupportLobs": "true"}}, "a string at TargetMetadata.SupportLobs"),
        ({"TargetMetadata": {"LobMaxSize": "32"}}, "a string at TargetMetadata.LobMaxSize"),
        ({"FullLoadSettings": {"TargetTablePrepMode": "DO_NOTHING", "CommitRate": "1"}}, "CommitRate"),
    ],
)
def test_plugin_crashes_at_the_next_up_when_settings_have_other_types_than_those_of_dms(
    stage: Stage, settings: Props, place: str
) -> None:
    lifecycle, given = of(stage, TASK), task(stage, settings)
    made = lifecycle.create(given)
    with pytest.raises(Failure, match=f"Request cancelled: the plugin crashed.*{place}"):
        seen(lifecycle, made, given, given)


def test_settings_of_a_task_are_quiet_when_they_are_part_of_those_of_dms(stage: Stage) -> None:
    components = [{"Id": "TASK_MANAGER", "Severity": "LOGGER_SEVERITY_DEFAULT"}]
    logging = {"EnableLogging": True, "LogComponents": components}
    settings = {"Logging": logging, "TargetMetadata": {"LobMaxSize": 64}, "TTSettings": None}
    lifecycle, given = of(stage, TASK), task(stage, settings)
    made = lifecycle.create(given)
    assert seen(lifecycle, made, given, given).changed == ()
    other = given | {"replicationTaskSettings": json.dumps({"TargetMetadata": {"LobMaxSize": 32}})}
    assert seen(lifecycle, made, given, other).changed == ("replicationTaskSettings",)


def task(stage: Stage, settings: Props) -> Props:
    stage.make_bucket()
    return {
        "replicationTaskId": stage.named("trap"),
        "migrationType": "full-load",
        "replicationInstanceArn": stage.ready_instance(),
        "sourceEndpointArn": stage.source(),
        "targetEndpointArn": stage.target(),
        "tableMappings": json.dumps({"rules": [SELECT_ALL]}),
        "replicationTaskSettings": json.dumps(settings),
    }
