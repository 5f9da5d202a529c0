"""The roles that DMS looks for by name, one of each per account, and what they lack.

Source: https://docs.aws.amazon.com/dms/latest/userguide/security-iam.html#CHAP_Security.APIRole
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, cast
from urllib.parse import unquote

from botocore.exceptions import ClientError

from dynamodb_bulk.aws.clients import Aws, is_denied
from dynamodb_bulk.aws.tags import tags_of
from dynamodb_bulk.spec.errors import InputError

OWNER_TAG = "bulk:owner"
_SERVICE = "dms.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class AccountRole:
    """A role as AWS wants it: its fixed name, its managed policy and the rights that DMS uses of it, whether
    its trust can be narrowed. `without`: what happens without the rights; empty where nothing works.
    """

    name: str
    policy: str
    rights: tuple[str, ...]
    narrowed: bool
    without: str = ""


# DMS assumes the logs role without saying for whom, so a condition there stops all logs:
# https://github.com/terraform-aws-modules/terraform-aws-dms/issues/84
ACCOUNT_ROLES = (
    AccountRole(
        name="dms-vpc-role",
        policy="AmazonDMSVPCManagementRole",
        rights=tuple(
            f"ec2:{action}"
            for action in (
                "CreateNetworkInterface",
                "DeleteNetworkInterface",
                "DescribeAvailabilityZones",
                "DescribeInternetGateways",
                "DescribeSecurityGroups",
                "DescribeSubnets",
                "DescribeVpcs",
                "ModifyNetworkInterfaceAttribute",
            )
        ),
        narrowed=True,
    ),
    AccountRole(
        name="dms-cloudwatch-logs-role",
        policy="AmazonDMSCloudWatchLogsRole",
        rights=tuple(
            f"logs:{action}"
            for action in (
                "CreateLogGroup",
                "CreateLogStream",
                "DescribeLogGroups",
                "DescribeLogStreams",
                "PutLogEvents",
            )
        ),
        narrowed=False,
        without="DMS writes no logs, so rejected rows are counted and not listed",
    ),
)


@dataclass(frozen=True, kw_only=True)
class FoundRole:
    """A role of the account: who made it, by its tag, and whom it trusts."""

    arn: str
    owner: str
    trust: Mapping[str, Any]


def find_role(role: AccountRole, aws: Aws) -> FoundRole | None:
    """Return the account's role of that name, if it has one."""
    try:
        found: Any = aws.iam.get_role(RoleName=role.name)["Role"]
    except aws.iam.exceptions.NoSuchEntityException:
        return None
    owner = tags_of(found.get("Tags", [])).get(OWNER_TAG, "")
    return FoundRole(arn=found["Arn"], owner=owner, trust=_document(found["AssumeRolePolicyDocument"]))


def check_account_roles(aws: Aws, owner: str) -> tuple[str, ...]:
    """Return warnings; raise InputError for a role with which DMS does not work.

    What the stack itself made, named as its `owner`, gets its policy from the stack.
    """
    warnings: list[str] = []
    for role in ACCOUNT_ROLES:
        found = find_role(role, aws)
        if found is None or found.owner == owner:
            continue
        mistake = _mistake(role, found, aws)
        if mistake and not role.without:
            raise mistake
        if mistake:
            warnings.append(f"{mistake} ({role.without})")
    return tuple(warnings)


def _mistake(role: AccountRole, found: FoundRole, aws: Aws) -> InputError | None:
    where, account = f"role {role.name}", found.arn.split(":")[4]
    if not any(_trusts(statement, account) for statement in _statements(found.trust)):
        what = f"exists, but {_SERVICE} may not assume it for the account {account}"
        return InputError(where, what, "fix its trust policy, which all users of DMS in the account share")
    try:
        lacking = _lacking(role, aws)
    except ClientError as error:
        if not is_denied(error):
            raise
        return None  # the rights of who may not look at them are AWS's to judge
    if not lacking:
        return None
    more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
    partition = found.arn.split(":")[1]
    return InputError(
        where,
        f"exists, but may not {lacking[0]}{more}",
        f"run `aws iam attach-role-policy --role-name {role.name} --policy-arn "
        f"arn:{partition}:iam::aws:policy/service-role/{role.policy}`",
    )


def _trusts(statement: Mapping[str, Any], account: str) -> bool:
    principal = statement.get("Principal")
    services = _listed(principal.get("Service")) if isinstance(principal, dict) else _listed(principal)
    for conditions in cast("Mapping[str, Any]", statement.get("Condition") or {}).values():
        for key, values in cast("Mapping[str, Any]", conditions).items():
            if key.lower() == "aws:sourceaccount" and account not in _listed(values):
                return False
    return (
        statement.get("Effect") == "Allow"
        and _matches("sts:AssumeRole", _listed(statement.get("Action")))
        and (_SERVICE in services or "*" in services)
    )


def _lacking(role: AccountRole, aws: Aws) -> list[str]:
    """Return the rights that no policy of the role gives, whatever the resource."""
    attached = [
        policy.get("PolicyArn", "")
        for page in aws.iam.get_paginator("list_attached_role_policies").paginate(RoleName=role.name)
        for policy in page["AttachedPolicies"]
    ]
    if any(arn.endswith(f":aws:policy/service-role/{role.policy}") for arn in attached):
        return []
    statements = [one for document in _documents(role, attached, aws) for one in _statements(document)]
    return [right for right in role.rights if not _gives(right, statements)]


def _documents(role: AccountRole, attached: Iterable[str], aws: Aws) -> Iterator[Mapping[str, Any]]:
    for arn in attached:
        version = aws.iam.get_policy(PolicyArn=arn)["Policy"].get("DefaultVersionId", "")
        found = aws.iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
        yield _document(found.get("Document", {}))
    for page in aws.iam.get_paginator("list_role_policies").paginate(RoleName=role.name):
        for name in page["PolicyNames"]:
            found = aws.iam.get_role_policy(RoleName=role.name, PolicyName=name)
            yield _document(found["PolicyDocument"])


def _gives(right: str, statements: Iterable[Mapping[str, Any]]) -> bool:
    given = False
    for statement in statements:
        names = _matches(right, _listed(statement.get("Action")))
        if "NotAction" in statement:
            names = not _matches(right, _listed(statement["NotAction"]))
        if names and statement.get("Effect") == "Allow":
            given = True
        if names and statement.get("Effect") == "Deny" and not statement.get("Condition"):
            return False
    return given


def _matches(action: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def _document(document: Any) -> Mapping[str, Any]:
    """Return a policy, which boto3 reads for itself in most answers."""
    return json.loads(unquote(document)) if isinstance(document, str) else document


def _statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = document.get("Statement", [])
    return cast("list[Mapping[str, Any]]", found) if isinstance(found, list) else [found]


def _listed(value: Any) -> list[str]:
    return cast("list[str]", value) if isinstance(value, list) else [] if value is None else [str(value)]
