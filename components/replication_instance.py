"""The replication instance that runs the stack's DMS tasks, and the account's roles that it needs."""

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.network import Network
from components.removal import OnDestroy, OnDestroyArgs
from components.stack import Stack
from dynamodb_bulk.aws.account_roles import ACCOUNT_ROLES, OWNER_TAG, AccountRole, find_role
from dynamodb_bulk.spec.errors import InputError

LOG_RETENTION_DAYS = 14


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


@dataclass(frozen=True, kw_only=True)
class ReplicationInstanceArgs:
    """The instance's size, and what it stands on."""

    stack: Stack
    roles: DmsRoles
    network: Network
    instance_class: str
    storage_gb: int
    multi_az: bool = False
    engine_version: str | None = None


class ReplicationInstance(pulumi.ComponentResource):
    """A private instance in its own subnet group, with the log group of its tasks.

    The roles' policies come first, or DMS answers that dms-vpc-role is not configured properly.
    The log group is made here because DMS makes it otherwise, without an end to it, and leaves it behind. It
    goes after the instance, or the instance's last lines would make it again. So do the network's
    endpoints, which stay as long as an instance needs them.
    """

    arn: pulumi.Output[str]
    log_group: pulumi.Output[str]
    ready: list[pulumi.Resource]  # what a task depends on

    def __init__(
        self, name: str, args: ReplicationInstanceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("bulk:components:ReplicationInstance", name, None, opts)
        stack = args.stack
        after_roles = pulumi.ResourceOptions(parent=self, depends_on=args.roles.ready)
        logs = aws.cloudwatch.LogGroup(
            name,
            name=f"dms-tasks-{stack.name(name)}",
            retention_in_days=LOG_RETENTION_DAYS,
            tags=stack.tagged(),
            opts=pulumi.ResourceOptions(parent=self),
        )
        subnets = aws.dms.ReplicationSubnetGroup(
            name,
            replication_subnet_group_id=stack.name(name),
            replication_subnet_group_description=f"Subnets of {stack.owner}",
            subnet_ids=args.network.subnet_ids,
            tags=stack.tagged(),
            opts=after_roles,
        )
        # AWS holds its interfaces a while longer than the instance, and with them subnets and groups.
        interfaces = OnDestroy(
            f"{name}-interfaces",
            OnDestroyArgs(
                stack=stack, kind="interfaces", arguments={}, also={"subnets": args.network.subnet_ids}
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*args.roles.ready, *args.network.ready]),
        )
        instance = aws.dms.ReplicationInstance(
            name,
            replication_instance_id=stack.name(name),
            replication_instance_class=args.instance_class,
            allocated_storage=args.storage_gb,
            multi_az=args.multi_az,
            engine_version=args.engine_version,
            publicly_accessible=False,
            apply_immediately=True,
            replication_subnet_group_id=subnets.replication_subnet_group_id,
            vpc_security_group_ids=args.network.security_group_ids or None,
            tags=stack.tagged(),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*args.roles.ready, *args.network.ready, logs, interfaces]
            ),
        )
        self.arn = instance.replication_instance_arn
        self.log_group = logs.name
        self.ready = [logs, *args.network.ready]
        self.register_outputs({"arn": self.arn, "logGroup": self.log_group})
