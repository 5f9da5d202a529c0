"""DynamoDB tables."""

from dataclasses import replace
from typing import Any

from offline_pulumi.provider.model import Call, Change, Members, ResourceType, Tagging, Wait, argument
from offline_pulumi.provider.requests import tag_list, tag_map
from offline_pulumi.provider.translate import is_same
from offline_pulumi.provider.types.dynamodb.arguments import (
    ATTRIBUTES,
    CAPACITY,
    ENCRYPTION,
    GLOBAL_INDEXES,
    IMPORT,
    LIMITS,
    LOCAL_INDEXES,
    RECOVERY,
    REPLICAS,
    TIME_TO_LIVE,
    WARM,
)
from offline_pulumi.provider.types.dynamodb.changes import (
    change_recovery,
    change_settings,
    change_time_to_live,
)
from offline_pulumi.provider.types.dynamodb.creation import create_table
from offline_pulumi.provider.types.dynamodb.forms import observed, requested, same_indexes
from offline_pulumi.provider.types.dynamodb.indexes import change_indexes
from offline_pulumi.provider.types.dynamodb.replicas import change_replicas, drop_replicas, read_replicas
from offline_pulumi.provider.types.dynamodb.rules import check_table, comes_or_goes, falls


def _tags(client: Any, members: Members) -> dict[str, str]:
    pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=members["TableArn"])
    return tag_map(tag for page in pages for tag in page["Tags"])


def _agree(given: list[dict[str, Any]], seen: list[dict[str, Any]]) -> bool:
    """Return whether replicas are as given; AWS does not report whether they take over tags."""
    plain = [{name: value for name, value in each.items() if name != "propagateTags"} for each in given]
    return is_same(REPLICAS, seen, plain)


TABLE = ResourceType(
    type="aws:dynamodb/table:Table",
    title="AWS DynamoDB Table ({id})",
    service="dynamodb",
    arguments=(
        argument("name", "TableName", replaces=True, computed=True),
        ATTRIBUTES,
        argument("hashKey", "hashKey", replaces=True, required=True),
        argument("rangeKey", "rangeKey", replaces=True),
        argument("billingMode", default="PROVISIONED"),
        *CAPACITY,
        LIMITS,
        replace(WARM, replaces=falls),
        replace(GLOBAL_INDEXES, same=same_indexes),
        LOCAL_INDEXES,
        RECOVERY,
        TIME_TO_LIVE,
        argument("streamEnabled", "StreamSpecification.StreamEnabled", kind="boolean", default=False),
        argument("streamViewType", "StreamSpecification.StreamViewType", computed=True),
        argument("tableClass", default="STANDARD"),
        argument("deletionProtectionEnabled", kind="boolean", default=False),
        ENCRYPTION,
        replace(REPLICAS, reported=_agree),
        replace(IMPORT, replaces=comes_or_goes),
    ),
    id=lambda members: members["TableName"],
    parse_id=lambda found: {"TableName": found},
    outputs={
        "arn": "TableArn",
        "streamArn": lambda members: members.get("LatestStreamArn") or "",
        "streamLabel": lambda members: members.get("LatestStreamLabel") or "",
    },
    shape=requested,
    create=create_table,
    read=(
        Call(operation="describe_table", answer="Table"),
        Call(operation="describe_time_to_live", answer="TimeToLiveDescription", into="Ttl", absent={}),
        Call(
            operation="describe_continuous_backups",
            answer="ContinuousBackupsDescription",
            into="Backups",
            absent={},
        ),
        read_replicas,
    ),
    observe=observed,
    changes=(
        Change(
            arguments=frozenset(
                {"billingMode", "readCapacity", "writeCapacity", "streamEnabled", "streamViewType"}
            )
            | {"tableClass", "deletionProtectionEnabled", "serverSideEncryption"}
            | {"onDemandThroughput", "warmThroughput"},
            call=change_settings,
        ),
        Change(arguments=frozenset({"attributes", "globalSecondaryIndexes"}), call=change_indexes),
        Change(arguments=frozenset({"ttl"}), call=change_time_to_live, on_create=True),
        Change(arguments=frozenset({"pointInTimeRecovery"}), call=change_recovery, on_create=True),
        Change(arguments=frozenset({"replicas", "tags", "tagsAll"}), call=change_replicas, on_create=True),
    ),
    before_delete=drop_replicas,
    delete=Call(operation="delete_table"),
    tagging=Tagging(
        read=_tags,
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
    check=check_table,
    retry={"LimitExceededException": "", "ResourceInUseException": "being|indexes"},
)
