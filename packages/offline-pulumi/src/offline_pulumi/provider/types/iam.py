"""IAM roles, their own policies, and the managed policies attached to them."""

from datetime import datetime
from typing import Any

from offline_pulumi.provider.model import Call, Change, Members, Props, ResourceType, Tagging, argument, at
from offline_pulumi.provider.requests import tag_list, tag_map
from offline_pulumi.provider.translate import same_policy

GONE = frozenset({"NoSuchEntity"})
RETRY = {"MalformedPolicyDocument": "invalid principal", "ConcurrentModification": ""}


def _moment(value: Any) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else str(value)


def _detach_all(client: Any, members: Members, props: Props) -> None:
    """Remove what hangs on a role, when it says `forceDetachPolicies`; IAM refuses to delete it
    otherwise.
    """
    if not props.get("forceDetachPolicies"):
        return
    name = members["RoleName"]
    for each in client.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        client.detach_role_policy(RoleName=name, PolicyArn=each["PolicyArn"])
    for policy in client.list_role_policies(RoleName=name)["PolicyNames"]:
        client.delete_role_policy(RoleName=name, PolicyName=policy)


def _set_boundary(client: Any, members: Members, _props: Props) -> None:
    if boundary := members.get("PermissionsBoundary"):
        client.put_role_permissions_boundary(RoleName=members["RoleName"], PermissionsBoundary=boundary)
    else:
        client.delete_role_permissions_boundary(RoleName=members["RoleName"])


def _observe(members: Members) -> Members:
    boundary = (at("PermissionsBoundary", members, {})).get("PermissionsBoundaryArn")
    return members | {"PermissionsBoundary": boundary}


ROLE = ResourceType(
    type="aws:iam/role:Role",
    title="IAM Role ({id})",
    service="iam",
    arguments=(
        argument("name", "RoleName", replaces=True, computed=True),
        argument("namePrefix", "", replaces=True),
        argument("assumeRolePolicy", "AssumeRolePolicyDocument", required=True, same=same_policy),
        argument("description", default=""),
        argument("path", replaces=True, default="/"),
        argument("maxSessionDuration", kind="number", default=3600),
        argument("permissionsBoundary"),
        argument("forceDetachPolicies", "", kind="boolean", default=False),
    ),
    id=lambda members: members["RoleName"],
    parse_id=lambda found: {"RoleName": found},
    outputs={
        "arn": "Arn",
        "uniqueId": "RoleId",
        "createDate": lambda members: _moment(members.get("CreateDate")),
    },
    create=Call(operation="create_role"),
    read=(Call(operation="get_role", answer="Role"),),
    observe=_observe,
    changes=(
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
        Change(arguments=frozenset({"permissionsBoundary"}), call=_set_boundary),
    ),
    before_delete=_detach_all,
    delete=Call(operation="delete_role"),
    tagging=Tagging(
        read=lambda client, members: tag_map(client.list_role_tags(RoleName=members["RoleName"])["Tags"]),
        put=lambda client, members, new, _: client.tag_role(RoleName=members["RoleName"], Tags=tag_list(new)),
        remove=lambda client, members, keys: client.untag_role(RoleName=members["RoleName"], TagKeys=keys),
        on_create=lambda tags: {"Tags": tag_list(tags)},
    ),
    autoname="name",
    gone=GONE,
    retry=RETRY,
)


def _parse_policy_id(resource_id: str) -> Members:
    role, _, policy = resource_id.partition(":")
    return {"RoleName": role, "PolicyName": policy}


ROLE_POLICY = ResourceType(
    type="aws:iam/rolePolicy:RolePolicy",
    title="IAM Role ({role}) Policy ({id})",
    service="iam",
    arguments=(
        argument("name", "PolicyName", replaces=True, computed=True),
        argument("namePrefix", "", replaces=True),
        argument("policy", "PolicyDocument", required=True, same=same_policy),
        argument("role", "RoleName", required=True, replaces=True),
    ),
    id=lambda members: f"{members['RoleName']}:{members['PolicyName']}",
    parse_id=_parse_policy_id,
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


def _parse_attachment_id(resource_id: str) -> Members:
    role, _, arn = resource_id.partition("/")
    return {"RoleName": role, "PolicyArn": arn}


ROLE_POLICY_ATTACHMENT = ResourceType(
    type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    title="IAM Policy ({policyArn}) to IAM Role ({role})",
    service="iam",
    arguments=(
        argument("role", "RoleName", required=True, replaces=True),
        argument("policyArn", required=True, replaces=True),
    ),
    id=lambda members: f"{members['RoleName']}/{members['PolicyArn']}",
    parse_id=_parse_attachment_id,
    create=Call(operation="attach_role_policy"),
    read=(_find_attachment,),
    delete=Call(operation="detach_role_policy"),
    gone=GONE,
    retry=RETRY,
)

TYPES = (ROLE, ROLE_POLICY, ROLE_POLICY_ATTACHMENT)
