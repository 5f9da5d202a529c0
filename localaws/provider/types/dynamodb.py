"""DynamoDB tables."""

from collections.abc import Mapping
from typing import Any

from localaws.provider.model import Call, Change, Members, Props, ResourceType, Tagging, Wait, argument, at
from localaws.provider.properties import UNKNOWN, has_unknown
from localaws.provider.requests import tag_list, tag_map
from localaws.provider.translate import same_set
from localaws.provider.types.dynamodb_changes import (
    change_indexes,
    change_recovery,
    change_settings,
    change_time_to_live,
)

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
    seen["BillingMode"] = (at("BillingModeSummary", seen, {})).get("BillingMode") or "PROVISIONED"
    seen["TableClass"] = (at("TableClassSummary", seen, {})).get("TableClass")
    seen["DeletionProtectionEnabled"] = bool(seen.get("DeletionProtectionEnabled"))
    seen["StreamSpecification"] = {"StreamEnabled": False} | (at("StreamSpecification", seen, {}))
    encryption = at("SSEDescription", seen, {})
    seen["SSESpecification"] = {
        "Enabled": encryption.get("Status") in {"ENABLED", "ENABLING", "UPDATING"},
        "KMSMasterKeyId": encryption.get("KMSMasterKeyArn"),
    }
    ttl = at("Ttl", seen, {})
    enabled = ttl.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}
    seen["TimeToLiveSpecification"] = {"Enabled": enabled, "AttributeName": ttl.get("AttributeName")}
    recovery = at("Backups.PointInTimeRecoveryDescription", seen, {})
    seen["PointInTimeRecoverySpecification"] = {
        "PointInTimeRecoveryEnabled": recovery.get("PointInTimeRecoveryStatus") == "ENABLED",
        "RecoveryPeriodInDays": recovery.get("RecoveryPeriodInDays"),
    }
    seen["GlobalSecondaryIndexes"] = [
        index | {"hashKey": _key(index["KeySchema"], "HASH"), "rangeKey": _key(index["KeySchema"], "RANGE")}
        for index in at("GlobalSecondaryIndexes", seen, [])
    ]
    building = [
        each for each in seen["GlobalSecondaryIndexes"] if each.get("IndexStatus", "ACTIVE") != "ACTIVE"
    ]
    if seen.get("TableStatus") == "ACTIVE" and building:
        seen["TableStatus"] = "UPDATING"
    return seen


def _check(props: Props) -> Mapping[str, str]:
    """The real provider's rule: exactly the attributes that keys use are defined."""
    attributes = at("attributes", props, UNKNOWN)
    if has_unknown(
        [attributes, props.get("hashKey"), props.get("rangeKey"), props.get("globalSecondaryIndexes")]
    ):
        return {}
    owners = [props, *props.get("globalSecondaryIndexes", [])]
    used = {owner.get(key) for owner in owners for key in ("hashKey", "rangeKey")} - {None}
    defined = {each["name"] for each in attributes}
    if unused := sorted(map(str, defined - used)):
        return {"attributes": f"all attributes must be indexed. Unused attributes: {unused}"}
    if missing := sorted(map(str, used - defined)):
        return {"attributes": f"all indexes must match a defined attribute. Unmatched indexes: {missing}"}
    return {}


TABLE = ResourceType(
    type="aws:dynamodb/table:Table",
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
    parse_id=lambda found: {"TableName": found},
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
            call=change_settings,
        ),
        Change(arguments=frozenset({"attributes", "globalSecondaryIndexes"}), call=change_indexes),
        Change(arguments=frozenset({"ttl"}), call=change_time_to_live, on_create=True),
        Change(arguments=frozenset({"pointInTimeRecovery"}), call=change_recovery, on_create=True),
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
    check=_check,
    retry={"LimitExceededException": "", "ResourceInUseException": "being|indexes"},
)
