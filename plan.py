"""The loads and exports of a stack: datasets read, methods chosen, and what cannot be done refused."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pulumi
from pydantic import ValidationError

from components.native_import import Reload
from components.recorded_state import Recorded, recorded_method
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.keys import key_arn, own_key_arn
from dynamodb_bulk.aws.names import physical_name
from dynamodb_bulk.aws.table_identity import described_table, table_identity
from dynamodb_bulk.aws.table_keys import index_keys, refuse_other_index_keys, refuse_other_keys
from dynamodb_bulk.conversion.convert import refuse_many_parts
from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.export.request import ExportOrder
from dynamodb_bulk.export.start import TURN_ON, recovery_of
from dynamodb_bulk.glue.choice import Workers, choose_engine, core_seconds, enough_workers
from dynamodb_bulk.loads.base import Loader
from dynamodb_bulk.loads.raised_capacity import check_raising
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.loads.row_counts import too_large_to_count
from dynamodb_bulk.loads.selection import carries, check_method, fitting_method
from dynamodb_bulk.requests.task_documents import SharedTask
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.json_reading import read_json
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.mistakes import first_mistake
from dynamodb_bulk.spec.text import visible
from settings import AUTO, Export, Load, Settings

_MOST_TAGS = 10
_TAGS = "TF_AWS_DEFAULT_TAGS_"  # the provider adds those, too


@dataclass(frozen=True, kw_only=True)
class PlannedLoad:
    """A load with its dataset read and its method chosen, and `why` where `auto` has anything to say of that.

    `exported`: an export reads its table. `table_key` and `files_key`: the ARNs of the keys of a table that
    the stack makes, and of the dataset's files in S3. `reload`: what becomes of its table when an import's
    data changes. `workers`: of the stack's Glue job, if that works on its files, and `engine_why` `auto` lets
    it, or does not.
    """

    load: Load
    dataset: Dataset
    method: str
    why: str = ""
    exported: bool = False
    table_key: str | None = None
    files_key: str | None = None
    reload: Reload = "refuse"
    workers: Workers | None = None
    engine_why: str = ""

    @property
    def by_glue(self) -> bool:
        """Whether the stack's Glue job counts and converts its files."""
        return self.workers is not None

    def converted(self, aws: Aws) -> bool:
        """Return whether AWS reads files that are converted from the dataset's."""
        return _converted(self.load, self.dataset, LOADERS[self.method], aws)


def read_loads(settings: Settings, recorded: Recorded) -> tuple[PlannedLoad, ...]:
    """Return the loads in order, whole; raise InputError when a dataset or a choice of method is wrong.

    `recorded`: what the state has.
    """
    planned: dict[str, PlannedLoad] = {}
    for index, load in enumerate(settings.loads):
        where = f"Pulumi.{pulumi.get_stack()}.yaml: bulk:loads[{index}]"
        dataset = open_dataset(load.dataset)
        if dataset.name in planned:
            raise InputError(where, f"two datasets are named {dataset.name}", "rename one of them")
        if load.into is not None:
            _check_into(load.into, dataset, planned, where)
        _check_one_owner(load, dataset, planned)
        of_some = frozenset[str]().union(*(each.abilities.options for each in LOADERS.values()))
        options = frozenset(load.model_fields_set & of_some)
        before = recorded_method(dataset.name, recorded)
        method, why = _method(load, dataset, where, settings, before, options)
        loader = LOADERS[method]
        workers, engine_why = _engine(load, dataset, settings, f"{where}.engine")
        _check_changes(load, dataset, where, settings)
        for option in sorted(options - loader.abilities.options):
            raise InputError(f"{where}.{option}", f"is not for method {method}", "take it out")
        if workers and not dataset.source.holds_items and "convert_to" in loader.abilities.options:
            load = load.model_copy(update={"convert_to": load.convert_to or "dynamodb_json"})
        if settings.window == "open":
            _check_keys(load, dataset, planned, settings)
            loader.check_files(dataset, settings.client)
            _check_limits(load, dataset, loader, settings, where)
        if load.tolerate and settings.window == "open":
            whole = workers is not None or _converted(load, dataset, loader, settings.client)
            _check_tolerate(load, dataset, loader, settings, f"{where}.tolerate", whole=whole)
        _check_capacity(load, dataset, planned, settings, f"{where}.write_units")
        for warning in loader.warnings(dataset):
            pulumi.log.warn(visible(warning))
        planned[dataset.name] = PlannedLoad(
            load=load,
            dataset=dataset,
            method=method,
            why=why,
            table_key=_table_key(dataset, settings),
            files_key=_files_key(dataset, settings),
            reload=_reload(load, dataset, settings, where),
            workers=workers,
            engine_why=engine_why,
        )
    loads = tuple(planned.values())
    _check_tasks(loads)
    if settings.window == "open":
        _check_account(settings, loads)
    exported = {one.dataset.name for export in settings.exports for one in _filling(export.table, loads)}
    return tuple(replace(one, exported=one.dataset.name in exported) for one in loads)


