"""Tables and parameters that exist already, taken over as the engine's import does it."""

from typing import Any

import pytest

from local_aws.testing.fixtures import needs_replicas
from local_aws.testing.stage import Stage
from offline_pulumi.provider.differences import difference
from offline_pulumi.provider.failures import Failure, InitFailure
from offline_pulumi.provider.functions import FUNCTIONS
from offline_pulumi.provider.inputs import failures
from offline_pulumi.provider.lifecycle import Lifecycle
from offline_pulumi.provider.settings import Clients, Settings
from offline_pulumi.provider.types import TYPES

Props = dict[str, Any]
KEYS: Props = {"hashKey": "PK", "rangeKey": "SK"}
ATTRIBUTES = [{"name": name, "type": "S"} for name in ("PK", "SK", "city", "day")]
ON_DEMAND: Props = {**KEYS, "billingMode": "PAY_PER_REQUEST", "attributes": ATTRIBUTES[:2]}
INDEXES: list[Props] = [
    {"name": "by-city", "hashKey": "city", "rangeKey": "day", "projectionType": "ALL"},
    {
        "name": "by-day",
        "hashKey": "day",
        "projectionType": "INCLUDE",
        "nonKeyAttributes": ["b", "a"],
    },
]
EVERYTHING: Props = {
    **ON_DEMAND,
    "attributes": ATTRIBUTES,
    "globalSecondaryIndexes": INDEXES,
    "localSecondaryIndexes": [{"name": "local", "rangeKey": "day", "projectionType": "KEYS_ONLY"}],
    "onDemandThroughput": {"maxReadRequestUnits": 100, "maxWriteRequestUnits": 50},
    "warmThroughput": {"readUnitsPerSecond": 13000},
    "pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 7},
    "ttl": {"enabled": True, "attributeName": "expires"},
    "streamEnabled": True,
    "streamViewType": "NEW_AND_OLD_IMAGES",
    "tableClass": "STANDARD_INFREQUENT_ACCESS",
    "deletionProtectionEnabled": True,
    "serverSideEncryption": {"enabled": True},
    "replicas": [{"regionName": "us-east-2"}],
    "tags": {"stack": "test", **{f"tag{number}": "x" for number in range(12)}},
}
UNITS = {"readCapacity": 4, "writeCapacity": 3}
PROVISIONED: Props = {
    **KEYS,
    **UNITS,
    "attributes": ATTRIBUTES,
    "globalSecondaryIndexes": [index | UNITS for index in INDEXES],
}
TABLE, PARAMETER = "aws:dynamodb/table:Table", "aws:ssm/parameter:Parameter"


@pytest.fixture
def clients(server: str) -> Clients:
    return Clients(Settings(region="eu-west-1", endpoint=server))


def of(clients: Clients, token: str) -> Lifecycle:
    return Lifecycle(TYPES[token], clients.get, {})


def changes(lifecycle: Lifecycle, old: Props, new: Props, state: Props) -> tuple[str, ...]:
    return difference(lifecycle.entry, old, new, state=state, default_tags={}, name="x").changed


def adopted(lifecycle: Lifecycle, physical: str, inputs: Props) -> Props:
    """The state of a resource imported with a program's inputs, as the engine imports it."""
    assert failures(lifecycle.entry, inputs) == {}
    found = lifecycle.read(physical, {})
    assert found is not None
    assert changes(lifecycle, found.inputs, inputs, found.state) == ()
    return found.state


def assert_quiet(lifecycle: Lifecycle, physical: str, inputs: Props) -> None:
    """Neither refresh nor the next `up` find anything to do."""
    found = lifecycle.read(physical, inputs)
    assert found is not None
    assert found.inputs == inputs
    assert changes(lifecycle, found.inputs, inputs, found.state) == ()


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param(ON_DEMAND, id="on demand"),
        pytest.param(EVERYTHING, id="everything", marks=needs_replicas),
        pytest.param(PROVISIONED, id="provisioned"),
    ],
)
def test_table_when_it_exists_is_adopted_without_differences(
    clients: Clients, stage: Stage, inputs: Props
) -> None:
    table = of(clients, TABLE)
    named = inputs | {"name": stage.named("adopted")}
    made = table.create(named)
    adopted(table, made.id, named)
    assert_quiet(table, made.id, named)


