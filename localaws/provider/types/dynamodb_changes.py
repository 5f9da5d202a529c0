"""What it takes to bring a DynamoDB table up to date: one change per request, waiting between them."""

from typing import Any

from localaws.provider.model import Members, Props, at


def change_settings(client: Any, members: Members, props: Props) -> None:
    """Capacity and billing in one UpdateTable, class, stream, encryption and protection in one
    each, as AWS asks.
    """
    name, current = members["TableName"], members["_observed"]
    wanted: list[Members] = []
    if members.get("BillingMode", "PROVISIONED") != current["BillingMode"]:
        wanted.append(
            _taken(members, "BillingMode", "ProvisionedThroughput", default={"BillingMode": "PROVISIONED"})
        )
    elif (capacity := members.get("ProvisionedThroughput")) and any(
        current.get("ProvisionedThroughput", {}).get(unit) != value for unit, value in capacity.items()
    ):
        wanted.append({"ProvisionedThroughput": _current_capacity(current) | capacity})
    if members.get("TableClass", "STANDARD") != (current["TableClass"] or "STANDARD"):
        wanted.append({"TableClass": members.get("TableClass", "STANDARD")})
    if bool(props.get("deletionProtectionEnabled")) != current["DeletionProtectionEnabled"]:
        wanted.append({"DeletionProtectionEnabled": bool(props.get("deletionProtectionEnabled"))})
    stream = members.get("StreamSpecification", {"StreamEnabled": False})
    before = current["StreamSpecification"]
    if stream != before and (stream["StreamEnabled"] or before["StreamEnabled"]):
        if stream["StreamEnabled"] and before["StreamEnabled"]:
            wanted.append({"StreamSpecification": {"StreamEnabled": False}})
        wanted.append({"StreamSpecification": stream})
    encryption = members.get("SSESpecification", {"Enabled": False})
    if encryption.get("Enabled", False) != current["SSESpecification"]["Enabled"]:
        wanted.append({"SSESpecification": encryption})
    for request in wanted:
        client.update_table(TableName=name, **request)
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})


def _current_capacity(current: Members) -> Members:
    """The read and write units a table has."""
    units = at("ProvisionedThroughput", current, {})
    return {name: units.get(name) or 1 for name in ("ReadCapacityUnits", "WriteCapacityUnits")}


def _taken(members: Members, *names: str, default: Members) -> Members:
    return default | {name: members[name] for name in names if name in members}


def change_indexes(client: Any, members: Members, _props: Props) -> None:
    """Drops, makes and resizes indexes, one UpdateTable each: AWS takes no more at once."""
    name = members["TableName"]
    before = {each["IndexName"]: each for each in members["_observed"]["GlobalSecondaryIndexes"]}
    after = {each["IndexName"]: each for each in at("GlobalSecondaryIndexes", members, [])}
    changed = {
        index
        for index in before.keys() & after.keys()
        if before[index]["KeySchema"] != after[index]["KeySchema"] or not _covers(before[index], after[index])
    }
    updates: list[Members] = [
        {"Delete": {"IndexName": index}} for index in sorted({*before} - {*after} | changed)
    ]
    updates += [{"Create": after[index]} for index in sorted({*after} - {*before} | changed)]
    for index in sorted((before.keys() & after.keys()) - changed):
        capacity = after[index].get("ProvisionedThroughput")
        if capacity and _current_capacity(before[index]) != capacity:
            updates.append({"Update": {"IndexName": index, "ProvisionedThroughput": capacity}})
    for update in updates:
        client.update_table(
            TableName=name,
            AttributeDefinitions=members["AttributeDefinitions"],
            GlobalSecondaryIndexUpdates=[update],
        )
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})


def _covers(before: Members, after: Members) -> bool:
    old, new = before["Projection"], after["Projection"]
    return old["ProjectionType"] == new["ProjectionType"] and sorted(
        old.get("NonKeyAttributes", [])
    ) == sorted(new.get("NonKeyAttributes", []))


def change_time_to_live(client: Any, members: Members, props: Props) -> None:
    """Turns expiry on or off, if it is not so already: AWS refuses a change that is none."""
    wanted = at("TimeToLiveSpecification", members, {})
    current = members.get("_observed", {}).get("TimeToLiveSpecification", {})
    attribute = wanted.get("AttributeName") or current.get("AttributeName")
    enabled = wanted.get("Enabled", bool(wanted)) if props.get("ttl") else False
    if attribute and enabled != current.get("Enabled", False):
        client.update_time_to_live(
            TableName=members["TableName"],
            TimeToLiveSpecification={"AttributeName": attribute, "Enabled": enabled},
        )


def change_recovery(client: Any, members: Members, _props: Props) -> None:
    """Turns point-in-time recovery on or off."""
    wanted = {"PointInTimeRecoveryEnabled": False} | (at("PointInTimeRecoverySpecification", members, {}))
    client.update_continuous_backups(TableName=members["TableName"], PointInTimeRecoverySpecification=wanted)