def _check_tasks(loads: Sequence[PlannedLoad]) -> None:
    """Raise InputError for loads that cannot share the DMS task that they name."""
    numbers = {one.dataset.name: number for number, one in enumerate(loads)}
    ids = {physical_name("of", name): name for name in numbers}

    def where(dataset: Dataset) -> str:
        return f"Pulumi.{pulumi.get_stack()}.yaml: bulk:loads[{numbers[dataset.name]}].task"

    for task in dict.fromkeys(one.load.task for one in loads if one.load.task):
        members = [one for one in loads if one.load.task == task]
        first, names = members[0].dataset, {one.dataset.name for one in members}
        if other := ids.get(physical_name("of", task)):
            what = f"a load is called {other}, and so would be what it leaves in AWS"
            raise InputError(where(first), what, "give the task a different name")
        ids[physical_name("of", task)] = f"task {task}"
        SharedTask(task, tuple(one.dataset for one in members)).refuse_apart(where)
        for one in members:
            into = one.load.into
            if into and into not in names and numbers[into] > numbers[first.name]:
                what = (
                    f"{one.dataset.name} comes after {into}, and {into} after {first.name}, of the same task"
                )
                raise InputError(
                    where(one.dataset), what, f"move the load of {into} before that of {first.name}"
                )


def _engine(load: Load, dataset: Dataset, settings: Settings, where: str) -> tuple[Workers | None, str]:
    """Return the workers if Glue counts and converts the files, and why where `auto` chooses."""
    if load.engine == "local" or settings.window != "open":
        return None, ""
    why = ""
    if load.engine == "auto":
        choice = choose_engine(dataset, source_files(dataset, settings.client), load.count_up_to)
        if not choice.by_glue:
            return None, choice.why
        why = choice.why
    elif dataset.location is None:
        what = f"the files of {dataset.name} are not in S3, where Glue reads"
        raise InputError(where, what, "remove it")
    return _workers(dataset, settings), why


def _workers(dataset: Dataset, settings: Settings) -> Workers:
    glue = settings.glue
    if glue.finish_in_minutes is None:
        return Workers(worker_type=glue.worker_type, number=glue.workers, flex=glue.flex)
    work = core_seconds(dataset, source_files(dataset, settings.client))
    where = f"Pulumi.{pulumi.get_stack()}.yaml: bulk:glue.finish_in_minutes"
    return enough_workers(work, glue.finish_in_minutes, glue.worker_type, flex=glue.flex, where=where)


def _check_capacity(
    load: Load, dataset: Dataset, planned: Mapping[str, PlannedLoad], settings: Settings, where: str
) -> None:
    """Say where the table has no capacity to raise; raise InputError where something else sets it."""
    if load.write_units is None or settings.window != "open":
        return
    owner = _owner_of_table(load, dataset, planned)
    for name, other in planned.items():
        units = other.load.write_units
        if units in (None, load.write_units):
            continue
        if _is_same_table(_owner_of_table(other.load, other.dataset, planned), owner):
            raise InputError(where, f"load {name} raises the same table to {units:,}", "give both the same")
    if told := check_raising(owner.table, where, settings.client):
        pulumi.log.info(visible(f"{dataset.name}: `write_units`: {told}"))


