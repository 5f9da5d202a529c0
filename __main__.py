"""Files in S3 into DynamoDB: what this stack declares, in the order a reader asks."""

import pulumi

from components.bucket import FilesBucket, FilesBucketArgs
from components.dms_load import DmsLoad, DmsLoadArgs
from components.dms_roles import DmsRoles, DmsRolesArgs
from components.network import Network, NetworkArgs
from components.replication_instance import ReplicationInstance, ReplicationInstanceArgs
from components.stack import current_stack
from components.table import LoadTable, LoadTableArgs
from settings import read_datasets, read_settings

settings = read_settings()
datasets = read_datasets(settings)
stack = current_stack(production=settings.environment == "production", tags=settings.tags)

bucket = FilesBucket("files", FilesBucketArgs(stack=stack))
roles = DmsRoles("account-roles", DmsRolesArgs(stack=stack, account_roles=settings.dms.account_roles))
network = Network("network", NetworkArgs(stack=stack, **settings.network.model_dump()))
instance = ReplicationInstance(
    "replication",
    ReplicationInstanceArgs(
        stack=stack,
        roles=roles,
        network=network,
        instance_class=settings.dms.instance_class,
        storage_gb=settings.dms.storage_gb,
        multi_az=settings.dms.multi_az,
        engine_version=settings.dms.engine_version,
    ),
)

loads: dict[str, DmsLoad] = {}
for load, dataset in zip(settings.loads, datasets, strict=True):
    table = LoadTable(dataset.name, LoadTableArgs(stack=stack, dataset=dataset.name, table=dataset.table))
    loads[dataset.name] = DmsLoad(
        dataset.name,
        DmsLoadArgs(
            stack=stack,
            dataset=dataset,
            bucket=bucket,
            table=table,
            instance=instance,
            wait=load.wait,
            limit_minutes=load.limit_minutes,
        ),
    )

pulumi.export("region", stack.region)
pulumi.export("bucket", bucket.name)
pulumi.export("loads", {name: {"method": "dms", **load.described} for name, load in loads.items()})
