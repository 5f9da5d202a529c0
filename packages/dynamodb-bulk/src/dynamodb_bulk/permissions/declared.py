"""What a stack declares, by its settings and datasets, which exist before the first `pulumi up`."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import boto3
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.cleanup.stacks import project_folder, read_project_file
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.loads.base import MethodEstimate
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.loads.selection import choose_method, load_facts
from dynamodb_bulk.loads.stack_loads import NO_ENGINE
from dynamodb_bulk.monitoring.settings import on_or_off
from dynamodb_bulk.permissions import parts
from dynamodb_bulk.permissions.grants import Permissions
from dynamodb_bulk.permissions.policies import Declared
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.mistakes import first_mistake

_NAMESPACE = "bulk:"


class _Part(BaseModel):
    """As much of the settings as decides who may do what; `pulumi preview` checks them all."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Load(_Part):
    dataset: Path
    method: str = "auto"
    into: str | None = None
    reload: str = "refuse"
    engine: str = "local"
    write_units: int | None = None


class _Schedule(_Part):
    incremental_minutes: int | None = None


class _Export(_Part):
    table: str
    bucket: str | None = None
    prefix: str | None = None
    kms_key: str | None = None
    schedule: _Schedule | None = None


class _Runs(_Part):
    at: str | None = None
    on_arrival: str | None = None
    role: str


class _Notify(_Part):
    webhook: Any = None
    kms_key: str | None = None


class _Monitoring(_Part):
    notify: _Notify = _Notify()


class _Dms(_Part):
    serverless: Any = None


class _Network(_Part):
    mode: str = "default"


class _Settings(_Part):
    loads: tuple[_Load, ...] = ()
    exports: tuple[_Export, ...] = ()
    network: _Network = _Network()
    dms: _Dms = _Dms()
    schedule: _Runs | None = None
    monitoring: Annotated[_Monitoring | None, BeforeValidator(on_or_off)] = None
    kms_key: str | None = None
    role_path: str = "/"
    permissions_boundary: str | None = None


def read_declared(stack: str | None, account: str | None) -> Declared:
    """Read the settings of a stack of the project in this folder; raise InputError where that fails.

    Without an `account` it is that of the credentials, which STS tells.
    """
    if account and not re.fullmatch(r"\d{12}", account):
        raise InputError("--account", f"is {account!r}", "give its 12 digits")
    folder = project_folder()
    if folder is None:
        raise InputError("Pulumi.yaml", "no project in this folder or above it", "run this in a project")
    name = (stack or _selected()).rpartition("/")[2]
    file = folder / f"Pulumi.{name}.yaml"
    config: Mapping[str, Any] = read_project_file(file).get("config") or {}
    region = config.get("aws:region") or os.environ.get("AWS_REGION")
    if not region:
        raise InputError(display_path(file), "names no Region", "set aws:region")
    settings = _settings(config, display_path(file))
    loads = [(load, open_dataset(folder / load.dataset)) for load in settings.loads]
    sources = [one.location for _, one in loads if one.location]
    loaded = {one.name.replace("_", "-") for _, one in loads}
    exported = {one.table for one in settings.exports if one.table.replace("_", "-") not in loaded}
    existing = {one.table.name or "" for _, one in loads if one.table.existing}
    return Declared(
        project=read_project_file(folder / "Pulumi.yaml")["name"],
        stack=name,
        account=account or _account(region, config.get("aws:profile")),
        region=region,
        partition=boto3.Session().get_partition_for_region(region),
        parts=tuple(_parts(settings, loads, file)),
        tables=frozenset(_chosen_names(loads)),
        other_tables=frozenset(existing | exported),
        sources=frozenset(f"{one.bucket}/{one.prefix}" for one in sources),
        exports=frozenset(
            f"{one.bucket}/{one.prefix or 'exports/'}" for one in settings.exports if one.bucket
        ),
        keys=frozenset(_keys(settings, loads)),
        arrivals=frozenset(
            {settings.schedule.on_arrival.removeprefix("s3://")}
            if settings.schedule and settings.schedule.on_arrival
            else ()
        ),
        run_roles=frozenset({settings.schedule.role} if settings.schedule else ()),
        replicated=any(one.table.replicas for _, one in loads),
        role_path=settings.role_path,
        permissions_boundary=settings.permissions_boundary,
    )


