"""State machines of Step Functions.

Source: hashicorp/terraform-provider-aws, internal/service/sfn/state_machine.go.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from offline_pulumi.provider.failures import Failure
from offline_pulumi.provider.model import (
    Action,
    Call,
    Change,
    Members,
    Props,
    ResourceType,
    Tagging,
    Wait,
    argument,
    at,
)
from offline_pulumi.provider.properties import UNKNOWN
from offline_pulumi.provider.requests import act
from offline_pulumi.provider.translate import same_json

_NAME = re.compile(r"[0-9A-Za-z_-]+")
_GROUP = "cloudWatchLogsLogGroup"
_LONGEST, _LONGEST_PREFIX = 80, 54
_CHANGEABLE = (
    argument("definition", "definition", required=True, same=same_json),
    argument("roleArn", "roleArn", required=True),
    argument(
        "loggingConfiguration",
        "loggingConfiguration",
        kind="object",
        computed=True,
        fields=(
            argument("includeExecutionData", "includeExecutionData", kind="boolean", default=False),
            argument("level", "level"),
            argument("logDestination", f"destinations.0.{_GROUP}.logGroupArn"),
        ),
    ),
    argument(
        "tracingConfiguration",
        "tracingConfiguration",
        kind="object",
        computed=True,
        fields=(argument("enabled", "enabled", kind="boolean", default=False),),
    ),
    argument(
        "encryptionConfiguration",
        "encryptionConfiguration",
        kind="object",
        computed=True,
        fields=(
            argument("kmsDataKeyReusePeriodSeconds", "kmsDataKeyReusePeriodSeconds", kind="number"),
            argument("kmsKeyId", "kmsKeyId"),
            argument("type", "type"),
        ),
    ),
    argument("publish", "publish", kind="boolean", default=False, write_only=True),
)


def _shape(members: Members, _props: Props) -> Members:
    """Return a log group is a list of one destination."""
    logging = members.get("loggingConfiguration", {})
    if (groups := logging.get("destinations")) is None:
        return members
    return members | {
        "loggingConfiguration": logging | {"destinations": [{_GROUP: {"logGroupArn": arn}} for arn in groups]}
    }


def _validated(action: Action) -> Action:
    """Return the call, of a definition that AWS has said is valid, as the provider asks while it plans."""

    def call(client: Any, members: Members, props: Props) -> Members | None:
        answer = client.validate_state_machine_definition(
            definition=members["definition"], type=props.get("type") or "STANDARD"
        )
        if answer["result"] != "OK":
            said = "\n".join(
                f"{each['severity']} ({each['code']}): {each['message']}" for each in answer["diagnostics"]
            )
            raise Failure(f"invalid Step Functions State Machine definition: {said}")
        return act(client, action, members, props)

    return call


def _versions(client: Any, members: Members, _props: Props) -> Members:
    found = client.list_state_machine_versions(stateMachineArn=members["stateMachineArn"])
    return {"_version": at("stateMachineVersions.0.stateMachineVersionArn", found, "")}


def _created(members: Members) -> str:
    created: datetime = members["creationDate"]
    return f"{created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _check(props: Props) -> Mapping[str, str]:
    mistakes: dict[str, str] = {}
    for key, longest in (("name", _LONGEST), ("namePrefix", _LONGEST_PREFIX)):
        name = props.get(key)
        if name is None or name == UNKNOWN:
            continue
        if not 1 <= len(name) <= longest:
            mistakes[key] = f"expected length of {key} to be in the range (1 - {longest}), got {name}"
        elif not _NAME.fullmatch(name):
            mistakes[key] = "the name should only contain 0-9, A-Z, a-z, - and _"
    return mistakes


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


STATE_MACHINE = ResourceType(
    type="aws:sfn/stateMachine:StateMachine",
    title="Step Functions State Machine ({id})",
    service="stepfunctions",
    arguments=(
        argument("name", "name", replaces=True, computed=True),
        argument("namePrefix", "", replaces=True),
        argument("type", "type", replaces=True, default="STANDARD"),
        *_CHANGEABLE,
    ),
    id=lambda members: members["stateMachineArn"],
    parse_id=lambda found: {"stateMachineArn": found},
    outputs={
        "arn": "stateMachineArn",
        "creationDate": _created,
        "description": "description",
        "revisionId": "revisionId",
        "stateMachineVersionArn": "_version",
        "status": "status",
        "versionDescription": lambda _: "",
    },
    shape=_shape,
    create=_validated(Call(operation="create_state_machine")),
    read=(Call(operation="describe_state_machine"), _versions),
    changes=(
        Change(
            arguments=frozenset(each.name for each in _CHANGEABLE),
            call=_validated(Call(operation="update_state_machine")),
        ),
    ),
    delete=Call(operation="delete_state_machine"),
    tagging=Tagging(
        read=lambda client, members: {
            tag["key"]: tag["value"]
            for tag in client.list_tags_for_resource(resourceArn=members["stateMachineArn"])["tags"]
        },
        put=lambda client, members, new, _: client.tag_resource(
            resourceArn=members["stateMachineArn"], tags=_tags(new)
        ),
        remove=lambda client, members, keys: client.untag_resource(
            resourceArn=members["stateMachineArn"], tagKeys=keys
        ),
        on_create=lambda tags: {"tags": _tags(tags)},
    ),
    autoname="name",
    name_limit=_LONGEST,
    gone=frozenset({"StateMachineDoesNotExist"}),
    retry={"AccessDeniedException": "", "StateMachineDeleting": ""},
    wait=Wait(path="status", ready=frozenset({"ACTIVE"}), minutes=5),
    check=_check,
)
