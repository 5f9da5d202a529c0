"""Settings of a stack about what nobody attends to: how its loads are watched, and when it runs by itself."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from dynamodb_bulk.export.schedule import mistake_in, require_timezone
from dynamodb_bulk.spec.arns import KmsKey
from dynamodb_bulk.spec.errors import MistakeAt


class Unattended(BaseModel):
    """Base of these settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _webhook(url: SecretStr) -> SecretStr:
    """The message never shows it."""
    if not re.fullmatch(r"https://[^\s/]+(/\S*)?", url.get_secret_value()):
        raise ValueError("not an address that begins with https://")
    return url


class Notify(Unattended):
    """Who is told how loads end. `webhook`: an address that is a secret; it gets `{"text": …}`.

    `kms_key` encrypts the topic that the messages go through.
    """

    email: tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")], ...] = ()
    webhook: Annotated[SecretStr, AfterValidator(_webhook)] | None = None
    kms_key: KmsKey | None = None


class Monitoring(Unattended):
    """A topic, alarms, and a dashboard. `stalled_minutes`: so long may a load by DMS write nothing."""

    dashboard: bool = True
    stalled_minutes: int = Field(default=30, ge=5, le=24 * 60)
    notify: Notify = Notify()


def on_or_off(given: object) -> object:
    """`true` is all that goes without saying more."""
    return {} if given is True else None if given is False else given


def _role_arn(arn: str) -> str:
    if not re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", arn):
        raise ValueError(f"expected the ARN of a role, arn:aws:iam::…:role/…; got {arn!r}")
    return arn


class Schedule(Unattended):
    """When CodeBuild runs `pulumi up` of the stack by itself: at a time, or when an object arrives.

    `source`: the repository or the archive that it runs, in `version`; `role`: what it runs as. `passphrase`:
    the ARN of the secret in Secrets Manager that holds it.
    """

    at: str | None = Field(default=None, pattern=r"^(cron|rate)\(.+\)$")
    timezone: str = "UTC"
    on_arrival: str | None = Field(default=None, pattern=r"^s3://[a-z0-9.-]{3,63}/.*[^/]$")
    source: str = Field(pattern=r"^(https://github\.com/[\w.-]+/[\w.-]+|s3://[a-z0-9.-]{3,63}/.+\.zip)$")
    version: str | None = None
    role: Annotated[str, AfterValidator(_role_arn)]
    backend: str = Field(pattern=r"^(s3|https|gs|azblob)://\S+$")
    passphrase: str | None = Field(default=None, pattern=r"^arn:aws[a-z-]*:secretsmanager:\S+$")
    limit_minutes: int = Field(default=480, ge=5, le=36 * 60)

    @model_validator(mode="after")
    def _kept_by_eventbridge(self) -> Self:
        if self.at is None and self.on_arrival is None:
            raise MistakeAt("nothing starts a run; set `at`, `on_arrival` or both")
        if self.at and (wrong := mistake_in(self.at)):
            raise MistakeAt(wrong, "at")
        require_timezone(self.timezone)
        return self

    @property
    def place(self) -> tuple[str, str]:
        """Bucket and key of the object that starts a run; both empty without one."""
        bucket, _, key = (self.on_arrival or "").removeprefix("s3://").partition("/")
        return bucket, key
