"""CloudWatch log groups."""

from typing import Any

from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, argument
from offline_pulumi.provider.requests import tagging


def _arn(members: Members) -> str:
    return str(members["arn"]).removesuffix(":*")


def _find(client: Any, members: Members, _props: Props) -> Members | None:
    name = members["logGroupName"]
    groups = client.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return next((each for each in groups if each["logGroupName"] == name), None)


def _retention(client: Any, members: Members, props: Props) -> None:
    if days := props.get("retentionInDays"):
        client.put_retention_policy(logGroupName=members["logGroupName"], retentionInDays=days)
    else:
        client.delete_retention_policy(logGroupName=members["logGroupName"])


LOG_GROUP = ResourceType(
    type="aws:cloudwatch/logGroup:LogGroup",
    title="CloudWatch Logs Log Group ({id})",
    service="logs",
    arguments=(
        argument("name", "logGroupName", replaces=True, computed=True),
        argument("retentionInDays", "retentionInDays", kind="number", default=0),
    ),
    id=lambda members: members["logGroupName"],
    parse_id=lambda found: {"logGroupName": found},
    outputs={"arn": _arn},
    create=Call(operation="create_log_group"),
    read=(_find,),
    changes=(Change(arguments=frozenset({"retentionInDays"}), call=_retention, on_create=True),),
    delete=Call(operation="delete_log_group"),
    tagging=tagging(
        lambda members: {"resourceArn": _arn(members)},
        answer="tags",
        member="tags",
        keys="tagKeys",
        read=dict,
        write=dict,
    ),
    autoname="name",
    name_limit=512,
    gone=frozenset({"ResourceNotFoundException"}),
)
