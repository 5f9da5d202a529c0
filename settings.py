"""The settings of a stack (`bulk:` in Pulumi.<stack>.yaml), read and checked once."""

import json
import re
from functools import cached_property
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pulumi
from pulumi.runtime.config import CONFIG, is_config_secret
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticKnownError

from components.configured_aws import configured_aws
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.keys import own_key_arn
from dynamodb_bulk.aws.loopback import require_loopback_endpoint
from dynamodb_bulk.conversion.options import Format
from dynamodb_bulk.dms.maintenance import weekly_window
from dynamodb_bulk.export.request import Selection, Wanted
from dynamodb_bulk.export.schedule import WINDOWS, mistake_in, require_timezone
from dynamodb_bulk.glue.definition import FLEX_TYPES, MOST_WORKERS, WorkerType
from dynamodb_bulk.loads.data_check import Extent
from dynamodb_bulk.loads.load import COUNT_UP_TO
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.monitoring.settings import Monitoring, Schedule, on_or_off
from dynamodb_bulk.spec.arns import KmsKey, PlainName, refuse_wildcards
from dynamodb_bulk.spec.errors import InputError, MistakeAt
from dynamodb_bulk.spec.json_reading import read_json
from dynamodb_bulk.spec.mistakes import first_mistake
from dynamodb_bulk.spec.text import size_of

NAMESPACE = "bulk:"
Units = Literal[1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 384]
AUTO = "auto"


def _known_method(name: object) -> object:
    known = (AUTO, *LOADERS)
    if name not in known:
        raise PydanticKnownError("literal_error", {"expected": ", ".join(map(repr, known))})
    return name


def _off(word: object) -> object:
    """`off` without quotes is false to a reader of YAML 1.1."""
    return "off" if word is False else word


def _size(given: object) -> object:
    return size_of(given) if isinstance(given, str) else given


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Verify(_Settings):
    """The limit on reading a table when it is compared with the files of a load."""

    read_units: float | None = Field(default=None, gt=0, allow_inf_nan=False)


class Load(_Settings):
    """One dataset to load; `limit_minutes` bounds the wait for it.

    `wait_for`: where changes go on, the file of them that the load waits for, too.

    `into`: the table of another load of the stack, named by its dataset; this one comes after it.
    `task`: the name of a DMS task that loads share. `tolerate`: so many items may be bad.
    `count_up_to`: the rows of files in S3 with more bytes are not counted.
    `check`: how much of the data is checked before anything is declared; left out: all that takes seconds.
    `reload`: what becomes of a table that an import filled when the data changes; where another replaces it,
    `keep_previous` earlier ones stay. `convert_to`: the format of converted files; given, files are converted
    also where ImportTable could read them. `engine`: what works on files in S3, this machine or the stack's
    AWS Glue job; `auto`: by their size. `write_units`: what the write capacity of a provisioned table is
    raised to until the load ends. `verify`: the table is compared with the files afterwards.
    """

    dataset: Path
    method: Annotated[str, BeforeValidator(_known_method)] = AUTO
    into: str | None = None
    task: PlainName | None = Field(default=None, min_length=1)
    wait: bool = True
    wait_for: PlainName | None = None
    limit_minutes: int = Field(default=720, ge=1, le=60 * 24 * 14)
    tolerate: int = Field(default=0, ge=0)
    count_up_to: Annotated[int, BeforeValidator(_size)] = Field(default=COUNT_UP_TO, ge=0)
    reload: Literal["refuse", "recreate", "replace"] | None = None
    keep_previous: int = Field(default=0, ge=0, le=5)
    convert_to: Format | None = None
    engine: Literal["local", "glue", "auto"] = "local"
    check: Annotated[Extent | None, BeforeValidator(_off)] = None
    max_write_request_units: int | None = Field(default=None, ge=1024)
    performance_tier: Literal["STANDARD", "ACCELERATED"] | None = None
    max_write_units: float | None = Field(default=None, ge=1, allow_inf_nan=False)
    write_units: int | None = Field(default=None, ge=1)
    verify: bool | Verify = False

    @model_validator(mode="after")
    def _verified_when_over(self) -> Self:
        if self.verify and not self.wait:
            raise MistakeAt("a load with `wait: false` cannot be verified", "verify")
        if self.wait_for and not self.wait:
            raise MistakeAt("a load with `wait: false` waits for nothing: remove one of them", "wait_for")
        if self.write_units and not self.wait:
            message = "with `wait: false` nothing would put the capacity back: remove one of them"
            raise MistakeAt(message, "write_units")
        return self