def _parts(settings: _Settings, loads: list[tuple[_Load, Dataset]], file: Path) -> Iterator[Permissions]:
    yield from (parts.STACK, parts.SOURCE_IN_S3, parts.OTHER_TABLE)
    yield from (parts.REPORT, parts.COMMAND_EXPORT, parts.LEFTOVERS)
    methods = {method for load, dataset in loads for method in _methods(load, dataset, file)}
    yield from (LOADERS[method].permissions for method in sorted(methods))
    if any(not dataset.table.existing for _, dataset in loads):
        yield parts.NEW_TABLE
    if "dms" in methods:
        yield from _of_dms(settings)
        if settings.monitoring:
            yield parts.EVENTS_OF_DMS
    if any(load.write_units for load, _ in loads):
        yield parts.RAISED_CAPACITY
    if any(load.engine != "local" for load, _ in loads):
        yield parts.GLUE
        if settings.kms_key:
            yield parts.GLUE_KEY
    if settings.exports:
        yield parts.EXPORT
    yield from _unattended(settings)
    schedules = [export.schedule for export in settings.exports if export.schedule]
    if schedules:
        yield parts.SCHEDULE
    if any(schedule.incremental_minutes for schedule in schedules):
        yield parts.WINDOWS


def _of_dms(settings: _Settings) -> Iterator[Permissions]:
    """Yield what DMS needs by the settings of the stack."""
    if network := parts.NETWORKS.get(settings.network.mode):
        yield network
    yield parts.SERVERLESS if settings.dms.serverless else parts.NO_LONGER_SERVERLESS


def _unattended(settings: _Settings) -> Iterator[Permissions]:
    """Yield what runs a stack by itself, and what tells of its loads."""
    asked = (
        (settings.schedule is not None, parts.RUNS),
        (settings.schedule and settings.schedule.at, parts.RUNS_BY_THE_CLOCK),
        (settings.schedule and settings.schedule.on_arrival, parts.RUNS_ON_ARRIVAL),
        (settings.monitoring is not None, parts.MONITORING),
        (settings.monitoring and settings.monitoring.notify.webhook, parts.WEBHOOK),
    )
    yield from (part for wanted, part in asked if wanted)


def _methods(load: _Load, dataset: Dataset, file: Path) -> set[str]:
    """Return the method; for `auto` the one that follows from the dataset alone, and that for small files."""
    methods = {load.method}
    if load.method == "auto":
        facts = load_facts(dataset)
        facts = replace(facts, existing_table=facts.existing_table or load.into is not None)
        nothing = {
            name: MethodEstimate(method=name, shortest=0, longest=0, usd=(0, 0), basis="") for name in LOADERS
        }
        choices = (choose_method(facts), choose_method(replace(facts, estimates=nothing)))
        methods = {choice.method or "" for choice in choices}
    if not methods <= LOADERS.keys():
        raise InputError(
            f"{display_path(file)}: {_NAMESPACE}loads", f"no method for {dataset.name}", "set one"
        )
    return methods


def _keys(settings: _Settings, loads: list[tuple[_Load, Dataset]]) -> Iterator[str]:
    """Yield the keys of KMS of the bucket, the exports, the tables and the files in S3."""
    of_datasets = [key for _, one in loads for key in (one.table.kms_key, one.source.kms_key)]
    topics = settings.monitoring.notify.kms_key if settings.monitoring else None
    yield from (
        key
        for key in (settings.kms_key, topics, *(one.kms_key for one in settings.exports), *of_datasets)
        if key
    )


def _chosen_names(loads: list[tuple[_Load, Dataset]]) -> Iterator[str]:
    """Yield the names of the stack's tables that their datasets choose, and of those that replace them."""
    for load, dataset in loads:
        if dataset.table.name and not dataset.table.existing:
            yield dataset.table.name
            if load.reload == "replace":
                yield f"{dataset.table.name[:246]}-{'?' * 8}"


def _settings(config: Mapping[str, Any], file: str) -> _Settings:
    given = {
        key.removeprefix(_NAMESPACE): _value(value)
        for key, value in config.items()
        if key.startswith(_NAMESPACE)
    }
    try:
        return _Settings.model_validate(given)
    except ValidationError as error:
        raise first_mistake(error, _Settings, lambda _: file, within=_NAMESPACE) from None


def _value(value: Any) -> Any:
    """Lists, and keys and values, may be written as JSON."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            pass
    return value


def _selected() -> str:
    try:
        command = ["pulumi", "stack", "--show-name"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    except FileNotFoundError:
        raise NO_ENGINE from None
    if answer.returncode:
        raise InputError("--stack", "missing, and no stack is selected", "pass --stack NAME")
    return answer.stdout.strip()


def _account(region: str, profile: str | None) -> str:
    return Aws(region=region, profile=profile).sts.get_caller_identity()["Account"]
