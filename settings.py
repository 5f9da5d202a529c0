"""What a stack is told (`bulk:` in Pulumi.<stack>.yaml), read and checked once."""

import ipaddress
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import pulumi
from pulumi.runtime.config import CONFIG
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dataset.dataset import Dataset, open_dataset
from dataset.errors import InputError, MistakeAt
from dataset.estimate.choice import Method
from dataset.mistakes import Location, first_mistake
from dataset.reading import display_path
from operations.aws import Aws
from operations.export.order import ExportOrder, Moment, Selection
from operations.fitting import check_method, fitting_method

NAMESPACE = "bulk:"
OPTIONS: dict[str, frozenset[Method]] = {
    "wait": frozenset({"bulk_put", "dms"}),
    "into": frozenset({"bulk_put", "dms"}),
    "tolerate": frozenset({"native", "bulk_put"}),
    "reload": frozenset({"native"}),
    "keep_previous": frozenset({"native"}),
    "max_write_request_units": frozenset({"bulk_put"}),
    "performance_tier": frozenset({"bulk_put"}),
}
"""Settings of a load that only some methods have."""


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Verify(_Settings):
    """How fast a table is read when it is compared with the files of a load."""

    read_units: float | None = Field(default=None, gt=0)


class Load(_Settings):
    """One dataset to load; `limit_minutes` bounds the wait for it.

    `into`: the table of another load of the stack, named by its dataset; this one comes after it. `tolerate`:
    so many items may be bad. `reload: replace`: changed data goes to a new table in the place of the other,
    and `keep_previous` earlier ones stay. `verify`: the table is compared with the files afterwards.
    """

    dataset: Path
    method: Literal["auto", "native", "bulk_put", "dms"] = "auto"
    into: str | None = None
    wait: bool = True
    limit_minutes: int = Field(default=720, ge=1, le=60 * 24 * 14)
    tolerate: int = Field(default=0, ge=0)
    reload: Literal["refuse", "replace"] = "refuse"
    keep_previous: int = Field(default=0, ge=0, le=5)
    max_write_request_units: int | None = Field(default=None, ge=1024)
    performance_tier: Literal["STANDARD", "ACCELERATED"] | None = None
    verify: bool | Verify = False

    @model_validator(mode="after")
    def _verified_when_over(self) -> Self:
        if self.verify and not self.wait:
            raise MistakeAt("a load that is not waited for cannot be verified", "verify")
        return self


class ExportSchedule(_Settings):
    """When EventBridge exports by itself: `full` is an expression, changes follow in windows of minutes."""

    full: str | None = Field(default=None, pattern=r"^(cron|rate)\(.+\)$")
    incremental_minutes: int | None = Field(default=None, ge=15, le=24 * 60)
    timezone: str = "UTC"


class Export(_Settings):
    """An export of a load's table, named by the load's dataset, or of a table that no load fills.

    `bucket`: another than the stack's. `keep_days`: how long the stack's bucket keeps it.
    """

    table: str
    name: str | None = None
    format: Literal["DYNAMODB_JSON", "ION"] = "DYNAMODB_JSON"
    type: Literal["full", "incremental"] = "full"
    at: Moment | None = None
    since: Moment | None = None
    until: Moment | None = None
    old_images: bool = True
    selection: Selection = Selection()
    bucket: str | None = None
    prefix: str | None = None
    bucket_owner: str | None = Field(default=None, pattern="^[0-9]{12}$")
    kms_key: str | None = None
    keep_days: int | None = Field(default=None, ge=1)
    schedule: ExportSchedule | None = None
    limit_minutes: int = Field(default=720, ge=1, le=60 * 24 * 14)

    @property
    def order(self) -> dict[str, Any]:
        """What is asked of DynamoDB."""
        return self.model_dump(exclude={"table", "name", "keep_days", "schedule", "limit_minutes"})

    @property
    def scheduled_request(self) -> dict[str, Any]:
        """What every scheduled export is asked for, beside table and bucket."""
        request: dict[str, Any] = {
            "ExportFormat": self.format,
            "S3SseAlgorithm": "KMS" if self.kms_key else "AES256",
        }
        return request | ({"S3SseKmsKeyId": self.kms_key} if self.kms_key else {})

    @model_validator(mode="after")
    def _schedule_of_whole_tables(self) -> Self:
        if self.schedule and (self.bucket or self.selection != Selection()):
            raise MistakeAt("scheduled exports are of whole tables, to the stack's bucket", "schedule")
        return self


class Network(_Settings):
    """Where the replication instance stands; it has no public address in any mode."""

    mode: Literal["default", "existing"] = "default"
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _subnets_when_existing(self) -> Self:
        if self.mode == "existing" and len(self.subnet_ids) < 2:
            raise ValueError("mode existing needs `subnet_ids` in two availability zones or more")
        if self.mode == "default" and (self.subnet_ids or self.security_group_ids):
            raise ValueError("`subnet_ids` and `security_group_ids` are for mode existing")
        return self


class Dms(_Settings):
    """The replication instance, and what to do about the two roles that DMS wants in every account."""

    instance_class: str = Field(default="dms.t3.medium", pattern=r"^dms\.[a-z0-9]+\.[a-z0-9]+$")
    storage_gb: int = Field(default=50, ge=5, le=6144)
    multi_az: bool = False
    engine_version: str | None = None
    account_roles: Literal["adopt", "create"] = "adopt"


