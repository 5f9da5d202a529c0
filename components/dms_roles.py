"""The account-wide roles that DMS looks for by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.stack import Stack
from dynamodb_bulk.aws.account_roles import ACCOUNT_ROLES, AccountRole
from dynamodb_bulk.spec.errors import InputError

OWNER_TAG = "bulk:owner"


@dataclass(frozen=True, kw_only=True)
class DmsRolesArgs:
    """`account_roles`: adopt what the account has and create what it lacks, or insist on creating."""

    stack: Stack
    account_roles: Literal["adopt", "create"] = "adopt"


class DmsRoles(pulumi.ComponentResource):
    """Makes `dms-vpc-role` and `dms-cloudwatch-logs-role` available.

    They are one per account, so they outlive the stack, and a role that someone else made is used as it is.
    A role that carries this stack's tag is this stack's: it stays in, or comes back into, its state.
    """

    ready: list[pulumi.Resource]  # what a replication instance depends on

    def __init__(self, name: str, args: DmsRolesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:DmsRoles", name, None, opts)
        self.ready = []
        adopted: list[str] = []
        there = _roles_there()
        for role in ACCOUNT_ROLES:
            owner = _owner(role) if role.name in there else None
            if role.name in there and owner != args.stack.owner and args.account_roles == "adopt":
                adopted.append(role.name)
                self.ready.append(
                    aws.iam.Role.get(role.name, role.name, opts=pulumi.ResourceOptions(parent=self))
                )
            else:
                self.ready.append(self._create(role, args.stack, ours=owner == args.stack.owner))
        # Policies are shown neither `retain_on_delete` nor what was looked up.
        self.register_outputs({"retained": True, "adopted": adopted})

    def _create(self, role: AccountRole, stack: Stack, *, ours: bool) -> pulumi.Resource:
        created = aws.iam.Role(
            role.name,
            name=role.name,  # under no path: DMS looks for the role at the root
            permissions_boundary=stack.permissions_boundary,
            assume_role_policy=stack.trust("dms", narrowed=role.narrowed),
            tags={OWNER_TAG: stack.owner},
            opts=pulumi.ResourceOptions(
                parent=self,
                retain_on_delete=True,
                import_=role.name if ours else None,
                ignore_changes=["assumeRolePolicy", "tags"],
            ),
        )
        return aws.iam.RolePolicyAttachment(
            role.name,
            role=created.name,
            policy_arn=f"arn:{stack.partition}:iam::aws:policy/service-role/{role.policy}",
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )


def _roles_there() -> Sequence[str]:
    names = "|".join(role.name for role in ACCOUNT_ROLES)
    return aws.iam.get_roles(name_regex=f"^({names})$").names


def _owner(role: AccountRole) -> str:
    found = aws.iam.get_role(name=role.name)
    if "dms.amazonaws.com" not in found.assume_role_policy:
        raise InputError(
            f"role {role.name}",
            "exists, but dms.amazonaws.com may not assume it",
            "fix its trust policy; it is shared",
        )
    return found.tags.get(OWNER_TAG, "")