class ExportSchedule(_Settings):
    """When EventBridge exports by itself: `full` is an expression, changes follow in windows of minutes.

    `timezone` is that of `full`; windows end on multiples of their length in a day of UTC.
    """

    full: str | None = Field(default=None, pattern=r"^(cron|rate)\(.+\)$")
    incremental_minutes: int | None = Field(default=None, ge=15, le=24 * 60)
    timezone: str = "UTC"

    @model_validator(mode="after")
    def _kept_by_eventbridge(self) -> Self:
        if self.full is None and self.incremental_minutes is None:
            raise MistakeAt("empty; set `full`, `incremental_minutes` or both")
        if self.full and (wrong := mistake_in(self.full)):
            raise MistakeAt(wrong, "full")
        if self.incremental_minutes and self.incremental_minutes not in WINDOWS:
            lengths = ", ".join(f"{length:,}" for length in WINDOWS)
            raise MistakeAt(
                f"windows of {self.incremental_minutes} minutes do not fill a day; those of {lengths} do",
                "incremental_minutes",
            )
        require_timezone(self.timezone)
        return self


class Export(Wanted):
    """An export of a load's table, named by the load's dataset, or of a table that no load fills.

    `bucket`: another than the stack's. `keep_days`: how long the stack's bucket keeps it.
    """

    table: str
    name: PlainName | None = None
    bucket: str | None = None
    prefix: str | None = None
    keep_days: int | None = Field(default=None, ge=1)
    schedule: ExportSchedule | None = None
    limit_minutes: int = Field(default=720, ge=1, le=60 * 24 * 14)

    @property
    def order(self) -> dict[str, Any]:
        """The request to DynamoDB."""
        return self.model_dump(exclude={"table", "name", "keep_days", "schedule", "limit_minutes"})

    @model_validator(mode="after")
    def _schedule_can_be_kept(self) -> Self:
        if self.schedule and (self.bucket or self.selection != Selection()):
            raise MistakeAt("scheduled exports are of entire tables, to the stack's bucket", "schedule")
        return self


_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))


def _private_range(text: str) -> str:
    """Two subnets of it are to be such as AWS takes.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
    """
    try:
        given = IPv4Network(text)
    except ValueError:
        raise ValueError("not an address range such as 10.0.0.0/24, whose host bits are 0") from None
    if not 16 <= given.prefixlen <= 27 or not any(given.subnet_of(each) for each in _PRIVATE):
        ranges = ", ".join(map(str, _PRIVATE))
        raise ValueError(f"{text} is not a private range (of {ranges}) from /16 to /27")
    return text


class Network(_Settings):
    """The network of the replication instance, which never has a public address.

    `cidr`: the addresses of the VPC that mode create makes.
    """

    mode: Literal["default", "existing", "create"] = "default"
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    cidr: Annotated[str, AfterValidator(_private_range)] = "10.0.0.0/24"

    @model_validator(mode="after")
    def _keys_of_the_mode(self) -> Self:
        if self.mode == "existing" and len(self.subnet_ids) < 2:
            raise ValueError("mode existing needs `subnet_ids` in two availability zones or more")
        if self.mode != "existing" and (self.subnet_ids or self.security_group_ids):
            raise ValueError("`subnet_ids` and `security_group_ids` are for mode existing")
        if self.mode != "create" and "cidr" in self.model_fields_set:
            raise MistakeAt("only for mode create", "cidr")
        return self


class Serverless(_Settings):
    """The capacity of each serverless replication, in units of 2 GB of memory.

    https://docs.aws.amazon.com/dms/latest/APIReference/API_ComputeConfig.html
    """

    max: Units
    min: Units = 1

    @model_validator(mode="after")
    def _min_is_no_more(self) -> Self:
        if self.min > self.max:
            raise MistakeAt(f"is more than `max`, {self.max}", "min")
        return self


class Dms(_Settings):
    """The replication instance, and what to do about the two roles that DMS wants in every account.

    Without `instance_class` and `engine_version` they follow from the loads and from what the Region offers.
    `kms_key`: of the instance's storage; a different one makes a new instance. With `serverless`, each load
    has a serverless replication instead of the instance. `rows_per_second`: what a load by DMS was measured
    to do, by which the preview says how long others take.
    """

    serverless: Serverless | None = None
    instance_class: str | None = Field(default=None, pattern=r"^dms\.[a-z0-9]+\.[a-z0-9]+$")
    storage_gb: int = Field(default=50, ge=5, le=6144)
    multi_az: bool = False
    engine_version: str | None = Field(default=None, pattern=r"^\d+(\.\d+)*$")
    maintenance_window: Annotated[str, AfterValidator(weekly_window)] | None = None
    kms_key: KmsKey | None = None
    account_roles: Literal["adopt", "create"] = "adopt"
    rows_per_second: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _instance_or_serverless(self) -> Self:
        for name in ("instance_class", "storage_gb", "engine_version"):
            if self.serverless and name in self.model_fields_set:
                raise MistakeAt("is of a replication instance, which `serverless` does without", name)
        return self

    @model_validator(mode="after")
    def _engine_meets_the_trust_policies(self) -> Self:
        """The roles trust DMS for this account alone, which it says of itself since 3.4.7.

        Source: https://docs.aws.amazon.com/dms/latest/userguide/cross-service-confused-deputy-prevention.html
        """
        version = tuple(int(part) for part in (self.engine_version or "9").split("."))
        if version < (3, 4, 7):
            what = f"{self.engine_version} cannot assume the roles of the stack: 3.4.7 is the first that can"
            raise MistakeAt(f"{what}; remove it, or name a later one", "engine_version")
        return self