def _owner_of_table(load: Load, dataset: Dataset, planned: Mapping[str, PlannedLoad]) -> Dataset:
    """Return the dataset that declares the table of a load: its own, or that of a load before it."""
    while load.into:
        load, dataset = planned[load.into].load, planned[load.into].dataset
    return dataset


def _is_same_table(one: Dataset, other: Dataset) -> bool:
    if one.table.existing and other.table.existing:
        return one.table.name == other.table.name
    return one.name == other.name


def _check_one_owner(load: Load, dataset: Dataset, planned: Mapping[str, PlannedLoad]) -> None:
    """Raise InputError where the stack would make a table that another of its datasets names, too."""
    name = dataset.table.name
    for other in planned.values() if name and load.into is None else ():
        table = other.dataset.table
        if other.load.into is None and table.name == name and not (table.existing and dataset.table.existing):
            raise InputError(
                f"{display_path(dataset.path)}: table.name",
                f"{name} is the table of {other.dataset.name}, too, and a table is made once",
                f"set `into: {other.dataset.name}` of the load, or another name",
            )


def _check_changes(load: Load, dataset: Dataset, where: str, settings: Settings) -> None:
    """Raise InputError for what a load asks for that the changes of its dataset do not allow."""
    if load.wait_for and dataset.changes is None:
        what = f"{dataset.name} has no changes to wait for"
        raise InputError(f"{where}.wait_for", what, "remove it, or set dms.migration_type in the dataset")
    if load.verify and dataset.changes:
        what = f"changes go on after the load of {dataset.name}"
        remedy = f"remove it, and run `bulk verify {dataset.name}` once they are applied"
        raise InputError(f"{where}.verify", what, remedy)
    if settings.dms.serverless:
        _check_serverless(dataset)


def _check_serverless(dataset: Dataset) -> None:
    """Raise InputError for what serverless replications cannot do.

    https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Serverless.Limitations.html
    """
    changes = dataset.changes
    for name in ("start_time", "start_position"):
        if changes and getattr(changes, name):
            raise InputError(
                f"{display_path(dataset.path)}: dms.cdc_{name}",
                "serverless replications have no start of their own for changes",
                "remove it, or remove bulk:dms.serverless",
            )


def _reload(load: Load, dataset: Dataset, settings: Settings, where: str) -> Reload:
    """Where the load does not say: recreated in development, unless the table is protected."""
    protected = dataset.table.deletion_protection
    if protected is None:
        protected = settings.environment == "production"
    if load.reload is None:
        return "recreate" if settings.environment == "development" and not protected else "refuse"
    if load.reload == "recreate" and protected:
        what = f"would delete the table of {dataset.name}, which is protected against deletion"
        remedy = "set `reload: replace`, or `deletion_protection: false` in the dataset's `table`"
        raise InputError(f"{where}.reload", what, remedy)
    return load.reload


def _table_key(dataset: Dataset, settings: Settings) -> str | None:
    table, where = dataset.table, f"{display_path(dataset.path)}: table.kms_key"
    if table.existing:
        return None
    if table.kms_key:
        return own_key_arn(table.kms_key, settings.client, where)
    if table.replicas and settings.key_arn:
        what = "bulk:kms_key belongs to one Region, and a global table needs a key in each"
        raise InputError(f"{display_path(dataset.path)}: table.replicas", what, "remove one of them")
    return settings.key_arn


def _files_key(dataset: Dataset, settings: Settings) -> str | None:
    key = dataset.source.kms_key if settings.window == "open" else None
    return key and key_arn(key, settings.client, f"{display_path(dataset.path)}: source.kms_key")


@dataclass(frozen=True, kw_only=True)
class PlannedExport:
    """An export, the ARN of its key, and the loads into its table; none where the stack does not fill it."""

    name: str
    export: Export
    loads: tuple[PlannedLoad, ...]
    kms_key: str | None = None


