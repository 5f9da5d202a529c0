"""The record of a stack's export, kept next to its files in S3, and what it tells of the export."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict, ValidationError

from dynamodb_bulk.aws import Aws, is_denied
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.aws.records import StoredRecord
from dynamodb_bulk.aws.refusals import is_gone
from dynamodb_bulk.export.listing import exports_to
from dynamodb_bulk.export.request import ExportOrder
from dynamodb_bulk.export.start import begin_export, finish_export, seconds_of
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.spec.text import duration, number_of

_DESCRIBED = 25  # of those that have ended, newest first


class StackExport(BaseModel):
    """An export of a stack; `records_bucket` holds its record. `arn`: what the provider made, if it did."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    order: ExportOrder
    records_bucket: str
    arn: str | None = None
    attempt: int = 1
    limit_minutes: int = 720


class ExportRecord(StoredRecord):
    """The result of the last export, and the data that it holds."""

    stored_at = "runs/export-{}.json"

    digest: str
    attempt: int
    arn: str
    good: bool
    verdict: str
    url: str = ""
    items: int = 0
    seconds: float = 0.0
    at: str = ""


def run_export(export: StackExport, digest: str, aws: Aws, report: Report) -> str:
    """Follow the export to its end and record the result; raise LoadFailed unless it is complete.

    An export of the provider is only judged, since the provider also accepts a FAILED one.
    """
    # The same work has the same token, so that what a killed `up` began is joined.
    token = hashlib.sha256(f"{digest}-{export.attempt}".encode()).hexdigest()[:40]
    arn = export.arn or begin_export(export.order, aws, report, token=token, minutes=export.limit_minutes)
    known: dict[str, Any] = {"digest": digest, "attempt": export.attempt, "arn": arn}
    try:
        found = finish_export(arn, aws, report, minutes=export.limit_minutes)
    except LoadFailed as error:
        verdict = str(error).splitlines()[0]
        record = ExportRecord(**known, good=False, verdict=verdict)
        record.write(export.records_bucket, export.name, aws)
        raise LoadFailed(f"{error}\n  the next `pulumi up` exports again") from None
    measured = asdict(found)
    result = {name: measured[name] for name in ("url", "items", "seconds", "at")}
    record = ExportRecord(**known, good=True, verdict="good", **result)
    record.write(export.records_bucket, export.name, aws)
    files = number_of(found.files, "file")
    return f"{number_of(found.items, 'item')} in {files}, {duration(found.seconds)}: {found.url}"


@dataclass(frozen=True, kw_only=True)
class ExportStatus:
    """One row of the table; `good` is None as long as there is no verdict, `at_work` while AWS exports."""

    export: str
    table: str
    type: str
    format: str
    items: int = 0
    seconds: float = 0.0
    at: str = ""
    place: str = ""
    good: bool | None = None
    verdict: str = "not started"
    at_work: bool = False


def export_status(export: StackExport, aws: Aws) -> ExportStatus:
    """Return the export now: by its record, and by what AWS says while it is not judged.

    Where that is denied, the record alone tells; raise ClientError where there is none either.
    """
    order = export.order
    row = ExportStatus(export=export.name, table=order.table, type=order.type, format=order.format)
    record = ExportRecord.read(export.records_bucket, export.name, aws)
    try:
        found = _described(export, aws, judged=record is not None)
    except ClientError as error:
        if record is None or not is_denied(error):
            raise
        found = None
    if found and (record is None or found["ExportArn"] != record.arn):
        row = described_status(row, found)
        return row if row.at_work or row.good is False else _checked(row, found["ExportArn"], aws)
    if record is None:
        return row
    return replace(
        row,
        items=record.items,
        seconds=record.seconds,
        at=record.at,
        place=record.url,
        good=record.good,
        verdict=record.verdict,
    )


def described_status(row: ExportStatus, found: Mapping[str, Any]) -> ExportStatus:
    """Return the row with what AWS says of the export: FAILED is a verdict, and COMPLETED is none."""
    state, code, said = (found.get(key, "") for key in ("ExportStatus", "FailureCode", "FailureMessage"))
    return replace(
        row,
        items=found.get("ItemCount", 0),
        seconds=round(seconds_of(found), 1),
        good=False if state == "FAILED" else None,
        verdict=": ".join(part for part in (state, code, said) if part),
        at_work=state == "IN_PROGRESS",
    )


def _checked(row: ExportStatus, arn: str, aws: Aws) -> ExportStatus:
    """Return the row of a COMPLETED export with the verdict that `run_export` would record."""
    try:
        whole = finish_export(arn, aws, lambda _: None)
    except LoadFailed as error:
        return replace(row, good=False, verdict=str(error).splitlines()[0])
    return replace(row, at=whole.at, place=whole.url, good=True, verdict="good")


def _described(export: StackExport, aws: Aws, *, judged: bool) -> Mapping[str, Any] | None:
    """Return what AWS says of the last one to the place of the order, unless it is known to have ended."""
    order = export.order
    try:
        if export.arn and not judged:
            return aws.bulk.describe_export(ExportArn=export.arn)["ExportDescription"]
        ended = 0 if judged else _DESCRIBED
        return next(exports_to(aws, order.bucket, f"{order.prefix.strip('/')}/", ended=ended), None)
    except ClientError as error:
        if is_gone(error):
            return None
        raise


def next_attempt(bucket: str, name: str, digest: str, aws: Aws) -> int:
    """Return the number of the export for this data: another one after a failed one."""
    record = ExportRecord.read(bucket, name, aws)
    if record is None or not digest.startswith(record.digest):
        return 1
    return record.attempt if record.good else record.attempt + 1


def stack_export(described: dict[str, Any]) -> StackExport:
    """Return the export that a stack's output, or a step's arguments, describe; raise InputError."""
    try:
        return StackExport.model_validate(described)
    except ValidationError:
        raise InputError(
            "exports", "the outputs were written by a different version", "run `pulumi up` first"
        ) from None
