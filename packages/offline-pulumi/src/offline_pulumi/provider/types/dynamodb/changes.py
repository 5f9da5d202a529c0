"""Brings a table's settings and indexes up to date: one change per request, waiting between them."""

from collections.abc import Iterator
from typing import Any

from offline_pulumi.provider.failures import Failure
from offline_pulumi.provider.model import Members, Props, at
from offline_pulumi.provider.requests import pauses

_TIME_TO_LIVE_SECONDS = 1800
NO_LIMIT = -1
"""A maximum of request units that is none.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughput.html
"""


def change_settings(client: Any, members: Members, _props: Props) -> None:
    """Class, encryption and warm throughput in an UpdateTable each; billing, capacity, protection, stream
    and limits in one, as the real provider does: internal/service/dynamodb/table.go of
    hashicorp/terraform-provider-aws.
    """
    current = members["_observed"]
    streams = list(_stream(members, current))
    together = [
        *_billing(members, current),
        *_protection(members, current),
        *_limits(members, current),
        *(streams if len(streams) == 1 else ()),
    ]
    merged: Members = {name: value for request in together for name, value in request.items()}
    requests: list[Members] = [
        *_class(members, current),
        *(streams if len(streams) > 1 else ()),
        *([merged] if together else ()),
        *_encryption(members, current),
        *_warm_throughput(members, current),
    ]
    for request in requests:
        update_table(client, members["TableName"], **request)


def update_table(client: Any, name: str, **request: Any) -> None:
    """One UpdateTable, and waiting for its end."""
    client.update_table(TableName=name, **request)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})


def capacity(owner: Members) -> Members:
    """Return the read and write units that a table or an index has, at least one of each."""
    units = at("ProvisionedThroughput", owner, {})
    return {name: units.get(name) or 1 for name in ("ReadCapacityUnits", "WriteCapacityUnits")}


def limits(wanted: Members, current: Members) -> Members | None:
    """Return the limits of on-demand requests to set; None: they are so already."""
    names = ("MaxReadRequestUnits", "MaxWriteRequestUnits")
    after = {name: at(f"OnDemandThroughput.{name}", wanted, NO_LIMIT) for name in names}
    before = {name: at(f"OnDemandThroughput.{name}", current, NO_LIMIT) for name in names}
    return None if after == before else after


def warm_throughput(wanted: Members, current: Members) -> Members | None:
    """Return the warm throughput to set; None: it is so already, or left to AWS."""
    after, before = at("WarmThroughput", wanted, {}), at("WarmThroughput", current, {})
    return after if any(before.get(unit) != value for unit, value in after.items()) else None


def _billing(wanted: Members, current: Members) -> Iterator[Members]:
    mode = wanted.get("BillingMode", "PROVISIONED")
    if mode != current["BillingMode"]:
        request: Members = {"BillingMode": mode}
        if mode == "PROVISIONED":
            request["ProvisionedThroughput"] = capacity(wanted)
            there = {index["IndexName"] for index in current["GlobalSecondaryIndexes"]}
            updates = [
                {"Update": {"IndexName": index["IndexName"], "ProvisionedThroughput": capacity(index)}}
                for index in at("GlobalSecondaryIndexes", wanted, [])
                if index["IndexName"] in there
            ]
            request |= {"GlobalSecondaryIndexUpdates": updates} if updates else {}
        yield request
    elif mode == "PROVISIONED" and capacity(wanted) != capacity(current):
        yield {"ProvisionedThroughput": capacity(wanted)}


def _class(wanted: Members, current: Members) -> Iterator[Members]:
    table_class = wanted.get("TableClass", "STANDARD")
    if table_class != (current["TableClass"] or "STANDARD"):
        yield {"TableClass": table_class}


def _protection(wanted: Members, current: Members) -> Iterator[Members]:
    protected = bool(wanted.get("DeletionProtectionEnabled"))
    if protected != current["DeletionProtectionEnabled"]:
        yield {"DeletionProtectionEnabled": protected}


def _stream(wanted: Members, current: Members) -> Iterator[Members]:
    after, before = (
        wanted.get("StreamSpecification", {"StreamEnabled": False}),
        current["StreamSpecification"],
    )
    if after == before or not (after["StreamEnabled"] or before["StreamEnabled"]):
        return
    if after["StreamEnabled"] and before["StreamEnabled"]:
        yield {"StreamSpecification": {"StreamEnabled": False}}
    yield {"StreamSpecification": after}


def _encryption(wanted: Members, current: Members) -> Iterator[Members]:
    after, before = wanted.get("SSESpecification", {"Enabled": False}), current["SSESpecification"]
    key = after.get("KMSMasterKeyId")
    if bool(after.get("Enabled")) != before["Enabled"] or (key and key != before["KMSMasterKeyId"]):
        yield {"SSESpecification": after}


