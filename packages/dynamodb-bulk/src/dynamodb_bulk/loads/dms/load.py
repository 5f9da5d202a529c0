"""A load through DMS as its stack's state describes it."""

from dynamodb_bulk.loads.load import ChangesPlace, DescribedLoad
from dynamodb_bulk.spec.migration import MigrationType


class TaskLoad(DescribedLoad):
    """A load by DMS; `objects` are the keys of its files under `prefix`, where the stack put them.

    `task_arn`: of its task, or of the config of its serverless replication, which has no instance.

    Where several loads share one, `task` is what the stack calls it, `tables` are those of this load in it,
    each with its schema: `import.orders`, and `shares` are the other loads.

    `data_format`: of files that are not CSV, which the source endpoint has to be told once more.

    A task whose `migration_type` has cdc goes on until it is stopped, or until its `cdc_stop_position`. Its
    changes arrive in `changes`, which earlier versions did not record; `wait_for` is the name of a file.
    """

    method: str = "dms"
    task_arn: str
    instance_arn: str = ""
    source_endpoint_arn: str
    target_endpoint_arn: str
    log_group: str
    prefix: str = ""
    objects: tuple[str, ...] = ()
    migration_type: MigrationType = "full-load"
    changes: ChangesPlace | None = None
    cdc_start_position: str = ""
    cdc_stop_position: str = ""
    wait_for: str = ""
    data_format: str = ""
    task: str = ""
    tables: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
