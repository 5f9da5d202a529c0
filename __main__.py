"""Files in S3 into DynamoDB: what this stack declares, in the order a reader asks."""

import pulumi

from components.bucket import FilesBucket, FilesBucketArgs
from components.bulk_put import BulkPut, BulkPutArgs
from components.dms_load import DmsLoad, DmsLoadArgs
from components.native_import import NativeImport, NativeImportArgs
from components.replication import Replication, ReplicationArgs
from components.stack import current_stack
from components.table import LoadTable, LoadTableArgs
from settings import read_loads, read_settings

settings = read_settings()
planned = read_loads(settings)
stack = current_stack(production=settings.environment == "production", tags=settings.tags)

bucket = FilesBucket("files", FilesBucketArgs(stack=stack))
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

pulumi.export("environment", settings.environment)
pulumi.export("region", stack.region)
pulumi.export("bucket", bucket.name)
pulumi.export("tables", {name: load.table.name for name, load in loads.items()})
