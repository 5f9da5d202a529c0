"""DynamoDB tables: made by CreateTable or, from files, by ImportTable; and the real provider's rules."""

from collections.abc import Mapping
from typing import Any

from offline_pulumi.provider.failures import InitFailure
from offline_pulumi.provider.model import Call, Members, Props, ResourceType, Wait, at
from offline_pulumi.provider.properties import UNKNOWN, has_unknown
from offline_pulumi.provider.requests import pauses, tagging
from offline_pulumi.provider.types.dynamodb.arguments import ARGUMENTS
from offline_pulumi.provider.types.dynamodb.changes import CHANGES, drop_replicas
from offline_pulumi.provider.types.dynamodb.forms import observed, requested

_INDEXES = ("globalSecondaryIndexes", "localSecondaryIndexes")
_IMPORT_MINUTES = 30
"""As long as the real provider waits for a table to be made."""


def _create_table(client: Any, members: Members, props: Props) -> None:
    """Makes the table with what the request takes; what else was asked for follows when it is active."""
    if "importTable" in props:
        _import_table(client, members, props)
        return
    stream = members.get("StreamSpecification")
    off = {"StreamSpecification"} if stream and not stream.get("StreamEnabled") else set[str]()
    accepted = client.meta.service_model.operation_model("CreateTable").input_shape.members
    client.create_table(**_only(members, accepted.keys() - off))


def _import_table(client: Any, members: Members, props: Props) -> None:
    """Fails when the import does; the engine then knows of a table half-made, as with the real provider.

    An import takes neither tags nor stream, class or local indexes.
    """
    shape = client.meta.service_model.operation_model("ImportTable").input_shape.members
    parameters = _only(members, shape["TableCreationParameters"].members)
    found = client.import_table(**members["ImportTable"], TableCreationParameters=parameters)[
        "ImportTableDescription"
    ]
    for _ in pauses(_IMPORT_MINUTES * 60):
        if found["ImportStatus"] not in {"IN_PROGRESS", "CANCELLING"}:
            break
        found = client.describe_import(ImportArn=found["ImportArn"])["ImportTableDescription"]
    if found["ImportStatus"] != "COMPLETED":
        raise InitFailure(
            f"waiting for DynamoDB Table Import ({found['ImportArn']}): unexpected state "
            f"'{found['ImportStatus']}', wanted target 'COMPLETED': {found.get('FailureCode', '')} "
            f"{found.get('FailureMessage', '')}".rstrip(),
            members["TableName"],
            props,
            props,
        )


def _only(members: Members, accepted: Mapping[str, Any] | set[str]) -> Members:
    return {name: value for name, value in members.items() if name in accepted}


def _check_table(props: Props) -> Mapping[str, str]:
    """Check that keys and attributes agree, and that a stream has its view."""
    if props.get("streamEnabled") is True and not props.get("streamViewType"):
        return {"streamViewType": "stream_view_type is required when stream_enabled = true"}
    attributes = at("attributes", props, UNKNOWN)
    parts = [props.get(name) for name in ("hashKey", "rangeKey", *_INDEXES)]
    if has_unknown([attributes, *parts]):
        return {}
    used = {props.get("hashKey"), props.get("rangeKey")}
    for name in _INDEXES:
        used |= {index.get(key) for index in at(name, props, []) for key in ("hashKey", "rangeKey")}
    used, defined = used - {None}, {each["name"] for each in attributes}
    if unused := sorted(map(str, defined - used)):
        return {"attributes": f"all attributes must be indexed. Unused attributes: {unused}"}
    if missing := sorted(map(str, used - defined)):
        return {"attributes": f"all indexes must match a defined attribute. Unmatched indexes: {missing}"}
    return {}


TABLE = ResourceType(
    type="aws:dynamodb/table:Table",
    title="AWS DynamoDB Table ({id})",
    service="dynamodb",
    arguments=ARGUMENTS,
    id=lambda members: members["TableName"],
    parse_id=lambda found: {"TableName": found},
    outputs={
        "arn": "TableArn",
        "streamArn": lambda members: members.get("LatestStreamArn") or "",
        "streamLabel": lambda members: members.get("LatestStreamLabel") or "",
    },
    shape=requested,
    create=_create_table,
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
    observe=observed,
    changes=CHANGES,
    before_delete=drop_replicas,
    delete=Call(operation="delete_table"),
    tagging=tagging(lambda members: {"ResourceArn": members["TableArn"]}, listing="list_tags_of_resource"),
    autoname="name",
    name_limit=255,
    wait=Wait(path="TableStatus", ready=frozenset({"ACTIVE"})),
    gone=frozenset({"ResourceNotFoundException", "TableNotFoundException"}),
    check=_check_table,
    retry={"LimitExceededException": "", "ResourceInUseException": "being|indexes"},
)
