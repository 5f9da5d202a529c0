"""DynamoDB tables."""

from collections.abc import Mapping
from typing import Any

from localaws.provider.lifecycle import tag_list, tag_map
from localaws.provider.model import Call, Change, Members, Props, ResourceType, Tagging, Wait, argument
from localaws.provider.translate import same_set

_INDEX = (
    argument("name", "IndexName", required=True),
    argument("hashKey", "hashKey"),
    argument("rangeKey", "rangeKey"),
    argument("projectionType", "Projection.ProjectionType", required=True),
    argument("nonKeyAttributes", "Projection.NonKeyAttributes", kind="list", same=same_set),
    argument("readCapacity", "ProvisionedThroughput.ReadCapacityUnits", kind="number", computed=True),
    argument("writeCapacity", "ProvisionedThroughput.WriteCapacityUnits", kind="number", computed=True),
)


def _keys(props: Props) -> list[dict[str, str]]:
    given = (("HASH", props.get("hashKey")), ("RANGE", props.get("rangeKey")))
    return [{"AttributeName": name, "KeyType": kind} for kind, name in given if name]


def _key(schema: list[dict[str, str]], kind: str) -> str | None:
    return next((each["AttributeName"] for each in schema if each["KeyType"] == kind), None)


def _shape(members: Members, props: Props) -> Members:
    """Adds the keys, and leaves out capacities where the table is billed per request."""
    members = dict(members)
    members["KeySchema"] = _keys(props)
    on_demand = props.get("billingMode") == "PAY_PER_REQUEST"
    if on_demand:
        members.pop("ProvisionedThroughput", None)
    elif "ProvisionedThroughput" not in members and "hashKey" in props:
        members["ProvisionedThroughput"] = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    indexes = zip(
        members.get("GlobalSecondaryIndexes", []), props.get("globalSecondaryIndexes", []), strict=True
    )
    for index, given in indexes:
        index["KeySchema"] = _keys(given)
        index.pop("hashKey", None)
        index.pop("rangeKey", None)
        if on_demand:
            index.pop("ProvisionedThroughput", None)
    stream = members.get("StreamSpecification")
    if stream and not stream.get("StreamEnabled"):
        members["StreamSpecification"] = {"StreamEnabled": False}
    if not members.get("GlobalSecondaryIndexes"):
        members.pop("GlobalSecondaryIndexes", None)
    return members


def _create(client: Any, members: Members, _props: Props) -> None:
    """Creates the table with what CreateTable takes; TTL and recovery follow when it is active."""
    stream = members.get("StreamSpecification")
    later = {"TimeToLiveSpecification", "PointInTimeRecoverySpecification", "hashKey", "rangeKey"}
    request = {name: value for name, value in members.items() if name not in later}
    if stream and not stream.get("StreamEnabled"):
        del request["StreamSpecification"]
    client.create_table(**request)


def _observe(members: Members) -> Members:
    """Brings DescribeTable's answer into the form of the requests."""
    seen = dict(members)
    schema = seen.get("KeySchema", [])
    seen["hashKey"], seen["rangeKey"] = _key(schema, "HASH"), _key(schema, "RANGE")
    seen["BillingMode"] = (seen.get("BillingModeSummary") or {}).get("BillingMode") or "PROVISIONED"
    seen["TableClass"] = (seen.get("TableClassSummary") or {}).get("TableClass")
    seen["DeletionProtectionEnabled"] = bool(seen.get("DeletionProtectionEnabled"))
    seen["StreamSpecification"] = {"StreamEnabled": False} | (seen.get("StreamSpecification") or {})
    encryption = seen.get("SSEDescription") or {}
    seen["SSESpecification"] = {
        "Enabled": encryption.get("Status") in {"ENABLED", "ENABLING", "UPDATING"},
        "KMSMasterKeyId": encryption.get("KMSMasterKeyArn"),
    }
    ttl = seen.pop("Ttl", None) or {}
    enabled = ttl.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}
    seen["TimeToLiveSpecification"] = {"Enabled": enabled, "AttributeName": ttl.get("AttributeName")}
    recovery = (seen.pop("Backups", None) or {}).get("PointInTimeRecoveryDescription") or {}
    seen["PointInTimeRecoverySpecification"] = {
        "PointInTimeRecoveryEnabled": recovery.get("PointInTimeRecoveryStatus") == "ENABLED",
        "RecoveryPeriodInDays": recovery.get("RecoveryPeriodInDays"),
    }
    seen["GlobalSecondaryIndexes"] = [
        index | {"hashKey": _key(index["KeySchema"], "HASH"), "rangeKey": _key(index["KeySchema"], "RANGE")}
        for index in seen.get("GlobalSecondaryIndexes") or []
    ]
    building = [
        each for each in seen["GlobalSecondaryIndexes"] if each.get("IndexStatus", "ACTIVE") != "ACTIVE"
    ]
    if seen.get("TableStatus") == "ACTIVE" and building:
        seen["TableStatus"] = "UPDATING"
    return seen