def test_table_when_orders_differ_is_adopted_without_differences(clients: Clients, stage: Stage) -> None:
    table = of(clients, TABLE)
    named: Props = PROVISIONED | {"name": stage.named("adopted")}
    made = table.create(named)
    mixed: Props = named | {
        "attributes": named["attributes"][::-1],
        "globalSecondaryIndexes": [
            INDEXES[1] | UNITS | {"nonKeyAttributes": ["a", "b"]},
            INDEXES[0] | UNITS,
        ],
    }
    adopted(table, made.id, mixed)
    assert_quiet(table, made.id, mixed)


def test_table_made_by_hand_is_adopted_as_the_program_has_it(clients: Clients, stage: Stage) -> None:
    name = stage.table(DeletionProtectionEnabled=True, Tags=[{"Key": "dataset", "Value": "orders"}])
    inputs: Props = {
        "name": name,
        "hashKey": "id",
        "attributes": [{"name": "id", "type": "S"}],
        "billingMode": "PAY_PER_REQUEST",
        "pointInTimeRecovery": {"enabled": False},
        "tableClass": "STANDARD",
        "deletionProtectionEnabled": True,
        "tags": {"dataset": "orders"},
    }
    table = of(clients, TABLE)
    state = adopted(table, name, inputs)
    assert state["arn"].endswith(f":table/{name}")
    assert_quiet(table, name, inputs)


