"""State machines by the replacement provider, against local AWS."""

import json
from typing import Any

import pytest

from local_aws.testing.stage import Stage
from offline_pulumi.provider import lifecycle as lifecycles
from offline_pulumi.provider.differences import difference
from offline_pulumi.provider.failures import Failure
from offline_pulumi.provider.lifecycle import Lifecycle
from offline_pulumi.provider.settings import Clients, Settings
from offline_pulumi.provider.types import TYPES

MACHINE = "aws:sfn/stateMachine:StateMachine"
TRUST = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
EXPORT = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:dynamodb:exportTableToPointInTime",
    "Arguments": {"TableArn": "{% $states.input.table %}"},
    "End": True,
}


def definition(**state: Any) -> str:
    """A machine of one state."""
    states = {"Export": {**EXPORT, **state}}
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": "Export", "States": states})


def machines(stage: Stage, **default_tags: str) -> Lifecycle:
    clients = Clients(Settings(region=stage.region, endpoint=stage.url))
    return Lifecycle(TYPES[MACHINE], clients.get, default_tags)


def inputs(stage: Stage, **more: Any) -> dict[str, Any]:
    return {
        "name": stage.named("changes"),
        "roleArn": stage.role("machine", trust=TRUST),
        "definition": definition(),
        **more,
    }


def test_state_machine_is_made_read_changed_and_deleted(stage: Stage) -> None:
    lifecycle = machines(stage, team="data")
    given = inputs(stage, tags={"a": "1"})
    made = lifecycle.create(given)
    assert made.id == made.state["arn"]
    assert made.id.endswith(f":stateMachine:{given['name']}")
    assert (made.state["type"], made.state["status"]) == ("STANDARD", "ACTIVE")
    assert made.state["creationDate"].endswith("Z")
    assert made.state["tagsAll"] == {"team": "data", "a": "1"}
    found = lifecycle.read(made.id, given)
    assert found is not None
    assert (found.inputs, found.state) == (given, made.state)

    changed = given | {"definition": definition(Comment="again"), "tags": {"b": "2"}}
    after = lifecycle.update(made.id, changed, ["definition", "tags"], made.state)
    assert json.loads(after.state["definition"])["States"]["Export"]["Comment"] == "again"
    assert after.state["revisionId"] != made.state["revisionId"]
    assert after.state["tagsAll"] == {"team": "data", "b": "2"}
    lifecycle.delete(made.id, made.state)
    assert lifecycle.read(made.id, given) is None


def test_state_machine_is_replaced_for_its_name_and_its_type_alone(stage: Stage) -> None:
    entry = TYPES[MACHINE]
    old = inputs(stage)
    state = machines(stage).create(old).state
    for name, value in (("name", "other"), ("type", "EXPRESS")):
        found = difference(entry, old, old | {name: value}, state=state, default_tags={}, name="m")
        assert list(found.replaces) == [name]
    redefined = old | {"definition": definition(Comment="x")}
    found = difference(entry, old, redefined, state=state, default_tags={}, name="m")
    assert (list(found.changed), list(found.replaces)) == (["definition"], [])
    respelt = old | {"definition": json.dumps(json.loads(old["definition"]), indent=2)}
    assert difference(entry, old, respelt, state=state, default_tags={}, name="m").changed == ()


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{", "INVALID_JSON_DESCRIPTION"),
        ("[]", "The field 'States' is required"),
        (json.dumps({"StartAt": "Nowhere", "States": {}}), "Missing 'StartAt' target: Nowhere"),
        (definition(Type="Tusk"), "The field 'Type' should be one of Task"),
        (definition(Next="Nowhere", End=False), "Missing 'Next' target: Nowhere"),
        (definition(End=False), "One of the fields 'Next' and 'End' is required"),
        (definition(Parameters={}), "'Parameters' is not supported with the query language JSONata"),
        (definition(QueryLanguage="JSONPath"), "'Arguments' is not supported with the query language JSON"),
        (definition(Resource=""), "The field 'Resource' is required"),
    ],
)
def test_invalid_definition_is_refused_and_nothing_is_created(stage: Stage, document: str, said: str) -> None:
    given = inputs(stage, definition=document)
    with pytest.raises(Failure, match="invalid Step Functions State Machine definition") as failed:
        machines(stage).create(given)
    assert said in str(failed.value)
    client = stage.client("stepfunctions")
    with pytest.raises(client.exceptions.InvalidDefinition) as refused:
        client.create_state_machine(name=given["name"], definition=document, roleArn=given["roleArn"])
    assert said in str(refused.value)
    names = [each["name"] for each in client.list_state_machines()["stateMachines"]]
    assert given["name"] not in names


def test_role_is_refused_when_missing_or_trusting_a_different_service(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycles, "PROPAGATION_SECONDS", 0.1)
    given = inputs(stage)
    missing = "arn:aws:iam::123456789012:role/nobody"
    for role in (missing, stage.role("dms")):
        with pytest.raises(Failure, match=r"AccessDeniedException: Neither the global service principal"):
            machines(stage).create(given | {"roleArn": role})


def test_name_of_an_existing_state_machine_is_refused(stage: Stage) -> None:
    given = inputs(stage)
    machines(stage).create(given)
    with pytest.raises(Failure, match="StateMachineAlreadyExists"):
        machines(stage).create(given | {"definition": definition(Comment="other")})


@pytest.mark.parametrize(("name", "said"), [("a" * 81, "in the range"), ("a b", "should only contain")])
def test_invalid_name_is_refused_by_a_preview(name: str, said: str) -> None:
    assert said in TYPES[MACHINE].check({"name": name})["name"]
