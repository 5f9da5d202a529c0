"""What a stack is told (`bulk:` in Pulumi.<stack>.yaml), read and checked once."""

import ipaddress
import json
import os
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import pulumi
from pulumi.runtime.config import CONFIG
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dataset.dataset import Dataset, open_dataset
from dataset.errors import InputError
from dataset.estimate.choice import Method
from dataset.mistakes import Location, first_mistake
from operations.aws import Aws
from operations.fitting import fitting_method

NAMESPACE = "bulk:"
OFFERED: frozenset[Method] = frozenset({"dms"})  # what components/ can carry


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Load(_Settings):
    """One dataset to load; `limit_minutes` bounds the wait for it."""

    dataset: Path
    method: Literal["auto", "dms"] = "dms"
    wait: bool = True
    limit_minutes: int = Field(default=720, ge=1, le=60 * 24 * 14)


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


def read_datasets(settings: Settings) -> tuple[Dataset, ...]:
    """The datasets of the loads, whole and in order; raises InputError when one is wrong or named twice."""
    datasets: list[Dataset] = []
    for index, load in enumerate(settings.loads):
        dataset = open_dataset(load.dataset)
        if load.method == "auto":
            _choose(dataset, f"Pulumi.{pulumi.get_stack()}.yaml: bulk:loads[{index}].method", settings)
        dataset.refuse_dms()
        for warning in dataset.warnings:
            pulumi.log.warn(warning)
        if any(other.name == dataset.name for other in datasets):
            raise InputError(
                f"Pulumi.{pulumi.get_stack()}.yaml: bulk:loads[{index}]",
                f"two datasets are named {dataset.name}",
                "give one of them another name",
            )
        datasets.append(dataset)
    return tuple(datasets)


def _choose(dataset: Dataset, where: str, settings: Settings) -> None:
    choice = fitting_method(dataset, OFFERED, settings.client)
    if choice.method is None:
        raise InputError(where, f"no method fits {dataset.name}: {choice.why}")
    pulumi.log.info(f"{dataset.name}: {choice.method}, since {choice.why}")


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
