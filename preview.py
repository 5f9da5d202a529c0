"""What the program says of its loads, and checks in their data, before it declares anything."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pulumi

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.keys import key_of_objects
from dynamodb_bulk.dms.maintenance import is_open
from dynamodb_bulk.estimate.prices import known_prices
from dynamodb_bulk.estimate.size import sample
from dynamodb_bulk.glue.choice import workers_told, writing_told
from dynamodb_bulk.loads.changes import change_errors
from dynamodb_bulk.loads.cost import cost_lines, instance_cost, serverless_cost
from dynamodb_bulk.loads.data_check import DataCheck, check_data
from dynamodb_bulk.loads.dms.loader import DMS
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.loads.row_counts import WORTH_SAYING, counting_time
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.text import visible
from loads import InstancePlan
from plan import PlannedLoad
from settings import Settings


def say_choice(plan: PlannedLoad) -> None:
    """Say why `auto` chose the method, or kept it, and why it chose the engine."""
    if plan.why:
        pulumi.log.info(visible(f"{plan.dataset.name}: {plan.method}, since {plan.why}"))
    if plan.engine_why:
        engine = "glue" if plan.by_glue else "local"
        pulumi.log.info(visible(f"{plan.dataset.name}: engine {engine}, since {plan.engine_why}"))


def say_instance(instance: InstancePlan) -> None:
    """Say which replication instance runs the loads and why, and warn where AWS may restart it just now."""
    window = instance.window
    if pulumi.runtime.is_dry_run():
        engine = f", engine {instance.engine}" if instance.engine else ""
        why = f", since {instance.why}" if instance.why else ""
        when = f"{window} UTC" if window else "when AWS chooses, half an hour a week"
        pulumi.log.info(f"the replication instance: {instance.name}{engine}{why}; its maintenance: {when}")
    if window and is_open(window, datetime.now(UTC)):
        pulumi.log.warn(
            f"the maintenance window of the replication instance, {window} UTC, is open: AWS may restart it, "
            "which interrupts a load. Load when it has closed, or set bulk:dms.maintenance_window"
        )


def say_cost(planned: Sequence[PlannedLoad], instance: InstancePlan | None, settings: Settings) -> None:
    """Say what the loads cost, and the instance that runs as long as the window is open."""
    for line in cost_lines(
        [(plan.dataset, plan.method, plan.load.convert_to or "dynamodb_json") for plan in planned],
        settings.client,
        {DMS.name: rate} if (rate := settings.dms.rows_per_second) else {},
    ):
        pulumi.log.info(line)
    if instance:
        multi_az = settings.dms.multi_az
        pulumi.log.info(instance_cost(instance.name, multi_az=multi_az, aws=settings.client))
    units, by_dms = settings.dms.serverless, [plan for plan in planned if plan.method == DMS.name]
    if units and by_dms:
        multi_az = settings.dms.multi_az
        pulumi.log.info(
            serverless_cost(len(by_dms), units.min, units.max, multi_az=multi_az, aws=settings.client)
        )


def say_counting(planned: Sequence[PlannedLoad], settings: Settings) -> None:
    """Say what it takes to count the rows of large files in S3, or that they are not counted."""
    for plan in planned:
        name, converted = plan.dataset.name, plan.converted(settings.client)
        by_option = "count_up_to" in LOADERS[plan.method].abilities.options and not converted
        read = plan.dataset.location and plan.dataset.loads_files
        files = source_files(plan.dataset, settings.client) if read else ()
        size = sum(file.size for file in files)
        time = counting_time(plan.dataset, files)
        if plan.workers:
            prices, loader = known_prices(), LOADERS[plan.method]
            told, does = workers_told(plan.dataset, files, plan.workers, prices), "counts and converts"
            if loader.abilities.glue_writes:
                seconds = loader.estimate(plan.dataset, sample(plan.dataset, files), prices).longest or 0.0
                told, does = f"{told}; {writing_told(seconds, plan.workers, prices)}", "counts and writes"
            pulumi.log.info(f"{name}: the stack's Glue job {does} its files in S3: {told}")
        elif by_option and size > plan.load.count_up_to:
            pulumi.log.warn(
                f"{name}: its rows are not counted, so that the load cannot be called good: "
                f"the files in S3 are larger than `count_up_to`. To count them takes {time}"
            )
        elif size >= WORTH_SAYING:
            pulumi.log.info(f"{name}: its rows in S3 are counted before the load: {time}")


def say_unnamed_keys(planned: Sequence[PlannedLoad], aws: Aws) -> None:
    """Warn of files in S3 that DMS cannot decrypt, unless their key's own policy lets it."""
    for plan in planned:
        dataset = plan.dataset
        place = dataset.location if plan.method == DMS.name else None
        key = key_of_objects(place.bucket, place.prefix, aws) if place else None
        if place and key and key != plan.files_key:
            pulumi.log.warn(
                f"{dataset.name}: the files in s3://{place.bucket}/{place.prefix} are encrypted with the key "
                f"{key}, which DMS may not use: set source.kms_key to it in {display_path(dataset.path)}"
            )


def check_files(planned: Sequence[PlannedLoad], settings: Settings) -> frozenset[str]:
    """Check the data of the loads; return the names of those of which only a part was read.

    Raise a group with an InputError for each finding that stands against a load.
    """
    wanted = [
        DataCheck(
            dataset=plan.dataset,
            method=plan.method,
            extent=plan.load.check,
            tolerate=plan.load.tolerate,
            converted=plan.converted(settings.client),
        )
        for plan in planned
        if plan.load.check != "off" and plan.dataset.loads_files
    ]
    checked = check_data(wanted, settings.client)
    for warning in filter(None, (one.warning for one in checked)):
        pulumi.log.warn(visible(warning))
    errors = [error for one in checked for error in one.errors]
    for plan in planned:
        if plan.load.check != "off":
            errors += change_errors(plan.dataset, settings.client)
    if errors:
        raise ExceptionGroup("data that cannot be loaded", errors)
    return frozenset(each.dataset.name for each, one in zip(wanted, checked, strict=True) if one.partial)
