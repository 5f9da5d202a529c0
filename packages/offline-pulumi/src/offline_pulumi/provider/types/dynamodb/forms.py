"""A table in the forms of CreateTable's request and DescribeTable's answer."""

from offline_pulumi.provider.model import Members, Props, at

READ, WRITE = 12_000, 4_000
"""Units a second for which every on-demand table is ready: internal/service/dynamodb/table.go of
hashicorp/terraform-provider-aws, flattenTableWarmThroughput.
"""
_ONE_UNIT = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}


def requested(members: Members, props: Props) -> Members:
    """Add the keys, and omit what belongs to the other way of billing."""
    members = members | {"KeySchema": _keys(props)}
    on_demand = props.get("billingMode") == "PAY_PER_REQUEST"
    if not on_demand and "hashKey" in props:
        members["ProvisionedThroughput"] = _ONE_UNIT | at("ProvisionedThroughput", members, {})
    global_indexes = at("GlobalSecondaryIndexes", members, [])
    for index, given in zip(global_indexes, at("globalSecondaryIndexes", props, []), strict=True):
        index["KeySchema"] = _keys(given)
    local_indexes = at("LocalSecondaryIndexes", members, [])
    for index, given in zip(local_indexes, at("localSecondaryIndexes", props, []), strict=True):
        index["KeySchema"] = _keys({"hashKey": props.get("hashKey"), "rangeKey": given.get("rangeKey")})
    for owner in (members, *global_indexes):
        owner.pop("ProvisionedThroughput" if on_demand else "OnDemandThroughput", None)
    for index in (*global_indexes, *local_indexes):
        index.pop("hashKey", None)
        index.pop("rangeKey", None)
    stream = members.get("StreamSpecification")
    if stream and not stream.get("StreamEnabled"):
        members["StreamSpecification"] = {"StreamEnabled": False}
    return {name: value for name, value in members.items() if value != []}


def observed(members: Members) -> Members:
    """Bring DescribeTable's answer into the form of the requests."""
    seen = dict(members)
    schema = seen.get("KeySchema", [])
    seen["hashKey"], seen["rangeKey"] = _key(schema, "HASH"), _key(schema, "RANGE")
    seen["BillingMode"] = at("BillingModeSummary.BillingMode", seen, "PROVISIONED")
    seen["TableClass"] = at("TableClassSummary.TableClass", seen)
    seen["DeletionProtectionEnabled"] = bool(seen.get("DeletionProtectionEnabled"))
    seen["StreamSpecification"] = {"StreamEnabled": False} | at("StreamSpecification", seen, {})
    seen["SSESpecification"] = {
        "Enabled": at("SSEDescription.Status", seen) in {"ENABLED", "ENABLING", "UPDATING"},
        "KMSMasterKeyId": at("SSEDescription.KMSMasterKeyArn", seen),
    }
    seen["TimeToLiveSpecification"] = {
        "Enabled": at("Ttl.TimeToLiveStatus", seen) == "ENABLED",
        "AttributeName": at("Ttl.AttributeName", seen),
    }
    seen["WarmThroughput"] = _warm(at("WarmThroughput", seen, {}))
    recovery = at("Backups.PointInTimeRecoveryDescription", seen, {})
    seen["PointInTimeRecoverySpecification"] = {
        "PointInTimeRecoveryEnabled": recovery.get("PointInTimeRecoveryStatus") == "ENABLED",
        "RecoveryPeriodInDays": recovery.get("RecoveryPeriodInDays"),
    }
    for name in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        seen[name] = [_observed_index(index) for index in at(name, seen, [])]
    seen["Replicas"] = at("Replicas", seen, [])
    seen["OnDemandThroughput"] = at("OnDemandThroughput", seen, {})
    parts = (*seen["GlobalSecondaryIndexes"], *seen["Replicas"])
    building = [
        each for each in parts if {each.get("IndexStatus"), each.get("ReplicaStatus")} - {"ACTIVE", None}
    ]
    if seen.get("TableStatus") == "ACTIVE" and building:
        seen["TableStatus"] = "UPDATING"
    return seen


def _warm(units: Members) -> Members | None:
    """The warm throughput of a table; None: what every table has, which the real provider reads as unset."""
    read, write = units.get("ReadUnitsPerSecond", 0), units.get("WriteUnitsPerSecond", 0)
    every = (read < READ and write < WRITE) or (read, write) == (READ, WRITE)
    return None if every else units


def _observed_index(index: Members) -> Members:
    schema = index["KeySchema"]
    return index | {"hashKey": _key(schema, "HASH"), "rangeKey": _key(schema, "RANGE")}


def _keys(props: Props) -> list[dict[str, str]]:
    given = (("HASH", props.get("hashKey")), ("RANGE", props.get("rangeKey")))
    return [{"AttributeName": name, "KeyType": kind} for kind, name in given if name]


def _key(schema: list[dict[str, str]], kind: str) -> str | None:
    """The attribute of a kind of key; None: there is none, or several, which this provider cannot tell."""
    found = [each["AttributeName"] for each in schema if each["KeyType"] == kind]
    return found[0] if len(found) == 1 else None
