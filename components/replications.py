"""What runs loads by DMS: a replication instance for all, or a serverless replication for each."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pulumi
import pulumi_aws as aws

from components.dms_roles import DmsRoles
from components.network import Network
from components.removal import OnDestroy, OnDestroyArgs
from components.stack import Stack

LOG_RETENTION_DAYS = 14
_KINDS = ("bulk:components:ReplicationInstance", "bulk:components:ServerlessReplications")


@dataclass(frozen=True, kw_only=True)
class ReplicationsArgs:
    """What both stand on; `kms_key`: the ARN of the key of their storage."""

    stack: Stack
    roles: DmsRoles
    network: Network
    multi_az: bool = False
    maintenance_window: str | None = None
    kms_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReplicationInstanceArgs(ReplicationsArgs):
    """The instance's size.

    `kept`: the properties that an instance which exists keeps, whatever is given for a new one.
    """

    instance_class: str
    storage_gb: int
    engine_version: str | None = None
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ServerlessArgs(ReplicationsArgs):
    """Between how many capacity units each replication is; a unit is 2 GB of memory."""

    least_units: int
    most_units: int


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What a load moves, from where to where, as DMS takes it; `type` is its migration type."""

    type: str
    source: pulumi.Input[str]
    target: pulumi.Input[str]
    mappings: pulumi.Input[str]
    settings: str


@dataclass(frozen=True, kw_only=True)
class Running:
    """What runs a load: its resource and ARN, the group of its log, and its instance, if it has one."""

    resource: pulumi.Resource
    arn: pulumi.Output[str]
    log_group: pulumi.Output[str]
    instance_arn: pulumi.Output[str] | None = None


class Replications(pulumi.ComponentResource):
    """Subnets for DMS, and what runs loads there.

    The roles' policies come first, or DMS answers that dms-vpc-role is not configured properly.
    Log groups are made here because DMS makes them otherwise, without an end to them, and leaves them behind.
    They go after what logs to them, or its last lines would make them again. So do the network's endpoints,
    which stay as long as DMS needs them.
    """

    kind: ClassVar[str]
    ready: Sequence[pulumi.Resource]  # what a load depends on

    def __init__(self, name: str, args: ReplicationsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        # What both have in common stays when a stack goes from one to the other.
        other = pulumi.ResourceOptions(
            aliases=[pulumi.Alias(type_=each) for each in _KINDS if each != self.kind]
        )
        super().__init__(self.kind, name, None, pulumi.ResourceOptions.merge(opts, other))
        self._name, self._stack = name, args.stack

    @abstractmethod
    def run(self, name: str, moved: Moved, opts: pulumi.ResourceOptions) -> Running:
        """Declare what runs a load, at rest."""

    def _logs(self, name: str, group: str, parent: pulumi.Resource, **tags: str) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            name,
            name=group,
            retention_in_days=LOG_RETENTION_DAYS,
            tags=self._stack.tagged(**tags),
            opts=pulumi.ResourceOptions(parent=parent),
        )

    def _subnets(self, args: ReplicationsArgs) -> aws.dms.ReplicationSubnetGroup:
        return aws.dms.ReplicationSubnetGroup(
            self._name,
            replication_subnet_group_id=self._stack.name(self._name),
            replication_subnet_group_description=f"Subnets of {self._stack.owner}",
            subnet_ids=args.network.subnet_ids,
            tags=self._stack.tagged(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.roles.ready),
        )

    def _interfaces(self, args: ReplicationsArgs) -> OnDestroy:
        """Goes when AWS has let go of its interfaces, some time later than of what had them.

        They hold subnets and groups meanwhile.
        """
        return OnDestroy(
            f"{self._name}-interfaces",
            OnDestroyArgs(
                stack=self._stack, kind="interfaces", arguments={}, also={"subnets": args.network.subnet_ids}
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*args.roles.ready, *args.network.ready]),
        )


class ReplicationInstance(Replications):
    """A private instance in its own subnet group, with the log group of its tasks."""

    kind = _KINDS[0]

    def __init__(
        self, name: str, args: ReplicationInstanceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, args, opts)
        stack = args.stack
        logs = self._logs(name, f"dms-tasks-{stack.name(name)}", self)
        subnets = self._subnets(args)
        interfaces = self._interfaces(args)
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

    def run(self, name: str, moved: Moved, opts: pulumi.ResourceOptions) -> Running:
        """Declare a task on the instance."""
        task = aws.dms.ReplicationTask(
            name,
            replication_task_id=self._stack.name(name),
            migration_type=moved.type,
            replication_instance_arn=self.arn,
            source_endpoint_arn=moved.source,
            target_endpoint_arn=moved.target,
            table_mappings=moved.mappings,
            replication_task_settings=moved.settings,
            # The provider's own start fails for a load that ends before it looks:
            # https://github.com/hashicorp/terraform-provider-aws/issues/43466
            start_replication_task=False,
            tags=self._stack.tagged(dataset=name),
            # The provider moves a task, and so would delete the old instance, whose name the new one gets,
            # while it has the task.
            opts=pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(replace_on_changes=["replicationInstanceArn"])
            ),
        )
        return Running(
            resource=task,
            arn=task.replication_task_arn,
            log_group=self.log_group,
            instance_arn=self.arn,
        )


class ServerlessReplications(Replications):
    """The subnets of serverless replications, one for each load, which DMS gives its capacity itself."""

    kind = _KINDS[1]

    def __init__(self, name: str, args: ServerlessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args, opts)
        subnets = self._subnets(args)
        self._compute: dict[str, Any] = {
            "min_capacity_units": args.least_units,
            "max_capacity_units": args.most_units,
            "multi_az": args.multi_az,
            "preferred_maintenance_window": args.maintenance_window,
            "kms_key_id": args.kms_key,
            "replication_subnet_group_id": subnets.replication_subnet_group_id,
            "vpc_security_group_ids": args.network.security_group_ids or None,
        }
        self.ready = [*args.roles.ready, *args.network.ready, self._interfaces(args)]
        self.register_outputs({"subnetGroup": subnets.replication_subnet_group_id})

    def run(self, name: str, moved: Moved, opts: pulumi.ResourceOptions) -> Running:
        """Declare a serverless replication, with the log group that AWS documents for it."""
        physical, parent = self._stack.name(name), opts.parent or self
        logs = self._logs(name, f"dms-serverless-replication-{physical}", parent, dataset=name)
        config = aws.dms.ReplicationConfig(
            name,
            replication_config_identifier=physical,
            replication_type=moved.type,
            source_endpoint_arn=moved.source,
            target_endpoint_arn=moved.target,
            table_mappings=moved.mappings,
            replication_settings=moved.settings,
            compute_config=aws.dms.ReplicationConfigComputeConfigArgs(**self._compute),
            start_replication=False,
            tags=self._stack.tagged(dataset=name),
            # The provider changes an endpoint in place, and so would delete the old one while it is in use.
            # AWS changes the type of none that has had capacity, as users report (2026).
            opts=pulumi.ResourceOptions.merge(
                opts,
                pulumi.ResourceOptions(
                    depends_on=[logs],
                    replace_on_changes=["sourceEndpointArn", "targetEndpointArn", "replicationType"],
                ),
            ),
        )
        return Running(resource=config, arn=config.arn, log_group=logs.name)
