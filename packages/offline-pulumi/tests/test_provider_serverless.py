"""The replacement's serverless replications, against local DMS."""

import json
from typing import Any

from local_aws.testing.orders import SELECT_ALL, object_mapping
from local_aws.testing.stage import Stage
from offline_pulumi.provider.lifecycle import Lifecycle
from offline_pulumi.provider.settings import Clients, Settings
from offline_pulumi.provider.types import TYPES

CONFIG = "aws:dms/replicationConfig:ReplicationConfig"


def configs(stage: Stage) -> Lifecycle:
    clients = Clients(Settings(region=stage.region, endpoint=stage.url))
    return Lifecycle(TYPES[CONFIG], clients.get, {})


def given(stage: Stage, **others: Any) -> dict[str, Any]:
    stage.files(LOAD001="o1,1,\n")
    rules = [SELECT_ALL, object_mapping(stage.table())]
    return {
        "replicationConfigIdentifier": stage.named("replication"),
        "replicationType": "full-load",
        "sourceEndpointArn": stage.source(),
        "targetEndpointArn": stage.target(),
        "tableMappings": json.dumps({"rules": rules}),
        "replicationSettings": json.dumps({"Logging": {"EnableLogging": False}}),
        "computeConfig": {
            "maxCapacityUnits": 4,
            "minCapacityUnits": 1,
            "replicationSubnetGroupId": stage.subnet_group(),
        },
        **others,
    }


def test_config_is_made_changed_in_place_and_deleted(stage: Stage) -> None:
    inputs, provider = given(stage), configs(stage)
    made = provider.create(inputs)
    assert made.id.startswith("arn:aws:dms:")
    assert stage.replication_fields(made.id)["Status"] == "created"
    more = {**inputs, "computeConfig": {**inputs["computeConfig"], "maxCapacityUnits": 8}}
    changed = provider.update(made.id, more, ["computeConfig"], made.state)
    assert changed.state["computeConfig"]["maxCapacityUnits"] == 8
    provider.delete(made.id, changed.state)
    assert provider.read(made.id, {}) is None


def test_config_starts_and_is_stopped_before_it_is_deleted(stage: Stage) -> None:
    stage.routes_out()
    with stage.held():
        made = configs(stage).create(given(stage, startReplication=True))
        assert stage.replication_fields(made.id)["Status"] == "running"
        configs(stage).delete(made.id, made.state)
    assert configs(stage).read(made.id, {}) is None
