"""The account-wide roles that DMS looks for by name."""

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.stack import Stack
from dynamodb_bulk.aws.account_roles import ACCOUNT_ROLES, OWNER_TAG, AccountRole, find_role
from dynamodb_bulk.spec.errors import InputError


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
        for role in ACCOUNT_ROLES:
            found = find_role(role, args.stack.client)
            ours = found is not None and found.owner == args.stack.owner
            if found is None or ours:
                self.ready.append(self._create(role, args.stack, ours=ours))
            elif args.account_roles == "create":
                what = "exists already, and the stack is to create it"
                raise InputError(f"role {role.name}", what, "set bulk:dms {account_roles: adopt}")
            else:
                adopted.append(role.name)
                self.ready.append(
                    aws.iam.Role.get(role.name, role.name, opts=pulumi.ResourceOptions(parent=self))
                )
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
