"""Fix how moto takes state machines: definitions are checked, roles assumed, versions listed.

moto keeps whatever it is given, and runs nothing of it here.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, cast

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.stepfunctions.models import StateMachine, StepFunctionBackend
from moto.stepfunctions.responses import StepFunctionResponse

from local_aws.dataplane.roles import DeniedError, assume

SERVICE = "states.amazonaws.com"
# The text in which Step Functions refuses a role that is not there, or that does not trust it.
NOT_ASSUMED = (
    "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume "
    "the provided role."
)
_TYPES = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
_LANGUAGES = ("JSONPath", "JSONata")
# What gives a state of one query language to the other is refused:
# https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
_OF_JSONPATH = frozenset({"Parameters", "InputPath", "OutputPath", "ResultPath", "ResultSelector"})
_OF_JSONATA = frozenset({"Arguments", "Output"})

_create, _update = StepFunctionBackend.create_state_machine, StepFunctionBackend.update_state_machine
_describe = StepFunctionResponse._describe_state_machine  # pyright: ignore[reportPrivateUsage]


def check_state_machines() -> None:
    """Let the state machines of this process be such as AWS takes."""
    for owner, name, replacement in (
        (StepFunctionBackend, "create_state_machine", _created),
        (StepFunctionBackend, "update_state_machine", _updated),
        (StepFunctionResponse, "_describe_state_machine", _described),
        (StepFunctionResponse, "validate_state_machine_definition", _validated),
        (StepFunctionResponse, "list_state_machine_versions", _versions),
    ):
        setattr(owner, name, replacement)


def faults(definition: str) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with a definition, as far as it is looked at: code, message and place.

    Its form, the types of its states, where they lead, and fields of the other query language; expressions
    are not read. Source: https://states-language.net/spec.html
    """
    try:
        machine = json.loads(definition)
    except ValueError as error:
        yield "INVALID_JSON_DESCRIPTION", str(error), "/"
        return
    if not isinstance(machine, dict) or not isinstance(cast("Any", machine).get("States"), dict):
        yield "SCHEMA_VALIDATION_FAILED", "The field 'States' is required", "/"
        return
    machine = cast("dict[str, Any]", machine)
    states: dict[str, Any] = machine["States"]
    if machine.get("StartAt") not in states:
        yield "MISSING_TRANSITION_TARGET", f"Missing 'StartAt' target: {machine.get('StartAt')}", "/StartAt"
    for name, state in states.items():
        for code, message, field in _wrong(state, states, machine.get("QueryLanguage", "JSONPath")):
            yield code, message, f"/States/{name}{field}"


def _wrong(state: Any, states: Mapping[str, Any], language: str) -> Iterator[tuple[str, str, str]]:
    if not isinstance(state, dict) or cast("Any", state).get("Type") not in _TYPES:
        yield "SCHEMA_VALIDATION_FAILED", f"The field 'Type' should be one of {', '.join(_TYPES)}", "/Type"
        return
    state = cast("dict[str, Any]", state)
    language = state.get("QueryLanguage", language)
    if language not in _LANGUAGES:
        yield "SCHEMA_VALIDATION_FAILED", f"'{language}' is no query language", "/QueryLanguage"
    for field in sorted(state.keys() & (_OF_JSONPATH if language == "JSONata" else _OF_JSONATA)):
        message = f"The field '{field}' is not supported with the query language {language}"
        yield "SCHEMA_VALIDATION_FAILED", message, f"/{field}"
    if state["Type"] == "Task" and not state.get("Resource"):
        yield "SCHEMA_VALIDATION_FAILED", "The field 'Resource' is required", "/Resource"
    follows = state.get("Next")
    if follows is not None and follows not in states:
        yield "MISSING_TRANSITION_TARGET", f"Missing 'Next' target: {follows}", "/Next"
    if follows is None and not state.get("End") and state["Type"] not in ("Choice", "Succeed", "Fail"):
        yield "SCHEMA_VALIDATION_FAILED", "One of the fields 'Next' and 'End' is required", ""


def _check(definition: str | None, role: str | None) -> None:
    found = ", ".join(f"{code}: {message} at {place}" for code, message, place in faults(definition or "{}"))
    if definition is not None and found:
        raise JsonRESTError("InvalidDefinition", f"Invalid State Machine Definition: '{found}'")
    try:
        if role is not None:
            assume(role, service=SERVICE)
    except DeniedError:
        raise JsonRESTError("AccessDeniedException", NOT_ASSUMED) from None


def _created(
    backend: StepFunctionBackend,
    name: str,
    definition: str,
    roleArn: str,  # noqa: N803 - as moto calls it
    *rest: Any,
    **more: Any,
) -> StateMachine:
    _check(definition, None)
    # moto refuses what is no ARN of a role.
    backend._validate_role_arn(roleArn)  # pyright: ignore[reportPrivateUsage]
    _check(None, roleArn)
    there = next((each for each in backend.state_machines if each.name == name), None)
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html: idempotent
    if there is not None and (there.definition, there.roleArn) != (definition, roleArn):
        raise JsonRESTError("StateMachineAlreadyExists", f"State Machine Already Exists: '{there.arn}'")
    machine = _create(backend, name, definition, roleArn, *rest, **more)
    if there is None:
        _revised(machine)
    return machine


def _updated(
    backend: StepFunctionBackend, arn: str, definition: str | None = None, role_arn: str | None = None,
    *rest: Any, **more: Any,
) -> StateMachine:  # fmt: skip
    _check(definition, role_arn)
    machine = _update(backend, arn, definition, role_arn, *rest, **more)
    _revised(machine)
    return machine


def _revised(machine: StateMachine) -> None:
    vars(machine)["revision"] = str(uuid.uuid4())


def _described(response: StepFunctionResponse, state_machine_arn: str) -> ActionResult:
    answer = cast("dict[str, Any]", _describe(response, state_machine_arn).result)
    machine = response.stepfunction_backend.describe_state_machine(state_machine_arn)
    return ActionResult(answer | {"revisionId": vars(machine).get("revision")})


def _validated(response: StepFunctionResponse) -> ActionResult:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html."""
    given = str(response._get_param("definition"))  # pyright: ignore[reportPrivateUsage]
    found = [
        {"severity": "ERROR", "code": code, "message": message, "location": place}
        for code, message, place in faults(given)
    ]
    return ActionResult({"result": "FAIL" if found else "OK", "diagnostics": found, "truncated": False})


def _versions(response: StepFunctionResponse) -> ActionResult:
    """Newest first."""
    arn = str(response._get_param("stateMachineArn"))  # pyright: ignore[reportPrivateUsage]
    machine = response.stepfunction_backend.describe_state_machine(arn)
    found = [
        {"stateMachineVersionArn": version.arn, "creationDate": version.creation_date}
        for _, version in sorted(machine.versions.items(), reverse=True)
    ]
    return ActionResult({"stateMachineVersions": found})
