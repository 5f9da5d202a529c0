"""Brings a table's settings and indexes up to date: one change per request, waiting between them.

What differs from the state is sent, whatever the table is like, as the real provider does: it compares by
`GetChange` and `HasChange`, in internal/service/dynamodb/table.go of hashicorp/terraform-provider-aws.
"""

from collections.abc import Iterator
from typing import Any

from offline_pulumi.provider.failures import Failure
from offline_pulumi.provider.model import Change, Members, Props, at
from offline_pulumi.provider.requests import pauses

_TIME_TO_LIVE_SECONDS = 1800
NO_LIMIT = -1
"""A maximum of request units that is none.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughput.html
"""


def _change_settings(client: Any, members: Members, _props: Props) -> None:
    """Class, encryption and warm throughput in an UpdateTable each; billing, capacity, protection, stream
    and limits in one, as the real provider does.
    """
    current = members["_before"]
    streams = list(_stream(members, current))
    together = [
        *_billing(members, current),
        *_plain("DeletionProtectionEnabled", False, members, current),
        *_limits(members, current),
        *(streams if len(streams) == 1 else ()),
    ]
    merged: Members = {name: value for request in together for name, value in request.items()}
    requests: list[Members] = [
        *_plain("TableClass", "STANDARD", members, current),
        *(streams if len(streams) > 1 else ()),
        *([merged] if together else ()),
        *_encryption(members, current),
        *_warm_throughput(members, current),
    ]
    for request in requests:
        _update_table(client, members["TableName"], **request)


def _update_table(client: Any, name: str, **request: Any) -> None:
    """One UpdateTable, and waiting for its end."""
    client.update_table(TableName=name, **request)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})


def _capacity(owner: Members) -> Members:
    """Return the read and write units that a table or an index has, at least one of each."""
    units = at("ProvisionedThroughput", owner, {})
    return {name: units.get(name) or 1 for name in ("ReadCapacityUnits", "WriteCapacityUnits")}


def _billing(wanted: Members, current: Members) -> Iterator[Members]:
    mode = wanted.get("BillingMode", "PROVISIONED")
    if mode != current.get("BillingMode", "PROVISIONED"):
        request: Members = {"BillingMode": mode}
        if mode == "PROVISIONED":
            request["ProvisionedThroughput"] = _capacity(wanted)
            there = {index["IndexName"] for index in at("GlobalSecondaryIndexes", current, [])}
            updates = [
                {"Update": {"IndexName": index["IndexName"], "ProvisionedThroughput": _capacity(index)}}
                for index in at("GlobalSecondaryIndexes", wanted, [])
                if index["IndexName"] in there
            ]
            request |= {"GlobalSecondaryIndexUpdates": updates} if updates else {}
        yield request
    elif mode == "PROVISIONED" and _capacity(wanted) != _capacity(current):
        yield {"ProvisionedThroughput": _capacity(wanted)}


def _plain(name: str, default: Any, wanted: Members, current: Members) -> Iterator[Members]:
    if (value := wanted.get(name) or default) != (current.get(name) or default):
        yield {name: value}


def _stream(wanted: Members, current: Members) -> Iterator[Members]:
    after, before = (
        owner.get("StreamSpecification", {"StreamEnabled": False}) for owner in (wanted, current)
    )
    if after == before or not (after["StreamEnabled"] or before["StreamEnabled"]):
        return
    if after["StreamEnabled"] and before["StreamEnabled"]:
        yield {"StreamSpecification": {"StreamEnabled": False}}
    yield {"StreamSpecification": after}


def _encryption(wanted: Members, current: Members) -> Iterator[Members]:
    after, before = ({"Enabled": False} | at("SSESpecification", owner, {}) for owner in (wanted, current))
    key = after.get("KMSMasterKeyId")
    if after["Enabled"] != before["Enabled"] or (key and key != before.get("KMSMasterKeyId")):
        yield {"SSESpecification": after}


def _limits(wanted: Members, current: Members) -> Iterator[Members]:
    """Change the limits of on-demand requests; where none are wanted any more, update nothing."""
    names = ("MaxReadRequestUnits", "MaxWriteRequestUnits")
    after, before = (
        {name: at(f"OnDemandThroughput.{name}", owner, NO_LIMIT) for name in names}
        for owner in (wanted, current)
    )
    if wanted.get("BillingMode") == "PAY_PER_REQUEST" and after != before:
        yield {"OnDemandThroughput": after} if wanted.get("OnDemandThroughput") else {}