def _settings(client: Any, members: Members, props: Props) -> None:
    """Capacity and billing in one UpdateTable, class, stream, encryption and protection in one each, as AWS asks."""
    name, current = members["TableName"], members["_observed"]
    wanted: list[Members] = []
    if members.get("BillingMode", "PROVISIONED") != current["BillingMode"]:
        wanted.append(
            _taken(members, "BillingMode", "ProvisionedThroughput", default={"BillingMode": "PROVISIONED"})
        )
    elif (capacity := members.get("ProvisionedThroughput")) and any(
        current.get("ProvisionedThroughput", {}).get(unit) != value for unit, value in capacity.items()
    ):
        wanted.append({"ProvisionedThroughput": current_capacity(current) | capacity})
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


def current_capacity(current: Members) -> Members:
    """The read and write units a table has."""
    units = current.get("ProvisionedThroughput") or {}
    return {name: units.get(name) or 1 for name in ("ReadCapacityUnits", "WriteCapacityUnits")}


def _taken(members: Members, *names: str, default: Members) -> Members:
    return default | {name: members[name] for name in names if name in members}


def _indexes(client: Any, members: Members, _props: Props) -> None:
    """Drops, makes and resizes indexes, one UpdateTable each: AWS takes no more at once."""
    name = members["TableName"]
    before = {each["IndexName"]: each for each in members["_observed"]["GlobalSecondaryIndexes"]}
    after = {each["IndexName"]: each for each in members.get("GlobalSecondaryIndexes") or []}
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
        if capacity and current_capacity(before[index]) != capacity:
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


def _time_to_live(client: Any, members: Members, props: Props) -> None:
    wanted = members.get("TimeToLiveSpecification") or {}
    current = members.get("_observed", {}).get("TimeToLiveSpecification", {})
    attribute = wanted.get("AttributeName") or current.get("AttributeName")
    enabled = wanted.get("Enabled", bool(wanted)) if props.get("ttl") else False
    if attribute and enabled != current.get("Enabled", False):
        client.update_time_to_live(
            TableName=members["TableName"],
            TimeToLiveSpecification={"AttributeName": attribute, "Enabled": enabled},
        )


def _recovery(client: Any, members: Members, _props: Props) -> None:
    wanted = {"PointInTimeRecoveryEnabled": False} | (members.get("PointInTimeRecoverySpecification") or {})
    client.update_continuous_backups(TableName=members["TableName"], PointInTimeRecoverySpecification=wanted)


def _check(props: Props) -> Mapping[str, str]:
    """The real provider's rule: exactly the attributes that keys use are defined."""
    attributes = props.get("attributes")
    if not isinstance(attributes, list) or not props.get("hashKey"):
        return {}
    owners = [props, *props.get("globalSecondaryIndexes", [])]
    used = {owner.get(key) for owner in owners for key in ("hashKey", "rangeKey")} - {None}
    defined = {each.get("name") for each in attributes}  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if unused := sorted(map(str, defined - used)):
        return {"attributes": f"all attributes must be indexed. Unused attributes: {unused}"}
    if missing := sorted(map(str, used - defined)):
        return {"attributes": f"all indexes must match a defined attribute. Unmatched indexes: {missing}"}
    return {}


