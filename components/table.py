"""The DynamoDB table of a dataset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.stack import Stack
from components.table_changes import TYPE, encryption, on_demand_maximum, time_to_live, warm_throughput
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.keys import is_customers
from dynamodb_bulk.aws.table_identity import table_identity
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.table import Index, Provisioned, Table


@dataclass(frozen=True, kw_only=True)
class LoadTableArgs:
    """`table` is the dataset's; `dataset` its name; `name` the table's in DynamoDB.

    An `adopted` table was created by `made_by`, outside the graph, and is used unchanged. `replaced` tables
    leave the stack once a new one replaces them. `exported`: an export of the stack reads it. `kms_key`: the
    ARN of the key that encrypts it.
    """

    stack: Stack
    dataset: str
    table: Table
    name: str | None = None
    adopted: bool = False
    made_by: Sequence[pulumi.Resource] = ()
    replaced: bool = False
    exported: bool = False
    kms_key: str | None = None


class LoadTable(pulumi.ComponentResource):
    """Creates the table, or finds the one that exists, whose keys the plan has checked.

    In production the table is protected and keeps its data, or is retained where another may replace it;
    elsewhere it goes with the stack.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    kms_key: str | None  # the ARN of a customer's key

    def __init__(self, name: str, args: LoadTableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:LoadTable", name, None, opts)
        if args.table.existing:
            found = _existing(args.table)
            self.name, self.arn = pulumi.Output.from_input(found.name), pulumi.Output.from_input(found.arn)
            key: str | None = getattr(found.server_side_encryption, "kms_key_arn", None)
            self.kms_key = key if key and is_customers(key, args.stack.client) else None
        else:
            self.kms_key = args.kms_key
            created = self._create(name, args)
            self.name, self.arn = created.name, created.arn
        # Policies are not shown `retain_on_delete`; they see what a component says.
        retained = args.stack.production and args.replaced
        self.register_outputs({"name": self.name, "arn": self.arn, "retained": retained})

    def identity(self, client: Aws) -> pulumi.Output[str]:
        """Return what tells it from another table of its name, once it exists."""
        known = pulumi.Output.all(self.name, self.arn)
        return known.apply(lambda table: table_identity(table[0], client))

    def _create(self, name: str, args: LoadTableArgs) -> aws.dynamodb.Table:
        table, stack = args.table, args.stack
        physical = args.name or physical_name(stack, args.dataset, table)
        provisioned = table.billing if isinstance(table.billing, Provisioned) else None
        recorded = stack.recorded.get((TYPE, name), {})
        warm, as_found = warm_throughput(table, physical, stack.client, adopted=args.adopted)
        return aws.dynamodb.Table(
            name,
            name=physical,
            attributes=[{"name": key.name, "type": key.type} for key in table.key_attributes],
            hash_key=table.partition_key.name,
            range_key=table.sort_key.name if table.sort_key else None,
            billing_mode="PROVISIONED" if provisioned else "PAY_PER_REQUEST",
            read_capacity=provisioned.read if provisioned else None,
            write_capacity=provisioned.write if provisioned else None,
            on_demand_throughput=on_demand_maximum(table, recorded),
            warm_throughput=warm,
            replicas=[{"region_name": region} for region in table.replicas] or None,
            global_secondary_indexes=[_index(index, provisioned) for index in table.global_secondary_indexes]
            or None,
            point_in_time_recovery={"enabled": recovery(table, exported=args.exported)},
            server_side_encryption=encryption(args.kms_key, recorded),
            stream_enabled=True if table.stream else None,
            stream_view_type=table.stream,
            ttl=time_to_live(table, recorded),
            table_class=table.class_,
            deletion_protection_enabled=deletion_protection(stack, table),
            tags=stack.tagged(dataset=args.dataset),
            opts=pulumi.ResourceOptions(
                parent=self,
                hooks=pulumi.ResourceHookBinding(before_update=[self._warning(name)]),
                depends_on=args.made_by,
                import_=_adopted(physical, stack) if args.adopted else None,
                ignore_changes=["warmThroughput"] if as_found else None,
                protect=stack.production and not args.replaced,
                retain_on_delete=stack.production and args.replaced,
            ),
        )

    def _warning(self, name: str) -> pulumi.ResourceHook:
        """Warn, in previews too, if recovery is turned off, as happens with a table's last export."""

        def warn(hook: pulumi.ResourceHookArgs) -> None:
            before, after = (_recovers(inputs) for inputs in (hook.old_inputs, hook.new_inputs))
            if before and not after:
                pulumi.log.warn(
                    "point-in-time recovery is turned off, and its history is lost: say "
                    "`point_in_time_recovery: true` in the dataset to keep both",
                    resource=self,
                )

        options = pulumi.ResourceHookOptions(on_dry_run=True)
        return pulumi.ResourceHook(f"{name}-recovery", warn, opts=options)


def physical_name(stack: Stack, dataset: str, table: Table) -> str:
    """Return the table's name in DynamoDB."""
    return table.name or stack.name(dataset, longest=255)


def deletion_protection(stack: Stack, table: Table) -> bool:
    """Return whether DynamoDB is to refuse its deletion."""
    return stack.production if table.deletion_protection is None else table.deletion_protection


def _recovers(inputs: Mapping[str, Any] | None) -> bool:
    given: Mapping[str, Any] = (inputs or {}).get("pointInTimeRecovery") or {}
    return given.get("enabled") is True


def recovery(table: Table, *, exported: bool) -> bool:
    """Return whether it is to have point-in-time recovery."""
    return exported if table.point_in_time_recovery is None else table.point_in_time_recovery


def _adopted(name: str, stack: Stack) -> str | None:
    # A preview cannot adopt what the step would make before: there the table shows as one to create.
    return name if not pulumi.runtime.is_dry_run() or table_identity(name, stack.client) else None


def _index(index: Index, provisioned: Provisioned | None) -> aws.dynamodb.TableGlobalSecondaryIndexArgsDict:
    attributes = index.projection if isinstance(index.projection, tuple) else None
    described: aws.dynamodb.TableGlobalSecondaryIndexArgsDict = {
        "name": index.name,
        "hash_key": index.partition_key.name,
        "projection_type": "INCLUDE" if attributes else str(index.projection),
    }
    if index.sort_key:
        described["range_key"] = index.sort_key.name
    if attributes:
        described["non_key_attributes"] = list(attributes)
    if provisioned:
        described["read_capacity"] = provisioned.read
        described["write_capacity"] = provisioned.write
    return described


def _existing(table: Table) -> aws.dynamodb.GetTableResult:
    name = table.name or ""
    try:
        return aws.dynamodb.get_table(name=name)
    except Exception as error:  # pulumi raises no narrower one for what the provider says
        reason = str(error).rpartition("returned an error: ")[2]
        if "couldn't find resource" not in reason:
            raise
        remedy = "make it first, correct `table.name`, or leave `existing` out"
        raise InputError(f"table {name}", f"cannot be read: {reason}", remedy) from None