def _warm_throughput(wanted: Members, current: Members) -> Iterator[Members]:
    warm, now = at("WarmThroughput", wanted, {}), at("WarmThroughput", current, {})
    if any(now.get(unit) != value for unit, value in warm.items()):
        yield {"WarmThroughput": warm}


def _change_time_to_live(client: Any, members: Members, props: Props) -> None:
    """Turn expiry on or off; a table that is created needs no turning off."""
    wanted, current = (at(f"{owner}TimeToLiveSpecification", members, {}) for owner in ("", "_before."))
    attribute = wanted.get("AttributeName") or current.get("AttributeName")
    enabled = wanted.get("Enabled", bool(wanted)) if props.get("ttl") else False
    if attribute and (enabled or current.get("Enabled")):
        client.update_time_to_live(
            TableName=members["TableName"],
            TimeToLiveSpecification={"AttributeName": attribute, "Enabled": enabled},
        )
        for _ in pauses(_TIME_TO_LIVE_SECONDS):
            found = client.describe_time_to_live(TableName=members["TableName"])["TimeToLiveDescription"]
            if found["TimeToLiveStatus"] == ("ENABLED" if enabled else "DISABLED"):
                return
        raise Failure("waiting for Time To Live update: timeout while waiting for state to become settled")


def _change_recovery(client: Any, members: Members, _props: Props) -> None:
    """Turn point-in-time recovery on or off."""
    wanted = {"PointInTimeRecoveryEnabled": False} | (at("PointInTimeRecoverySpecification", members, {}))
    client.update_continuous_backups(TableName=members["TableName"], PointInTimeRecoverySpecification=wanted)


def _change_indexes(client: Any, members: Members, _props: Props) -> None:
    """Drops, makes and resizes indexes, one UpdateTable each: AWS takes no more at once."""
    before = {each["IndexName"]: each for each in at("_before.GlobalSecondaryIndexes", members, [])}
    after = {each["IndexName"]: each for each in at("GlobalSecondaryIndexes", members, [])}
    kept = before.keys() & after.keys()
    anew = {index for index in kept if not _is_same_index(before[index], after[index])}
    updates: list[Members] = [
        {"Delete": {"IndexName": index}} for index in sorted({*before} - {*after} | anew)
    ]
    updates += [{"Create": after[index]} for index in sorted({*after} - {*before} | anew)]
    for index in sorted(kept - anew):
        wanted = after[index] | {"BillingMode": members.get("BillingMode")}
        settings = [
            *_provisioned(wanted, before[index]),
            *_limits(wanted, before[index]),
            *_warm_throughput(wanted, before[index]),
        ]
        updates += [{"Update": {"IndexName": index, **each}} for each in settings if each]
    for update in updates:
        _update_table(
            client,
            members["TableName"],
            AttributeDefinitions=members["AttributeDefinitions"],
            GlobalSecondaryIndexUpdates=[update],
        )


def _provisioned(wanted: Members, current: Members) -> Iterator[Members]:
    billed = wanted["BillingMode"] != "PAY_PER_REQUEST" and "ProvisionedThroughput" in wanted
    if billed and _capacity(wanted) != _capacity(current):
        yield {"ProvisionedThroughput": _capacity(wanted)}


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


def _change_replicas(client: Any, members: Members, _props: Props) -> None:
    """One UpdateTable per Region that comes or goes; AWS accepts no more at once."""
    before = {each["RegionName"] for each in at("_before.Replicas", members, [])}
    after = {each["RegionName"] for each in at("Replicas", members, [])}
    for action, regions in (("Delete", before - after), ("Create", after - before)):
        for region in sorted(regions):
            _update_table(client, members["TableName"], ReplicaUpdates=[{action: {"RegionName": region}}])


def drop_replicas(client: Any, members: Members, _props: Props) -> None:
    """Before the table goes, its replicas do."""
    _change_replicas(client, {"TableName": members["TableName"], "_before": members}, {})


CHANGES = (
    Change(
        arguments=frozenset(
            {"billingMode", "readCapacity", "writeCapacity", "streamEnabled", "streamViewType", "tableClass"}
            | {"deletionProtectionEnabled", "serverSideEncryption", "onDemandThroughput", "warmThroughput"}
        ),
        call=_change_settings,
    ),
    Change(arguments=frozenset({"attributes", "globalSecondaryIndexes"}), call=_change_indexes),
    Change(arguments=frozenset({"ttl"}), call=_change_time_to_live, on_create=True),
    Change(arguments=frozenset({"pointInTimeRecovery"}), call=_change_recovery, on_create=True),
    Change(arguments=frozenset({"replicas"}), call=_change_replicas, on_create=True),
)