@needs_replicas
@pytest.mark.parametrize(
    ("other", "changed"),
    [
        ({"hashKey": "city"}, "hashKey"),
        ({"billingMode": "PROVISIONED"}, "billingMode"),
        ({"ttl": {"enabled": True, "attributeName": "other"}}, "ttl"),
        ({"pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 8}}, "pointInTimeRecovery"),
        ({"tags": {"stack": "other"}}, "tags"),
        ({"streamViewType": "OLD_IMAGE"}, "streamViewType"),
        ({"tableClass": "STANDARD"}, "tableClass"),
        ({"deletionProtectionEnabled": False}, "deletionProtectionEnabled"),
        ({"globalSecondaryIndexes": INDEXES[:1]}, "globalSecondaryIndexes"),
        ({"onDemandThroughput": {"maxReadRequestUnits": 100}}, "onDemandThroughput"),
        ({"warmThroughput": {"readUnitsPerSecond": 12500}}, "warmThroughput"),
        ({"replicas": None}, "replicas"),
    ],
)
def test_table_differs_when_it_is_not_the_one_of_the_program(
    clients: Clients, stage: Stage, other: Props, changed: str
) -> None:
    table = of(clients, TABLE)
    named = EVERYTHING | {"name": "differing"}
    found = table.read("differing", {}) or table.create(named)
    found = table.read("differing", {})
    assert found is not None
    wanted = {name: value for name, value in (named | other).items() if value is not None}
    assert changes(table, found.inputs, wanted, found.state) == (changed,)


@needs_replicas
def test_table_when_all_settings_change_is_updated_in_place(clients: Clients, stage: Stage) -> None:
    table = of(clients, TABLE)
    old = PROVISIONED | {"name": stage.named("changing")}
    made = table.create(old)
    new = EVERYTHING | {"name": old["name"]}
    new.pop("localSecondaryIndexes")
    for before, after in ((old, new), (new, old)):
        found = table.update(made.id, after, changes(table, before, after, made.state), made.state)
        made = found
        assert found.inputs == after
        assert_quiet(table, made.id, after)


def test_table_when_warm_throughput_falls_is_replaced(clients: Clients) -> None:
    warm = {"readUnitsPerSecond": 15000, "writeUnitsPerSecond": 5000}
    found = difference(
        TYPES[TABLE],
        {"warmThroughput": warm},
        {"warmThroughput": warm | {"writeUnitsPerSecond": 4000}},
        state={},
        default_tags={},
        name="x",
    )
    assert found.replaces == ("warmThroughput",)


@needs_replicas
def test_table_is_deleted_with_its_replicas(clients: Clients, stage: Stage) -> None:
    table = of(clients, TABLE)
    named = ON_DEMAND | {"name": stage.named("regions"), "replicas": [{"regionName": "us-west-1"}]}
    made = table.create(named)
    table.delete(made.id, made.state)
    assert clients.get("dynamodb", "us-west-1").list_tables()["TableNames"] == []


def test_delete_of_protected_table_fails_in_the_words_of_dynamodb(clients: Clients, stage: Stage) -> None:
    table = of(clients, TABLE)
    made = table.create(ON_DEMAND | {"name": stage.named("kept"), "deletionProtectionEnabled": True})
    with pytest.raises(Failure, match="ValidationException: Resource cannot be deleted as it is currently"):
        table.delete(made.id, made.state)


def test_parameter_is_made_changed_adopted_and_deleted(clients: Clients) -> None:
    parameter = of(clients, PARAMETER)
    inputs: Props = {
        "name": "/shop/dev/tables/orders",
        "type": "String",
        "value": "orders-1",
        "description": "The newest import",
        "tags": {"stack": "dev"},
    }
    made = parameter.create(inputs)
    newer = inputs | {"value": "orders-2"}
    found = parameter.update(made.id, newer, changes(parameter, inputs, newer, made.state), made.state)
    assert (found.state["value"], found.state["version"]) == ("orders-2", 2)
    state = adopted(parameter, made.id, newer)
    assert state["arn"].endswith(":parameter/shop/dev/tables/orders")
    assert_quiet(parameter, made.id, newer)
    clients.get("ssm").put_parameter(Name=made.id, Value="theirs", Overwrite=True)
    drifted = parameter.read(made.id, newer)
    assert drifted is not None
    assert drifted.inputs["value"] == "theirs"
    parameter.delete(made.id, state)
    assert parameter.read(made.id, newer) is None


def test_function_returns_indexes_with_blocks_as_lists_when_table_exists(
    clients: Clients, stage: Stage
) -> None:
    made = of(clients, TABLE).create(EVERYTHING | {"name": stage.named("told"), "replicas": []})
    found = FUNCTIONS["aws:dynamodb/getTable:getTable"](clients, {"name": made.id})
    (by_city,) = (each for each in found["globalSecondaryIndexes"] if each["name"] == "by-city")
    assert by_city["warmThroughputs"] == [{"readUnitsPerSecond": 12000, "writeUnitsPerSecond": 4000}]
    assert (by_city["hashKey"], by_city["onDemandThroughputs"]) == ("city", [])


def test_table_when_it_is_imported_from_files_has_their_items(clients: Clients, stage: Stage) -> None:
    stage.make_bucket()
    stage.s3.put_object(
        Bucket=stage.bucket, Key="in/a.json", Body=b'{"Item":{"PK":{"S":"1"},"SK":{"S":"a"}}}\n'
    )
    named: Props = ON_DEMAND | {
        "name": stage.named("imported"),
        "importTable": {
            "inputFormat": "DYNAMODB_JSON",
            "inputCompressionType": "NONE",
            "s3BucketSource": {"bucket": stage.bucket, "keyPrefix": "in/"},
        },
        "ttl": {"enabled": True, "attributeName": "expires"},
    }
    table = of(clients, TABLE)
    made = table.create(named)
    assert len(stage.dynamodb.scan(TableName=made.id)["Items"]) == 1
    assert_quiet(table, made.id, named)
    moved = named["importTable"] | {"s3BucketSource": {"bucket": stage.bucket, "keyPrefix": "other/"}}
    assert _replaced(named, named | {"importTable": moved}) == ()
    assert _replaced({**named, "importTable": None}, named) == ("importTable",)


def test_table_when_its_import_fails_is_known_half_made(clients: Clients, stage: Stage) -> None:
    named: Props = ON_DEMAND | {
        "name": stage.named("failed"),
        "importTable": {"inputFormat": "DYNAMODB_JSON", "s3BucketSource": {"bucket": "no-such-bucket"}},
    }
    with pytest.raises(InitFailure, match="unexpected state 'FAILED', wanted target 'COMPLETED'") as failure:
        of(clients, TABLE).create(named)
    assert failure.value.resource_id == named["name"]


def _replaced(old: Props, new: Props) -> tuple[str, ...]:
    old = {name: value for name, value in old.items() if value is not None}
    return difference(TYPES[TABLE], old, new, state={}, default_tags={}, name="x").replaces