TABLE = ResourceType(
    token="aws:dynamodb/table:Table",
    title="AWS DynamoDB Table ({id})",
    service="dynamodb",
    arguments=(
        argument("name", "TableName", replaces=True, computed=True),
        argument(
            "attributes",
            "AttributeDefinitions",
            kind="objects",
            unordered=True,
            fields=(
                argument("name", "AttributeName", required=True),
                argument("type", "AttributeType", required=True),
            ),
        ),
        argument("hashKey", "hashKey", replaces=True, required=True),
        argument("rangeKey", "rangeKey", replaces=True),
        argument("billingMode", default="PROVISIONED"),
        argument("readCapacity", "ProvisionedThroughput.ReadCapacityUnits", kind="number", computed=True),
        argument("writeCapacity", "ProvisionedThroughput.WriteCapacityUnits", kind="number", computed=True),
        argument(
            "globalSecondaryIndexes", "GlobalSecondaryIndexes", kind="objects", fields=_INDEX, unordered=True
        ),
        argument(
            "pointInTimeRecovery",
            "PointInTimeRecoverySpecification",
            kind="object",
            default={"enabled": False},
            fields=(
                argument("enabled", "PointInTimeRecoveryEnabled", kind="boolean", required=True),
                argument("recoveryPeriodInDays", kind="number", computed=True),
            ),
        ),
        argument(
            "ttl",
            "TimeToLiveSpecification",
            kind="object",
            default={"enabled": False},
            fields=(
                argument("attributeName", computed=True),
                argument("enabled", kind="boolean", default=False),
            ),
        ),
        argument("streamEnabled", "StreamSpecification.StreamEnabled", kind="boolean", default=False),
        argument("streamViewType", "StreamSpecification.StreamViewType", computed=True),
        argument("tableClass", default="STANDARD"),
        argument("deletionProtectionEnabled", kind="boolean", default=False),
        argument(
            "serverSideEncryption",
            "SSESpecification",
            kind="object",
            default={"enabled": False},
            fields=(
                argument("enabled", kind="boolean", required=True),
                argument("kmsKeyArn", "KMSMasterKeyId", computed=True),
            ),
        ),
    ),
    id=lambda members: members["TableName"],
    parse_id=lambda id: {"TableName": id},
    outputs={
        "arn": "TableArn",
        "streamArn": lambda members: members.get("LatestStreamArn") or "",
        "streamLabel": lambda members: members.get("LatestStreamLabel") or "",
    },
    shape=_shape,
    create=_create,
    read=(
        Call(operation="describe_table", answer="Table"),
        Call(operation="describe_time_to_live", answer="TimeToLiveDescription", into="Ttl", absent={}),
        Call(
            operation="describe_continuous_backups",
            answer="ContinuousBackupsDescription",
            into="Backups",
            absent={},
        ),
    ),
    observe=_observe,
    changes=(
        Change(
            arguments=frozenset(
                {"billingMode", "readCapacity", "writeCapacity", "streamEnabled", "streamViewType"}
            )
            | {"tableClass", "deletionProtectionEnabled", "serverSideEncryption"},
            call=_settings,
        ),
        Change(arguments=frozenset({"attributes", "globalSecondaryIndexes"}), call=_indexes),
        Change(arguments=frozenset({"ttl"}), call=_time_to_live, on_create=True),
        Change(arguments=frozenset({"pointInTimeRecovery"}), call=_recovery, on_create=True),
    ),
    delete=Call(operation="delete_table"),
    tagging=Tagging(
        read=lambda client, members: tag_map(
            client.list_tags_of_resource(ResourceArn=members["TableArn"])["Tags"]
        ),
        put=lambda client, members, new, _: client.tag_resource(
            ResourceArn=members["TableArn"], Tags=tag_list(new)
        ),
        remove=lambda client, members, keys: client.untag_resource(
            ResourceArn=members["TableArn"], TagKeys=keys
        ),
        on_create=lambda tags: {"Tags": tag_list(tags)},
    ),
    autoname="name",
    name_limit=255,
    wait=Wait(path="TableStatus", ready=frozenset({"ACTIVE"})),
    gone=frozenset({"ResourceNotFoundException", "TableNotFoundException"}),
    retry={"LimitExceededException": "", "ResourceInUseException": "being|indexes"},
)