def read_exports(settings: Settings, loads: tuple[PlannedLoad, ...]) -> tuple[PlannedExport, ...]:
    """Return the exports in order; raise InputError if one cannot be made."""
    planned: dict[str, PlannedExport] = {}
    for index, export in enumerate(settings.exports):
        where = f"Pulumi.{pulumi.get_stack()}.yaml: bulk:exports[{index}]"
        into = _filling(export.table, loads)
        name = export.name or (into[0].dataset.name if into else export.table).lower()
        if name in planned:
            raise InputError(where, f"two exports are named {name}", "give one of them a `name`")
        made = into[0].dataset if into else None
        if made is None and not table_identity(export.table, settings.client):
            filled = ", ".join(one.dataset.name for one in loads) or "none"
            raise InputError(
                f"{where}.table",
                f"there is no table {export.table}, and no load of this stack has a dataset of that name",
                f"its datasets: {filled}",
            )
        if made is None or made.table.existing:
            _check_recovery((made and made.table.name) or export.table, settings, f"{where}.table")
        elif made.table.point_in_time_recovery is False:
            raise InputError(
                f"{where}.table",
                f"point-in-time recovery is off for the table of {made.name}",
                f"remove `point_in_time_recovery: false` from {display_path(made.path)}: "
                "a table that is exported then has it",
            )
        _check_order(export, where)
        export = _encrypted(export, settings)
        key = export.kms_key if settings.window == "open" else None
        arn = key and key_arn(key, settings.client, f"{where}.kms_key")
        planned[name] = PlannedExport(name=name, export=export, loads=into, kms_key=arn)
    return tuple(planned.values())


def _encrypted(export: Export, settings: Settings) -> Export:
    """Return the export with the key of the bucket, where it goes there and names no other."""
    own = export.kms_key or export.bucket
    return export if own or not settings.key_arn else export.model_copy(update={"kms_key": settings.key_arn})


def _check_account(settings: Settings, loads: Sequence[PlannedLoad]) -> None:
    """Check what the methods need of the account, and the tags of the objects that loads upload."""
    if any(one.dataset.files for one in loads):
        _check_tags(settings)
    owner = f"{pulumi.get_project()}/{pulumi.get_stack()}"
    for method in dict.fromkeys(one.method for one in loads):
        for warning in LOADERS[method].check_account(settings.client, owner):
            pulumi.log.warn(visible(warning))


def _check_tags(settings: Settings) -> None:
    """Source of the limit: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html."""
    file = f"Pulumi.{pulumi.get_stack()}.yaml"
    default: Any = read_json(pulumi.Config("aws").get("defaultTags") or "{}", f"{file}: aws:defaultTags")
    of_provider: Mapping[str, str] = default.get("tags", {})
    of_environment = {name[len(_TAGS) :] for name in os.environ if name.startswith(_TAGS)}
    keys = {*settings.tags, "project", "stack", "dataset", *of_provider, *of_environment}
    if len(keys) > _MOST_TAGS:
        beside = " and those of aws:defaultTags" if of_provider or of_environment else ""
        raise InputError(
            f"{file}: bulk:tags",
            f"with project, stack and dataset{beside} these are {len(keys)} tags, and an object in S3 takes "
            f"at most {_MOST_TAGS}",
            f"remove {len(keys) - _MOST_TAGS}",
        )


def _check_order(export: Export, where: str) -> None:
    if export.type == "incremental" and export.until is None:
        what = "an incremental export of a stack needs a fixed end"
        raise InputError(f"{where}.until", what, "set it, or use `schedule` or `bulk export`")
    try:
        ExportOrder.model_validate({**export.order, "table": "it", "bucket": "it", "prefix": ""})
    except ValidationError as error:
        raise first_mistake(error, ExportOrder, lambda _: where) from None


def _check_recovery(table: str, settings: Settings, where: str) -> None:
    """Check recovery of a table that does not belong to the stack, which never changes it."""
    if table_identity(table, settings.client) and recovery_of(table, settings.client) is None:
        what = f"point-in-time recovery is off for {table}, which is not the stack's to change"
        raise InputError(where, what, TURN_ON.format(table))


