"""Declare an export: the export, and its schedule."""

import pulumi

from components.export import EXPORTS, Export, ExportArgs, exported_table
from components.export_schedule import ExportSchedule, ExportScheduleArgs
from components.removal import OnDestroy, OnDestroyArgs
from loads import Surroundings
from plan import PlannedExport


def declare_export(wanted: PlannedExport, around: Surroundings) -> Export:
    """Return the export, after the loads into its table."""
    stack, bucket = around.stack, around.bucket
    filling = [around.loads[one.dataset.name] for one in wanted.loads]
    table_name, table_arn = exported_table(filling[0].table if filling else wanted.export.table)
    # One under way is waited for before the bucket goes.
    removal = OnDestroy(
        f"{wanted.name}-exports",
        OnDestroyArgs(
            stack=stack,
            kind="exports",
            arguments={"bucket": bucket.name, "prefix": f"{EXPORTS}{wanted.name}/"},
        ),
        opts=pulumi.ResourceOptions(parent=bucket, depends_on=bucket.ready),
    )
    after = pulumi.ResourceOptions(depends_on=[removal])
    schedule = wanted.export.schedule
    if schedule:
        tables = f"arn:{stack.partition}:dynamodb:{stack.region}:{stack.account}:table"
        ExportSchedule(
            wanted.name,
            ExportScheduleArgs(
                stack=stack,
                bucket=bucket,
                # By the table's name, which a preview knows.
                table_arn=pulumi.Output.concat(tables, "/", table_name),
                prefix=f"{EXPORTS}{wanted.name}/scheduled/",
                request=wanted.export.written_as,
                kms_key=wanted.kms_key,
                **schedule.model_dump(),
            ),
            opts=after,
        )
    return Export(
        wanted.name,
        ExportArgs(
            stack=stack,
            bucket=bucket,
            order=wanted.export.order,
            table_name=table_name,
            table_arn=table_arn,
            digests=[load.digest for load in filling],
            after=[resource for load in filling for resource in load.ready],
            limit_minutes=wanted.export.limit_minutes,
            kms_key=wanted.kms_key,
        ),
        opts=after,
    )
