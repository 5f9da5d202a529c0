"""A request to ExportTableToPointInTime.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from dynamodb_bulk.aws.clock import aws_now
from dynamodb_bulk.spec.arns import InArn
from dynamodb_bulk.spec.errors import MistakeAt

SHORTEST, LONGEST = timedelta(minutes=15), timedelta(hours=24)
_NAME = re.compile(r"[^.\[\]]+")


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]


def iso(moment: datetime) -> str:
    """Return the time in UTC and whole seconds, as windows of changes require."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class Selection(BaseModel):
    """Which items an export holds, and which of their attributes; keys are always among these.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Filtered.html
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    filter: str | None = None
    key_condition: str | None = None
    projection: tuple[str, ...] = ()
    names: dict[str, str] = {}
    values: dict[str, dict[str, Any]] = {}

    def specification(self, keys: Sequence[str]) -> dict[str, Any]:
        """FilterSpecification; empty if everything is wanted."""
        names = dict(self.names)
        given = {"FilterExpression": self.filter, "KeyConditionExpression": self.key_condition}
        specified: dict[str, Any] = {name: text for name, text in given.items() if text}
        if self.projection:
            # A key is one name whatever is in it; a path of its text means the key.
            own = [_placeholder(key, names) for key in keys]
            paths = [_path(path, names) for path in self.projection if path not in keys]
            specified["ProjectionExpression"] = ", ".join(dict.fromkeys((*own, *paths)))
        if names and specified:
            specified["ExpressionAttributeNames"] = names
        if self.values and specified:
            specified["ExpressionAttributeValues"] = self.values
        return specified


class Wanted(BaseModel):
    """What to export, and how; `at`, or `since` and `until`, are in the recovery window."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["DYNAMODB_JSON", "ION"] = "DYNAMODB_JSON"
    type: Literal["full", "incremental"] = "full"
    at: Moment | None = None
    since: Moment | None = None
    until: Moment | None = None
    old_images: bool = True
    selection: Selection = Selection()
    bucket_owner: str | None = Field(default=None, pattern="^[0-9]{12}$")
    kms_key: InArn | None = None

    @property
    def written_as(self) -> dict[str, Any]:
        """Format and encryption, as arguments of the call."""
        encrypted = (
            {"S3SseAlgorithm": "KMS", "S3SseKmsKeyId": self.kms_key}
            if self.kms_key
            else {"S3SseAlgorithm": "AES256"}
        )
        return {"ExportFormat": self.format, **encrypted}


class ExportOrder(Wanted):
    """An export of a table to a place."""

    table: str
    bucket: str
    prefix: str = ""

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.type == "full":
            for key in ("since", "until"):
                if getattr(self, key):
                    raise MistakeAt("only for incremental exports: use `at` for a full one", key)
            return self
        if self.at:
            raise MistakeAt("only for full exports: use `since` and `until` for an incremental one", "at")
        if self.since is None:
            raise MistakeAt("an incremental export needs its start time", "since")
        length = (self.until or aws_now()) - self.since
        if not SHORTEST <= length <= LONGEST:
            raise MistakeAt(
                f"a window of {_hours(length)}: an incremental export covers 15 minutes to 24 hours", "since"
            )
        return self

    def request(self, table_arn: str, keys: Sequence[str], token: str) -> dict[str, Any]:
        """Return the arguments of the call."""
        request: dict[str, Any] = {
            "TableArn": table_arn,
            "S3Bucket": self.bucket,
            "ClientToken": token,
            "ExportType": f"{self.type.upper()}_EXPORT",
            **self.written_as,
        }
        optional = {
            "S3Prefix": self.prefix.strip("/"),
            "S3BucketOwner": self.bucket_owner,
            "ExportTime": self.at,
            "FilterSpecification": self.selection.specification(keys),
        }
        request |= {name: value for name, value in optional.items() if value}
        if self.type == "incremental":
            window = {"ExportFromTime": self.since, "ExportToTime": self.until}
            request["IncrementalExportSpecification"] = {
                **{name: moment for name, moment in window.items() if moment},
                "ExportViewType": "NEW_AND_OLD_IMAGES" if self.old_images else "NEW_IMAGE",
            }
        return request


def _path(path: str, names: dict[str, str]) -> str:
    """Return a document path with a placeholder for every name, as many are reserved words."""

    def placeholder(found: re.Match[str]) -> str:
        name = found[0]
        return name if name.startswith("#") or name.isdecimal() else _placeholder(name, names)

    return _NAME.sub(placeholder, path)


def _placeholder(name: str, names: dict[str, str]) -> str:
    """Return what stands for a name, which is among the names from then on."""
    known = next((key for key, value in names.items() if value == name), None)
    key = known or next(key for number in count() if (key := f"#p{number}") not in names)
    names[key] = name
    return key


def _hours(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    return f"{minutes} minutes" if abs(minutes) < 120 else f"{minutes / 60:,.1f} hours"
