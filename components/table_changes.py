"""What the provider is told of a table's settings when they change or go: it does not find that out itself.

Read in its source, https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/dynamodb:
without `ttl` it leaves time to live on; without `on_demand_throughput` it sends an update of nothing, which
AWS refuses; and a warm throughput below that of the state replaces the table, with its items.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pulumi_aws as aws

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.table_identity import described_table
from dynamodb_bulk.spec.table import Index, Key, OnDemandMaximum, Provisioned, Table, WarmThroughput

_NO_MAXIMUM = -1  # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughput.html
TYPE = "aws:dynamodb/table:Table"


def time_to_live(table: Table, recorded: Mapping[str, Any]) -> aws.dynamodb.TableTtlArgsDict | None:
    """On for the dataset's attribute; off, by the attribute that the state has, when the dataset has none."""
    if table.time_to_live:
        return {"attribute_name": table.time_to_live, "enabled": True}
    known: Mapping[str, Any] = recorded.get("ttl") or {}
    if known.get("enabled") and known.get("attributeName"):
        return {"attribute_name": known["attributeName"], "enabled": False}
    return None


def encryption(
    key: str | None, recorded: Mapping[str, Any]
) -> aws.dynamodb.TableServerSideEncryptionArgsDict | None:
    """By the key of that ARN; by AWS's own where the state has one and there is none any more.

    Whether the provider would leave the key on without it is not known.
    """
    if key:
        return {"enabled": True, "kms_key_arn": key}
    known: Mapping[str, Any] = recorded.get("serverSideEncryption") or {}
    return {"enabled": False} if known.get("enabled") else None


def on_demand_maximum(
    table: Table, recorded: Mapping[str, Any]
) -> aws.dynamodb.TableOnDemandThroughputArgsDict | None:
    """The dataset's; none by its own number, where the state has one."""
    maximum, known = table.on_demand_maximum, recorded.get("onDemandThroughput")
    if table.billing != "on_demand" or not (maximum or known):
        return None
    missing = _NO_MAXIMUM if known else None
    units = {
        "max_read_request_units": (maximum and maximum.read) or missing,
        "max_write_request_units": (maximum and maximum.write) or missing,
    }
    return cast(
        "aws.dynamodb.TableOnDemandThroughputArgsDict",
        {name: most for name, most in units.items() if most is not None},
    )


def warm_throughput(
    table: Table, name: str, client: Aws, *, adopted: bool
) -> tuple[aws.dynamodb.TableWarmThroughputArgsDict | None, bool]:
    """Return what to declare, never less than the table has, and whether to take it as it is found.

    AWS raises it with use. A refresh comes before the program, so the state never holds more than this. A
    table that is made outside the graph comes with what its step has set.
    """
    wanted = table.warm_throughput
    if wanted is None:
        return None, False
    found = described_table(name, client)
    has = (found or {}).get("WarmThroughput", {})
    read = max(wanted.read, has.get("ReadUnitsPerSecond", 0))
    write = max(wanted.write, has.get("WriteUnitsPerSecond", 0))
    enough = (read, write) == (has.get("ReadUnitsPerSecond"), has.get("WriteUnitsPerSecond"))
    declared: aws.dynamodb.TableWarmThroughputArgsDict = {
        "read_units_per_second": read,
        "write_units_per_second": write,
    }
    return declared, enough or (adopted and found is None)


def recorded_settings(recorded: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the settings that the state has of the table of that name, for an import; empty: it has none.

    The provider goes by the state: it sends what the dataset changes of it, and AWS refuses some changes of
    what a table is already, such as turning on a stream that is on.
    """
    if recorded.get("name") != name:
        return {}
    types = {one["name"]: one["type"] for one in _blocks(recorded, "attributes")}

    def key(found: str | None) -> Key | None:
        return Key(name=found, type=types[found]) if found else None

    def index(one: Mapping[str, Any]) -> Index:
        attributes: Sequence[str] = one.get("nonKeyAttributes") or ()
        return Index.model_construct(
            name=one["name"],
            partition_key=key(one["hashKey"]),
            sort_key=key(one.get("rangeKey")),
            projection=tuple(attributes) or one["projectionType"],
        )

    on_demand = recorded.get("billingMode") == "PAY_PER_REQUEST"
    most, warm, expiry, encrypted, backups = (
        _block(recorded, name)
        for name in (
            "onDemandThroughput", "warmThroughput", "ttl", "serverSideEncryption", "pointInTimeRecovery",
        )
    )  # fmt: skip
    # Not validated: someone may have changed the table since.
    table = Table.model_construct(
        partition_key=key(recorded["hashKey"]),
        sort_key=key(recorded.get("rangeKey")),
        billing="on_demand"
        if on_demand
        else Provisioned.model_construct(read=recorded["readCapacity"], write=recorded["writeCapacity"]),
        on_demand_maximum=OnDemandMaximum.model_construct(
            read=_limit(most.get("maxReadRequestUnits")), write=_limit(most.get("maxWriteRequestUnits"))
        )
        if most and on_demand
        else None,
        warm_throughput=WarmThroughput.model_construct(
            read=warm["readUnitsPerSecond"], write=warm["writeUnitsPerSecond"]
        )
        if warm
        else None,
        global_secondary_indexes=tuple(map(index, _blocks(recorded, "globalSecondaryIndexes"))),
        stream=recorded.get("streamViewType") if recorded.get("streamEnabled") else None,
        time_to_live=expiry.get("attributeName") if expiry.get("enabled") else None,
        replicas=tuple(one["regionName"] for one in _blocks(recorded, "replicas")),
        class_=recorded.get("tableClass") or "STANDARD",
    )
    return {
        "recorded": table,
        "deletion_protection": bool(recorded.get("deletionProtectionEnabled")),
        "point_in_time_recovery": bool(backups.get("enabled")),
        "kms_key": encrypted.get("kmsKeyArn") if encrypted.get("enabled") else None,
    }


def _block(recorded: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return recorded.get(name) or {}


def _blocks(recorded: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    return recorded.get(name) or ()


def _limit(units: int | None) -> int | None:
    return units if units and units > 0 else None
