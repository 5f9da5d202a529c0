"""Rules of EventBridge on the default bus, their targets, and the API destinations that these may be.

Source: hashicorp/terraform-provider-aws, internal/service/events.
"""

from collections.abc import Iterator
from typing import Any

from offline_pulumi.provider.failures import Failure
from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, Wait, argument, at
from offline_pulumi.provider.requests import tagging
from offline_pulumi.provider.translate import same_json

_GONE = frozenset({"ResourceNotFoundException"})
_OF_TARGET = ("Id", "Arn", "RoleArn", "Input", "InputTransformer")


def _rule(members: Members, _props: Props) -> Members:
    return {"State": "ENABLED", "EventBusName": "default", **members}


RULE = ResourceType(
    type="aws:cloudwatch/eventRule:EventRule",
    title="EventBridge Rule ({id})",
    service="events",
    arguments=(
        argument("name", replaces=True, computed=True),
        argument("description", default=""),
        argument("eventPattern", required=True, same=same_json),
        argument("state", default="ENABLED"),
    ),
    id=lambda members: members["Name"],
    parse_id=lambda found: {"Name": found},
    outputs={"arn": "Arn", "eventBusName": lambda _: "default"},
    shape=_rule,
    create=Call(operation="put_rule"),
    read=(Call(operation="describe_rule"),),
    changes=(Change(call=Call(operation="put_rule")),),
    delete=Call(operation="delete_rule"),
    tagging=tagging(lambda members: {"ResourceARN": members["Arn"]}),
    autoname="name",
    gone=_GONE,
)


def _put_target(client: Any, members: Members, _props: Props) -> Members:
    target = {name: members[name] for name in _OF_TARGET if members.get(name) is not None}
    answer = client.put_targets(Rule=members["Rule"], Targets=[target])
    for failed in answer.get("FailedEntries") or ():
        raise Failure(f"{failed['ErrorCode']}: {failed['ErrorMessage']}")
    return members


def _splits(found: str) -> Iterator[tuple[str, str]]:
    """Yield what an ID can mean, since rules and targets may have hyphens in their names."""
    parts = found.split("-")
    yield from (("-".join(parts[:end]), "-".join(parts[end:])) for end in range(len(parts) - 1, 0, -1))


def _find_target(client: Any, members: Members, _props: Props) -> Members | None:
    for rule, target in _splits(members["_id"]):
        try:
            found = client.list_targets_by_rule(Rule=rule)["Targets"]
        except client.exceptions.ResourceNotFoundException:
            continue
        for each in found:
            if each["Id"] == target:
                return {**each, "Rule": rule}
    return None


def _remove_target(client: Any, members: Members, _props: Props) -> None:
    client.remove_targets(Rule=members["Rule"], Ids=[members["Id"]])


TARGET = ResourceType(
    type="aws:cloudwatch/eventTarget:EventTarget",
    title="EventBridge Target ({id})",
    service="events",
    arguments=(
        argument("rule", required=True, replaces=True),
        argument("targetId", "Id", replaces=True, computed=True),
        argument("arn", required=True),
        argument("roleArn"),
        argument("input", same=same_json),
        argument(
            "inputTransformer",
            kind="object",
            fields=(
                argument("inputPaths", "InputPathsMap", kind="map"),
                argument("inputTemplate", required=True),
            ),
        ),
    ),
    id=lambda members: f"{members['Rule']}-{members['Id']}",
    parse_id=lambda found: {"_id": found},
    outputs={"eventBusName": lambda _: "default"},
    create=_put_target,
    read=(_find_target,),
    changes=(Change(call=_put_target),),
    delete=_remove_target,
    autoname="targetId",
    gone=_GONE,
)


def _same_key(given: Any, seen: Any) -> bool:
    """AWS tells the name of the key that a connection sends, and not its value."""
    return at("apiKey.key", given) == at("apiKey.key", seen)


CONNECTION = ResourceType(
    type="aws:cloudwatch/eventConnection:EventConnection",
    title="EventBridge Connection ({id})",
    service="events",
    arguments=(
        argument("name", replaces=True, computed=True),
        argument("description"),
        argument("authorizationType", required=True),
        argument(
            "authParameters",
            kind="object",
            required=True,
            reported=_same_key,
            fields=(
                argument(
                    "apiKey",
                    "ApiKeyAuthParameters",
                    kind="object",
                    fields=(
                        argument("key", "ApiKeyName", required=True),
                        argument("value", "ApiKeyValue", required=True),
                    ),
                ),
            ),
        ),
    ),
    id=lambda members: members["Name"],
    parse_id=lambda found: {"Name": found},
    outputs={"arn": "ConnectionArn", "secretArn": "SecretArn"},
    create=Call(operation="create_connection"),
    read=(Call(operation="describe_connection"),),
    changes=(Change(call=Call(operation="update_connection")),),
    delete=Call(operation="delete_connection"),
    autoname="name",
    gone=_GONE,
    wait=Wait(
        path="ConnectionState",
        ready=frozenset({"AUTHORIZED"}),
        failed=frozenset({"DEAUTHORIZED"}),
        minutes=2,
    ),
)
API_DESTINATION = ResourceType(
    type="aws:cloudwatch/eventApiDestination:EventApiDestination",
    title="EventBridge API Destination ({id})",
    service="events",
    arguments=(
        argument("name", replaces=True, computed=True),
        argument("description"),
        argument("connectionArn", required=True),
        argument("httpMethod", required=True),
        argument("invocationEndpoint", required=True),
        argument("invocationRateLimitPerSecond", kind="number", default=300),
    ),
    id=lambda members: members["Name"],
    parse_id=lambda found: {"Name": found},
    outputs={"arn": "ApiDestinationArn"},
    shape=lambda members, _: {"InvocationRateLimitPerSecond": 300, **members},
    create=Call(operation="create_api_destination"),
    read=(Call(operation="describe_api_destination"),),
    changes=(Change(call=Call(operation="update_api_destination")),),
    delete=Call(operation="delete_api_destination"),
    autoname="name",
    gone=_GONE,
)
TYPES = (RULE, TARGET, CONNECTION, API_DESTINATION)