def _limits(wanted: Members, current: Members) -> Iterator[Members]:
    """Limits that are wanted no more are an update of nothing, as the real provider's."""
    on_demand = wanted.get("BillingMode") == "PAY_PER_REQUEST"
    if on_demand and (changed := limits(wanted, current)):
        yield {"OnDemandThroughput": changed} if wanted.get("OnDemandThroughput") else {}


def _warm_throughput(wanted: Members, current: Members) -> Iterator[Members]:
    if changed := warm_throughput(wanted, current):
        yield {"WarmThroughput": changed}


def change_time_to_live(client: Any, members: Members, props: Props) -> None:
    """Turn expiry on or off, if it is not so already: AWS refuses a change that is invalid."""
    wanted = at("TimeToLiveSpecification", members, {})
    current = members.get("_observed", {}).get("TimeToLiveSpecification", {})
    attribute = wanted.get("AttributeName") or current.get("AttributeName")
    enabled = wanted.get("Enabled", bool(wanted)) if props.get("ttl") else False
    if attribute and enabled != current.get("Enabled", False):
        client.update_time_to_live(
            TableName=members["TableName"],
            TimeToLiveSpecification={"AttributeName": attribute, "Enabled": enabled},
        )
        for _ in pauses(_TIME_TO_LIVE_SECONDS):
            found = client.describe_time_to_live(TableName=members["TableName"])["TimeToLiveDescription"]
            if found["TimeToLiveStatus"] == ("ENABLED" if enabled else "DISABLED"):
                return
        raise Failure("waiting for Time To Live update: timeout while waiting for state to become settled")


def change_recovery(client: Any, members: Members, _props: Props) -> None:
    """Turn point-in-time recovery on or off."""
    wanted = {"PointInTimeRecoveryEnabled": False} | (at("PointInTimeRecoverySpecification", members, {}))
    client.update_continuous_backups(TableName=members["TableName"], PointInTimeRecoverySpecification=wanted)


def change_indexes(client: Any, members: Members, _props: Props) -> None:
    """Drops, makes and resizes indexes, one UpdateTable each: AWS takes no more at once."""
    before = {each["IndexName"]: each for each in members["_observed"]["GlobalSecondaryIndexes"]}
    after = {each["IndexName"]: each for each in at("GlobalSecondaryIndexes", members, [])}
    kept = before.keys() & after.keys()
    anew = {index for index in kept if not _is_same_index(before[index], after[index])}
    updates: list[Members] = [
        {"Delete": {"IndexName": index}} for index in sorted({*before} - {*after} | anew)
    ]
    updates += [{"Create": after[index]} for index in sorted({*after} - {*before} | anew)]
    for index in sorted(kept - anew):
        settings = _index_settings(after[index], before[index], members)
        updates += [{"Update": {"IndexName": index, **each}} for each in settings]
    for update in updates:
        update_table(
            client,
            members["TableName"],
            AttributeDefinitions=members["AttributeDefinitions"],
            GlobalSecondaryIndexUpdates=[update],
        )


def _index_settings(wanted: Members, current: Members, table: Members) -> list[Members]:
    found: list[Members] = []
    if table.get("BillingMode") == "PAY_PER_REQUEST":
        if changed := limits(wanted, current):
            found.append({"OnDemandThroughput": changed})
    elif "ProvisionedThroughput" in wanted and capacity(wanted) != capacity(current):
        found.append({"ProvisionedThroughput": capacity(wanted)})
    if warm := warm_throughput(wanted, current):
        found.append({"WarmThroughput": warm})
    return found


def _is_same_index(before: Members, after: Members) -> bool:
    """Whether an index can stay: same keys, same projection, warm throughput that does not fall."""
    old, new = before["Projection"], after["Projection"]
    warm = before.get("WarmThroughput", {})
    return (
        before["KeySchema"] == after["KeySchema"]
        and old["ProjectionType"] == new["ProjectionType"]
        and sorted(old.get("NonKeyAttributes", [])) == sorted(new.get("NonKeyAttributes", []))
        and all(warm.get(unit, 0) <= value for unit, value in after.get("WarmThroughput", {}).items())
    )


def change_replicas(client: Any, members: Members, _props: Props) -> None:
    """One UpdateTable per Region that comes or goes; AWS accepts no more at once."""
    before = {each["RegionName"] for each in at("_observed.Replicas", members, [])}
    after = {each["RegionName"] for each in at("Replicas", members, [])}
    for action, regions in (("Delete", before - after), ("Create", after - before)):
        for region in sorted(regions):
            update_table(client, members["TableName"], ReplicaUpdates=[{action: {"RegionName": region}}])


def drop_replicas(client: Any, members: Members, _props: Props) -> None:
    """Before the table goes, its replicas do."""
    change_replicas(client, {"TableName": members["TableName"], "_observed": members}, {})
