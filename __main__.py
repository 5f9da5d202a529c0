"""Files in S3 into DynamoDB: what this stack declares, in the order a reader asks."""

import pulumi

from components.bucket import FilesBucket, FilesBucketArgs
from components.bulk_put import BulkPut, BulkPutArgs
from components.dms_load import DmsLoad, DmsLoadArgs
from components.export import EXPORTS, Export, ExportArgs, expiring, exported_table
from components.export_schedule import ExportSchedule, ExportScheduleArgs
from components.native_import import NativeImport, NativeImportArgs
from components.replication import Replication, ReplicationArgs
from components.stack import current_stack
from components.table import LoadTable, LoadTableArgs
from components.verification import Verification, VerificationArgs
from settings import loads_together, read_exports, read_loads, read_settings

settings = read_settings()
planned = read_loads(settings)
planned_exports = read_exports(settings, planned)
stack = current_stack(production=settings.environment == "production", tags=settings.tags)

kept = {one.name: one.export.keep_days for one in planned_exports}
bucket = FilesBucket("files", FilesBucketArgs(stack=stack, expire=expiring(kept)))
replication = Replication(
    ReplicationArgs(stack=stack, **settings.network.model_dump(), **settings.dms.model_dump())
)

loads: dict[str, NativeImport | BulkPut | DmsLoad] = {}
for plan in planned:
    load, dataset, name = plan.load, plan.dataset, plan.dataset.name
    into = loads.get(load.into or "")
    if plan.method == "native":
        loads[name] = NativeImport(
            name,
            NativeImportArgs(
                stack=stack,
                dataset=dataset,
                bucket=bucket,
                tolerate=load.tolerate,
                reload=load.reload,
                keep_previous=load.keep_previous,
                limit_minutes=load.limit_minutes,
            ),
        )
        continue
    table = (
        into.table if into else LoadTable(name, LoadTableArgs(stack=stack, dataset=name, table=dataset.table))
    )
    after = into.ready if into else ()
    if plan.method == "bulk_put":
        loads[name] = BulkPut(
            name,
            BulkPutArgs(
                stack=stack,
                dataset=dataset,
                bucket=bucket,
                table=table,
                after=after,
                wait=load.wait,
                tolerate=load.tolerate,
                limit_minutes=load.limit_minutes,
                max_write_request_units=load.max_write_request_units,
                performance_tier=load.performance_tier,
            ),
        )
    else:
        loads[name] = DmsLoad(
            name,
            DmsLoadArgs(
                stack=stack,
                dataset=dataset,
                bucket=bucket,
                table=table,
                instance=replication.instance,
                after=after,
                wait=load.wait,
                limit_minutes=load.limit_minutes,
            ),
        )

for plan in planned:
    if plan.load.verify:
        together = {one.dataset.name: one.dataset.path for one in loads_together(plan, planned)}
        Verification(
            plan.dataset.name,
            VerificationArgs(
                stack=stack,
                bucket=bucket,
                table=loads[plan.dataset.name].table,
                datasets=together,
                digests=[loads[name].digest for name in together],
                after=[resource for name in together for resource in loads[name].ready],
                read_units=None if plan.load.verify is True else plan.load.verify.read_units,
            ),
        )

for wanted in planned_exports:
    filling = [loads[one.dataset.name] for one in wanted.loads]
    table_name, table_arn = exported_table(filling[0].table if filling else wanted.export.table)
    Export(
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
        ),
    )
    if wanted.export.schedule:
        ExportSchedule(
            wanted.name,
            ExportScheduleArgs(
                stack=stack,
                bucket=bucket,
                table_arn=table_arn,
                prefix=f"{EXPORTS}{wanted.name}/scheduled/",
                request=wanted.export.scheduled_request,
                kms_key=wanted.export.kms_key,
                **wanted.export.schedule.model_dump(),
            ),
        )

pulumi.export("region", stack.region)
pulumi.export("bucket", bucket.name)
pulumi.export("tables", {name: load.table.name for name, load in loads.items()})
