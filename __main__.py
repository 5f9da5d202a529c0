"""Files in S3 into DynamoDB, and back: what this stack declares, in the order a reader asks."""

import pulumi

from components.adoption import adopt_orphans
from components.bucket import FilesBucket, FilesBucketArgs
from components.closed_load import ClosedLoad
from components.export import expiring
from components.failures import leave_out_dependents
from components.load import LoadComponent
from components.monitoring import NO_NOTICES
from components.protection import Protection
from components.recorded_state import recorded_outputs
from components.reporting import errors_in_one_line
from components.stack import current_stack
from dynamodb_bulk.aws.names import FILES
from exports import declare_export
from loads import (
    Surroundings,
    declare_closed_load,
    declare_load,
    declare_monitoring,
    declare_schedule,
    declare_verification,
    find_instance,
    find_network,
)
from plan import read_exports, read_loads
from preview import check_files, say_choice, say_cost, say_counting, say_instance, say_unnamed_keys
from settings import read_settings

with errors_in_one_line():
    leave_out_dependents()
    settings = read_settings()
    recorded = recorded_outputs()
    planned = read_loads(settings, recorded)
    planned_exports = read_exports(settings, planned)
    production, is_open = settings.environment == "production", settings.window == "open"
    sampled = check_files(planned, settings) if is_open else frozenset[str]()
    stack = current_stack(
        settings.client,
        production=production,
        recorded=recorded,
        kms_key=settings.key_arn,
        **settings.model_dump(include={"tags", "local", "role_path", "permissions_boundary"}),
    )
    network = find_network(planned, stack, settings)
    instance = find_instance(planned, stack, settings, recorded)
    adopt_orphans(stack, recorded)
    if instance:
        say_instance(instance)
    if is_open and pulumi.runtime.is_dry_run():
        say_cost(planned, instance, settings)
        say_counting(planned, settings)
        say_unnamed_keys(planned, stack.client)

    kept = expiring({one.name: one.export.keep_days for one in planned_exports})
    bucket = FilesBucket(FILES, FilesBucketArgs(stack=stack, expire=kept))

    loads: dict[str, LoadComponent] = {}
    closed: dict[str, ClosedLoad] = {}
    monitoring = declare_monitoring(stack, settings, instance)
    around = Surroundings(
        stack=stack,
        bucket=bucket,
        settings=settings,
        network=network,
        instance_plan=instance,
        loads=loads,
        planned=planned,
        sampled=sampled,
        notices=monitoring.notices if monitoring else NO_NOTICES,
    )
    for plan in planned:
        if is_open:
            say_choice(plan)
            loads[plan.dataset.name] = declare_load(plan, around)
        else:
            closed[plan.dataset.name] = declare_closed_load(plan, around, closed)

    if monitoring:
        monitoring.watch({name: load.described for name, load in loads.items()})
    declare_schedule(stack, settings)
    exports = [declare_export(one, around) for one in planned_exports if is_open]
    for plan in planned if is_open else ():
        declare_verification(plan, planned, around)

    Protection(
        "protection",
        on=production,
        before=[bucket, *loads.values(), *exports, *(one for load in closed.values() for one in load.kept)],
    )

    pulumi.export("environment", settings.environment)
    pulumi.export("window", settings.window)
    pulumi.export("region", stack.region)
    pulumi.export("bucket", bucket.name)
    tables = {name: load.table_name for name, load in closed.items()}
    pulumi.export("tables", tables | {name: load.table.name for name, load in loads.items()})
