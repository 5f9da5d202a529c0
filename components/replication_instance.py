"""The replication instance that runs the stack's DMS tasks."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.dms_roles import DmsRoles
from components.network import Network
from components.removal import OnDestroy, OnDestroyArgs
from components.stack import Stack

LOG_RETENTION_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class ReplicationInstanceArgs:
    """The instance's size, and what it stands on.

    `kept`: the properties that an instance which exists keeps, whatever is given for a new one.
    `kms_key`: the ARN of the key of its storage.
    """

    stack: Stack
    roles: DmsRoles
    network: Network
    instance_class: str
    storage_gb: int
    multi_az: bool = False
    engine_version: str | None = None
    maintenance_window: str | None = None
    kms_key: str | None = None
    kept: tuple[str, ...] = ()


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
            preferred_maintenance_window=args.maintenance_window,
            kms_key_arn=args.kms_key,
            publicly_accessible=False,
            apply_immediately=True,
            replication_subnet_group_id=subnets.replication_subnet_group_id,
            vpc_security_group_ids=args.network.security_group_ids or None,
            tags=stack.tagged(),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*args.roles.ready, *args.network.ready, logs, interfaces],
                ignore_changes=list(args.kept),
            ),
        )
        self.arn = instance.replication_instance_arn
        self.log_group = logs.name
        self.ready = [logs, *args.network.ready]
        self.register_outputs({"arn": self.arn, "logGroup": self.log_group})
