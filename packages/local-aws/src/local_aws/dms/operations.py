"""The operations of DMS that local AWS has, by their names in the API."""

from collections.abc import Callable

from local_aws.dms import (
    connections,
    endpoints,
    instances,
    runs,
    statistics,
    subnet_groups,
    tags,
    tasks,
)
from local_aws.dms.region import Fields, Region, Request

OPERATIONS: dict[str, Callable[[Region, Request], Fields]] = {
    "CreateReplicationSubnetGroup": subnet_groups.create,
    "DescribeReplicationSubnetGroups": subnet_groups.describe,
    "ModifyReplicationSubnetGroup": subnet_groups.modify,
    "DeleteReplicationSubnetGroup": subnet_groups.delete,
    "CreateReplicationInstance": instances.create,
    "DescribeReplicationInstances": instances.describe,
    "ModifyReplicationInstance": instances.modify,
    "DeleteReplicationInstance": instances.delete,
    "DescribeReplicationInstanceTaskLogs": tasks.describe_logs,
    "CreateEndpoint": endpoints.create,
    "DescribeEndpoints": endpoints.describe,
    "ModifyEndpoint": endpoints.modify,
    "DeleteEndpoint": endpoints.delete,
    "DescribeEndpointTypes": endpoints.describe_types,
    "DescribeSchemas": endpoints.describe_schemas,
    "TestConnection": connections.test,
    "DescribeConnections": connections.describe,
    "CreateReplicationTask": tasks.create,
    "DescribeReplicationTasks": tasks.describe,
    "ModifyReplicationTask": tasks.modify,
    "DeleteReplicationTask": tasks.delete,
    "MoveReplicationTask": tasks.move,
    "StartReplicationTask": runs.start,
    "StopReplicationTask": runs.stop,
    "DescribeTableStatistics": statistics.describe,
    "AddTagsToResource": tags.add,
    "ListTagsForResource": tags.describe,
    "RemoveTagsFromResource": tags.remove,
}