class Settings(_Settings):
    """All settings of a stack. `local` ties the stack to AWS on this machine."""

    environment: Literal["development", "staging", "production"] = "development"
    loads: tuple[Load, ...] = ()
    exports: tuple[Export, ...] = ()
    network: Network = Network()
    dms: Dms = Dms()
    tags: dict[str, str] = {}
    local: bool = False

    @property
    def client(self) -> Aws:
        """AWS as the stack is configured for it, for what has to be known before anything is declared."""
        config = pulumi.Config("aws")
        return Aws(
            region=config.get("region") or os.environ.get("AWS_REGION", ""), profile=config.get("profile")
        )


def read_settings() -> Settings:
    """The settings of the current stack; raises InputError that names file and key."""
    file = f"Pulumi.{pulumi.get_stack()}.yaml"

    def where(_: Location) -> str:
        return f"{file}, bulk"

    given = {
        key.removeprefix(NAMESPACE): _value(text)
        for key, text in CONFIG.get().items()
        if key.startswith(NAMESPACE)
    }
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        raise first_mistake(error, Settings, where) from None
    if settings.local:
        _insist_on_this_machine(file)
    return settings


@dataclass(frozen=True, kw_only=True)
class PlannedLoad:
    """A load with its dataset read and its method chosen."""

    load: Load
    dataset: Dataset
    method: Method


def read_loads(settings: Settings) -> tuple[PlannedLoad, ...]:
    """The loads in order, whole; raises InputError when a dataset or a choice of method is wrong."""
    planned: dict[str, PlannedLoad] = {}
    for index, load in enumerate(settings.loads):
        where = f"Pulumi.{pulumi.get_stack()}.yaml: bulk:loads[{index}]"
        dataset = open_dataset(load.dataset)
        if dataset.name in planned:
            raise InputError(where, f"two datasets are named {dataset.name}", "give one of them another name")
        if load.into is not None:
            _check_into(load.into, dataset, planned, where)
        method = _method(load, dataset, where, settings)
        for option in sorted(load.model_fields_set & OPTIONS.keys()):
            if method not in OPTIONS[option]:
                raise InputError(f"{where}.{option}", f"is not for method {method}", "take it out")
        for warning in dataset.warnings if method == "dms" else ():
            pulumi.log.warn(warning)
        planned[dataset.name] = PlannedLoad(load=load, dataset=dataset, method=method)
    return tuple(planned.values())


@dataclass(frozen=True, kw_only=True)
class PlannedExport:
    """An export, and the loads into its table; none where the stack does not fill it."""

    name: str
    export: Export
    loads: tuple[PlannedLoad, ...]


def read_exports(settings: Settings, loads: tuple[PlannedLoad, ...]) -> tuple[PlannedExport, ...]:
    """The exports in order; raises InputError where one cannot be made."""
    planned: dict[str, PlannedExport] = {}
    for index, export in enumerate(settings.exports):
        where = f"Pulumi.{pulumi.get_stack()}.yaml: bulk:exports[{index}]"
        wanted = export.table.replace("_", "-")
        first = next((one for one in loads if one.dataset.name.replace("_", "-") == wanted), None)
        into = loads_together(first, loads) if first else ()
        name = export.name or (into[0].dataset.name if into else export.table).lower()
        if name in planned:
            raise InputError(where, f"two exports are named {name}", "give one of them a `name`")
        made = into[0].dataset if into else None
        if made and not made.table.existing and not made.table.point_in_time_recovery:
            raise InputError(
                f"{where}.table",
                f"point-in-time recovery is off for the table of {made.name}",
                f"set `point_in_time_recovery: true` under `table` in {display_path(made.path)}",
            )
        _check_order(export, where)
        planned[name] = PlannedExport(name=name, export=export, loads=into)
    return tuple(planned.values())


def _check_order(export: Export, where: str) -> None:
    if export.type == "incremental" and export.until is None:
        what = "an incremental export of a stack ends at a moment that does not move"
        raise InputError(f"{where}.until", what, "say when, or use `schedule` or `bulk export`")
    try:
        ExportOrder.model_validate({**export.order, "table": "it", "bucket": "it", "prefix": ""})
    except ValidationError as error:
        raise first_mistake(error, ExportOrder, lambda _: where) from None


def loads_together(plan: PlannedLoad, loads: tuple[PlannedLoad, ...]) -> tuple[PlannedLoad, ...]:
    """The loads into the table of one of them."""
    base = plan.load.into or plan.dataset.name
    return tuple(one for one in loads if base in (one.dataset.name, one.load.into))


def _method(load: Load, dataset: Dataset, where: str, settings: Settings) -> Method:
    if load.method == "auto":
        choice = fitting_method(dataset, settings.client, into=load.into is not None)
        if choice.method is None:
            raise InputError(f"{where}.method", f"no method fits {dataset.name}: {choice.why}")
        pulumi.log.info(f"{dataset.name}: {choice.method}, since {choice.why}")
        return choice.method
    check_method(load.method, dataset, f"{where}.method", into=load.into is not None)
    return load.method


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


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _insist_on_this_machine(file: str) -> None:
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    host = urlsplit(endpoint).hostname or ""
    try:
        on_this_machine = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        on_this_machine = False
    if not on_this_machine:
        raise InputError(
            f"{file}: bulk:local",
            f"this stack is for AWS on this machine, but AWS_ENDPOINT_URL is {endpoint or 'not set'}",
            'run `eval "$(.venv/bin/bulk local env)"` first',
        )