def _filling(table: str, loads: Sequence[PlannedLoad]) -> tuple[PlannedLoad, ...]:
    """Return the loads into the table that an export names by the dataset of one of them."""
    wanted = table.replace("_", "-")
    first = next((one for one in loads if one.dataset.name.replace("_", "-") == wanted), None)
    return loads_together(first, loads) if first else ()


def loads_together(plan: PlannedLoad, loads: Sequence[PlannedLoad]) -> tuple[PlannedLoad, ...]:
    """Return the loads into the table of one of them."""
    base = plan.load.into or plan.dataset.name
    return tuple(one for one in loads if base in (one.dataset.name, one.load.into))


def _method(
    load: Load,
    dataset: Dataset,
    where: str,
    settings: Settings,
    before: str | None,
    options: frozenset[str],
) -> tuple[str, str]:
    """Return the method, and why where `auto` chooses it.

    A load keeps the method that it was made by `before`, since with another its table would be replaced.
    """
    into = load.into is not None
    if load.method != AUTO:
        check_method(load.method, dataset, f"{where}.method", into=into)
        return load.method, ""
    kept = before if before in LOADERS and carries(before, dataset, into=into) else None
    if kept and not (settings.window == "open" and pulumi.runtime.is_dry_run()):
        return kept, ""
    choice = fitting_method(dataset, settings.client, into=into, options=options)
    if kept:
        other = f"the load was made by it; `auto` would choose {choice.method} for a new one: {choice.why}"
        return kept, other if choice.method not in (None, kept) else ""
    if choice.method is None:
        raise InputError(f"{where}.method", f"no method fits {dataset.name}: {choice.why}")
    return choice.method, choice.why


def _converted(load: Load, dataset: Dataset, loader: Loader[Any], aws: Aws) -> bool:
    return load.convert_to is not None or loader.converts(dataset, aws)


def _check_tolerate(
    load: Load, dataset: Dataset, loader: Loader[Any], settings: Settings, where: str, *, whole: bool
) -> None:
    counts = "count_up_to" not in loader.abilities.options
    up_to = None if whole or counts else load.count_up_to
    if too_large_to_count(dataset, settings.client, up_to):
        raise InputError(
            where,
            f"is {load.tolerate:,}, but the files of {dataset.name} are too large to be counted, so a "
            "rejected row cannot be distinguished from a lost one",
            "remove it, or set `count_up_to` of the load to more than the size of the files",
        )


def _check_keys(load: Load, dataset: Dataset, planned: Mapping[str, PlannedLoad], settings: Settings) -> None:
    """Hold the keys of a table that exists, and those of its indexes, against what is written."""
    table, where = _owner_of_table(load, dataset, planned).table, display_path(dataset.path)
    described = described_table(table.name, settings.client) if table.existing and table.name else None
    if described:
        where = f"{where}: table {table.name}"
        refuse_other_keys(described, dataset.keys, where)
    keys = index_keys(described) if described else table.index_keys
    refuse_other_index_keys(keys, dataset.written_types, where)


def _check_limits(load: Load, dataset: Dataset, loader: Loader[Any], settings: Settings, where: str) -> None:
    """Check that AWS accepts so many and so large files: the dataset's own, or those that they become."""
    aws = settings.client
    if (limits := loader.limits(aws.region)) is None:
        return
    files = source_files(dataset, aws)
    if _converted(load, dataset, loader, aws):
        refuse_many_parts(dataset, files, Options(shuffle=True))
    elif why := limits.exceeded(file.size for file in files):
        raise InputError(
            f"{where}.dataset", f"{loader.engine}: {why}", "split the files into several datasets"
        )


def _check_into(into: str, dataset: Dataset, planned: Mapping[str, PlannedLoad], where: str) -> None:
    other = planned.get(into)
    if other is None:
        names = ", ".join(planned) or "none"
        raise InputError(
            f"{where}.into", f"no load before this one has the dataset {into}", f"before it: {names}"
        )
    if other.dataset.keys != dataset.keys:
        raise InputError(
            f"{where}.into",
            f"the table of {into} has other keys than {dataset.name}",
            f"make `table` in {dataset.path} have the keys of {other.dataset.path}",
        )
