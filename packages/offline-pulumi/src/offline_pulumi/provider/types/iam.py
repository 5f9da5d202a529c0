"""IAM roles, their own policies, and the managed policies attached to them."""

from collections.abc import Callable
from typing import Any

from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, argument
from offline_pulumi.provider.requests import moment, tagging
from offline_pulumi.provider.translate import same_policy

GONE = frozenset({"NoSuchEntity"})
RETRY = {"MalformedPolicyDocument": "invalid principal", "ConcurrentModification": ""}


def _put_boundary(client: Any, members: Members, _props: Props) -> Members | None:
    role = {"RoleName": members["RoleName"]}
    if boundary := members.get("PermissionsBoundary"):
        client.put_role_permissions_boundary(**role, PermissionsBoundary=boundary)
    else:
        client.delete_role_permissions_boundary(**role)
    return None


def _observe(members: Members) -> Members:
    """As the creating request names it: an ARN."""
    boundary = members.get("PermissionsBoundary")
    if not isinstance(boundary, dict):
        return members
    return members | {"PermissionsBoundary": boundary["PermissionsBoundaryArn"]}


ROLE = ResourceType(
    type="aws:iam/role:Role",
    title="IAM Role ({id})",
    service="iam",
    arguments=(
        argument("name", "RoleName", replaces=True, computed=True),
        argument("assumeRolePolicy", "AssumeRolePolicyDocument", required=True, same=same_policy),
        argument("description", default=""),
        argument("path", replaces=True, default="/"),
        argument("permissionsBoundary"),
        argument("maxSessionDuration", kind="number", default=3600),
    ),
    id=lambda members: members["RoleName"],
    parse_id=lambda found: {"RoleName": found},
    outputs={
        "arn": "Arn",
        "uniqueId": "RoleId",
        "createDate": lambda members: moment(members.get("CreateDate")),
    },
    create=Call(operation="create_role"),
    read=(Call(operation="get_role", answer="Role"),),
    changes=(
        Change(arguments=frozenset({"permissionsBoundary"}), call=_put_boundary),
        Change(
            arguments=frozenset({"assumeRolePolicy"}),
            call=Call(
                operation="update_assume_role_policy",
                build=lambda members: {"PolicyDocument": members["AssumeRolePolicyDocument"]},
            ),
        ),
        Change(
            arguments=frozenset({"description", "maxSessionDuration"}), call=Call(operation="update_role")
        ),
    ),
    delete=Call(operation="delete_role"),
    observe=_observe,
    tagging=tagging(
        lambda members: {"RoleName": members["RoleName"]},
        listing="list_role_tags",
        put="tag_role",
        remove="untag_role",
    ),
    autoname="name",
    gone=GONE,
    retry=RETRY,
)


def _parts(separator: str, *names: str) -> Callable[[str], Members]:
    return lambda found: dict(zip(names, found.partition(separator)[::2], strict=True))


ROLE_POLICY = ResourceType(
    type="aws:iam/rolePolicy:RolePolicy",
    title="IAM Role ({role}) Policy ({id})",
    service="iam",
    arguments=(
        argument("name", "PolicyName", replaces=True, computed=True),
        argument("policy", "PolicyDocument", required=True, same=same_policy),
        argument("role", "RoleName", required=True, replaces=True),
    ),
    id=lambda members: f"{members['RoleName']}:{members['PolicyName']}",
    parse_id=_parts(":", "RoleName", "PolicyName"),
    create=Call(operation="put_role_policy"),
    read=(Call(operation="get_role_policy"),),
    changes=(Change(arguments=frozenset({"policy"}), call=Call(operation="put_role_policy")),),
    delete=Call(operation="delete_role_policy"),
    autoname="name",
    name_limit=128,
    gone=GONE,
    retry=RETRY,
)


def _find_attachment(client: Any, members: Members, _props: Props) -> Members | None:
    pages = client.get_paginator("list_attached_role_policies").paginate(RoleName=members["RoleName"])
    attached = (each["PolicyArn"] for page in pages for each in page["AttachedPolicies"])
    return {} if members["PolicyArn"] in attached else None


ROLE_POLICY_ATTACHMENT = ResourceType(
    type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    title="IAM Policy ({policyArn}) to IAM Role ({role})",
    service="iam",
    arguments=(
        argument("role", "RoleName", required=True, replaces=True),
        argument("policyArn", required=True, replaces=True),
    ),
    id=lambda members: f"{members['RoleName']}/{members['PolicyArn']}",
    parse_id=_parts("/", "RoleName", "PolicyArn"),
    create=Call(operation="attach_role_policy"),
    read=(_find_attachment,),
    delete=Call(operation="detach_role_policy"),
    gone=GONE,
    retry=RETRY,
)

TYPES = (ROLE, ROLE_POLICY, ROLE_POLICY_ATTACHMENT)