class Glue(_Settings):
    """The workers of the Glue job of loads with `engine: glue`; `flex`: on spare capacity, for less.

    They are `workers`, or as many as finish each run in `finish_in_minutes`.
    """

    worker_type: WorkerType = "G.1X"
    workers: int = Field(default=10, ge=2, le=MOST_WORKERS)
    finish_in_minutes: int | None = Field(default=None, ge=1, le=7 * 24 * 60)
    flex: bool = False
    timeout_minutes: int = Field(default=480, ge=1, le=7 * 24 * 60)

    @model_validator(mode="after")
    def _flex_has_the_type(self) -> Self:
        """Source: https://docs.aws.amazon.com/glue/latest/dg/add-job.html."""
        if self.flex and self.worker_type not in FLEX_TYPES:
            raise MistakeAt(f"is for workers of {' and '.join(FLEX_TYPES)}", "flex")
        return self

    @model_validator(mode="after")
    def _one_says_how_many(self) -> Self:
        if self.finish_in_minutes and "workers" in self.model_fields_set:
            raise MistakeAt("is for a job without `finish_in_minutes`; remove one of them", "workers")
        return self


def _role_path(path: str) -> str:
    if not re.fullmatch(r"/(?:[!-~]{1,510}/)?", path):
        raise ValueError(f"a path of roles begins and ends with a slash, as /loads/ does; got {path!r}")
    return refuse_wildcards(path)


def _policy_arn(arn: str) -> str:
    if not re.fullmatch(r"arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy/[\w+=,.@/-]+", arn):
        raise ValueError(f"expected the ARN of a managed policy, arn:aws:iam::…:policy/…; got {arn!r}")
    return arn


class Settings(_Settings):
    """All settings of a stack. `local` ties the stack to local AWS.

    `window: closed` leaves the tables, and nothing that only loading needs. `role_path` and
    `permissions_boundary` are of the roles that the stack creates. `kms_key` encrypts the bucket, the exports
    to it, and the tables whose datasets name no other.
    """

    environment: Literal["development", "staging", "production"] = "development"
    window: Literal["open", "closed"] = "open"
    loads: tuple[Load, ...] = ()
    exports: tuple[Export, ...] = ()
    network: Network = Network()
    dms: Dms = Dms()
    glue: Glue = Glue()
    monitoring: Annotated[Monitoring | None, BeforeValidator(on_or_off)] = None
    schedule: Schedule | None = None
    kms_key: KmsKey | None = None
    role_path: Annotated[str, AfterValidator(_role_path)] | None = None
    permissions_boundary: Annotated[str, AfterValidator(_policy_arn)] | None = None
    tags: dict[str, str] = {}
    local: bool = False

    @cached_property
    def client(self) -> Aws:
        """AWS as the stack is configured for it; raise InputError, or what AWS says, where that is no use."""
        return configured_aws()

    @cached_property
    def key_arn(self) -> str | None:
        """The ARN of `kms_key`; raise InputError if it cannot be used."""
        where = f"Pulumi.{pulumi.get_stack()}.yaml: bulk:kms_key"
        return own_key_arn(self.kms_key, self.client, where) if self.kms_key else None

    @cached_property
    def instance_key_arn(self) -> str | None:
        """The ARN of the key of the replication instance; raise InputError if it cannot be used."""
        key, where = self.dms.kms_key, f"Pulumi.{pulumi.get_stack()}.yaml: bulk:dms.kms_key"
        return own_key_arn(key, self.client, where) if key else None

    @cached_property
    def topic_key_arn(self) -> str | None:
        """The ARN of the key of the monitoring's topic; raise InputError if it cannot be used."""
        key = self.monitoring.notify.kms_key if self.monitoring else None
        where = f"Pulumi.{pulumi.get_stack()}.yaml: bulk:monitoring.notify.kms_key"
        return own_key_arn(key, self.client, where) if key else None


def read_settings() -> Settings:
    """Return the settings of the current stack; raise InputError that names file and key."""
    file = f"Pulumi.{pulumi.get_stack()}.yaml"

    given = {
        key.removeprefix(NAMESPACE): _value(text, f"{file}: {key}")
        for key, text in CONFIG.get().items()
        if key.startswith(NAMESPACE)
    }
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        raise first_mistake(error, Settings, lambda _: file, within=NAMESPACE) from None
    if settings.monitoring and settings.monitoring.notify.webhook and not _is_secret("monitoring"):
        raise InputError(
            f"{file}: bulk:monitoring.notify.webhook",
            "in plain text",
            "remove it, and run `pulumi config set --secret --path bulk:monitoring.notify.webhook URL`",
        )
    if settings.local:
        require_loopback_endpoint(f"{file}: bulk:local")
    return settings


def _is_secret(key: str) -> bool:
    """Return whether the file has the value, or a part of it, encrypted."""
    return is_config_secret(f"{NAMESPACE}{key}")


def _value(text: str, where: str) -> Any:
    """List, and keys and values, come as JSON; all else may be text."""
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return text
    except (ValueError, RecursionError):
        pass
    return read_json(text, where)
