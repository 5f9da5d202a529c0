"""State machines of Step Functions.

Source: hashicorp/terraform-provider-aws, internal/service/sfn/state_machine.go.
"""

import re
from collections.abc import Mapping
from typing import Any

from offline_pulumi.provider.failures import Failure
from offline_pulumi.provider.model import Action, Call, Change, Members, Props, ResourceType, Wait, argument
from offline_pulumi.provider.properties import UNKNOWN
from offline_pulumi.provider.requests import act, moment, tagging
from offline_pulumi.provider.translate import same_json

_NAME = re.compile(r"[0-9A-Za-z_-]+")
_LONGEST = 80


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


def _check(props: Props) -> Mapping[str, str]:
    name = props.get("name")
    if name is None or name == UNKNOWN:
        return {}
    if not 1 <= len(name) <= _LONGEST:
        return {"name": f"expected length of name to be in the range (1 - {_LONGEST}), got {name}"}
    if not _NAME.fullmatch(name):
        return {"name": "the name should only contain 0-9, A-Z, a-z, - and _"}
    return {}


STATE_MACHINE = ResourceType(
    type="aws:sfn/stateMachine:StateMachine",
    title="Step Functions State Machine ({id})",
    service="stepfunctions",
    arguments=(
        argument("name", "name", replaces=True, computed=True),
        argument("type", "type", replaces=True, default="STANDARD"),
        argument("definition", "definition", required=True, same=same_json),
        argument("roleArn", "roleArn", required=True),
    ),
    id=lambda members: members["stateMachineArn"],
    parse_id=lambda found: {"stateMachineArn": found},
    outputs={
        "arn": "stateMachineArn",
        "creationDate": lambda members: moment(members["creationDate"]),
        "description": "description",
        "revisionId": "revisionId",
        "status": "status",
    },
    create=_validated(Call(operation="create_state_machine")),
    read=(Call(operation="describe_state_machine"),),
    changes=(Change(call=_validated(Call(operation="update_state_machine"))),),
    delete=Call(operation="delete_state_machine"),
    tagging=tagging(
        lambda members: {"resourceArn": members["stateMachineArn"]},
        answer="tags",
        member="tags",
        keys="tagKeys",
        read=lambda tags: {each["key"]: each["value"] for each in tags},
        write=lambda tags: [{"key": key, "value": value} for key, value in tags.items()],
    ),
    autoname="name",
    name_limit=_LONGEST,
    gone=frozenset({"StateMachineDoesNotExist"}),
    retry={"AccessDeniedException": "", "StateMachineDeleting": ""},
    wait=Wait(path="status", ready=frozenset({"ACTIVE"}), minutes=5),
    check=_check,
)
