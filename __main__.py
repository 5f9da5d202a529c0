"""Files in S3 into DynamoDB, and back: what this stack declares, in the order a reader asks."""

import pulumi

from components.bucket import FilesBucket, FilesBucketArgs
from components.closed_load import ClosedLoad
from components.export import EXPORTS, Export, ExportArgs, expiring, exported_table
from components.export_schedule import ExportSchedule, ExportScheduleArgs
from components.protection import Protection
from components.replication import Replication, ReplicationArgs
from components.stack import current_stack
from components.verification import Verification, VerificationArgs
from loads import OpenLoad, declare_closed_load, declare_load
from plan import loads_together, read_exports, read_loads
from settings import read_settings

settings = read_settings()
planned = read_loads(settings)
exports = read_exports(settings, planned)
production, is_open = settings.environment == "production", settings.window == "open"
stack = current_stack(production=production, tags=settings.tags, local=settings.local)

kept = expiring({one.name: one.export.keep_days for one in exports})
bucket = FilesBucket("files", FilesBucketArgs(stack=stack, expire=kept))
replication = Replication(
    ReplicationArgs(stack=stack, **settings.network.model_dump(), **settings.dms.model_dump())
)

loads: dict[str, OpenLoad] = {}
closed: dict[str, ClosedLoad] = {}
for plan in planned:
    if is_open:
        loads[plan.dataset.name] = declare_load(plan, stack, bucket, replication, loads)
    else:
        closed[plan.dataset.name] = declare_closed_load(plan, stack, bucket, closed)

for plan in planned:
    if plan.load.verify and is_open:
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

exported: list[Export] = []
for wanted in exports if is_open else ():
    filling = [loads[one.dataset.name] for one in wanted.loads]
    table_name, table_arn = exported_table(filling[0].table if filling else wanted.export.table)
    exported.append(
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

Protection(
    "protection",
    on=production,
    before=[bucket, *(one for load in closed.values() for one in load.kept), *loads.values(), *exported],
)

pulumi.export("environment", settings.environment)
pulumi.export("window", settings.window)
pulumi.export("region", stack.region)
pulumi.export("bucket", bucket.name)
tables = {name: load.table_name for name, load in closed.items()}
pulumi.export("tables", tables | {name: load.table.name for name, load in loads.items()})
