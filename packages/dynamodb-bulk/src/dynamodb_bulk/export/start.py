"""Make an export: check the order, start it, follow it, and check what was written.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ParamValidationError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.clock import aws_now
from dynamodb_bulk.aws.polling import Report, await_turn, poll
from dynamodb_bulk.aws.table_identity import described_table
from dynamodb_bulk.export.location import SUMMARY, BucketPlace, Unreadable
from dynamodb_bulk.export.manifest import Export, open_export
from dynamodb_bulk.export.request import ExportOrder, iso
from dynamodb_bulk.spec.errors import InputError, LoadFailed

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import PointInTimeRecoveryDescriptionTypeDef

# Codes as DescribeExport has them; they are not documented, so only a part of each is looked for.
_REMEDIES = {
    "NoSuchBucket": "create the bucket, or name a different one",
    "AccessDenied": "allow s3:PutObject, s3:PutObjectAcl and s3:AbortMultipartUpload on the bucket; "
    "for a bucket of a different account, also name its owner; for a key, allow kms:GenerateDataKey and "
    "kms:Decrypt with it",
    "Kms": "name an enabled key in the bucket's Region, by its ARN if it belongs to a different account, and "
    "allow kms:GenerateDataKey and kms:Decrypt with it",
}

_COMMAND = (
    "aws dynamodb update-continuous-backups --table-name {} "
    "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true; exports reach back to that time"
)
TURN_ON = f"turn it on: {_COMMAND}"
"""What to do about a table that belongs to no stack."""
TURN_ON_ANY = (
    f"turn it on: `point_in_time_recovery: true` in the dataset of a stack's table, or {_COMMAND}; "
    "or read the table itself: `bulk export TABLE --by scan --to …`"
)
"""What to do about a table that may belong to a stack."""
_REFUSALS = {
    "PointInTimeRecoveryUnavailableException": TURN_ON_ANY,
    "InvalidExportTimeException": "choose a time in its recovery window",
}


@dataclass(frozen=True, kw_only=True)
class Exported:
    """An export that is complete; its manifests and its files were checked."""

    arn: str
    table: str
    url: str
    format: str
    type: str
    items: int
    billed_bytes: int
    files: int
    seconds: float
    at: str


def make_export(order: ExportOrder, aws: Aws, report: Report, *, token: str) -> Exported:
    """Export and wait; the same token within eight hours is the same export.

    Raise InputError if AWS refuses it, LoadFailed if it ends FAILED or its files are incomplete.
    """
    return finish_export(begin_export(order, aws, report, token=token), aws, report)


def begin_export(order: ExportOrder, aws: Aws, report: Report, *, token: str, minutes: int = 720) -> str:
    """Start it, waiting while AWS runs as many exports as it allows; its ARN.

    Raise InputError if AWS refuses it.
    """
    table = check_order(order, aws)
    keys = [key["AttributeName"] for key in table["KeySchema"]]
    request = order.request(table["TableArn"], keys, token)
    where = f"export of {order.table}"
    try:
        answer: dict[str, Any] = await_turn(
            lambda: aws.bulk.export_table_to_point_in_time(**request),
            limit_seconds=minutes * 60,
            what=where,
            report=report,
        )
    except ParamValidationError as error:
        said = "; ".join(str(error.kwargs["report"]).splitlines())
        raise InputError(where, said, 'use DynamoDB JSON for values: {":x": {"N": "1"}}') from None
    except ClientError as error:
        found = error.response.get("Error", {})
        code, said = found.get("Code", ""), found.get("Message", "")
        if remedy := _REFUSALS.get(code):
            raise InputError(where, said, remedy.format(order.table)) from None
        raise InputError(where, f"AWS refused the export: {code}: {said}") from None
    return answer["ExportDescription"]["ExportArn"]


def check_order(order: ExportOrder, aws: Aws) -> Any:
    """Return the table as AWS describes it; raise InputError for what AWS would refuse, or fail at."""
    table = existing_table(order.table, aws)
    _check_recovery(order, aws)
    _check_bucket(order, aws)
    return table


def finish_export(arn: str, aws: Aws, report: Report, *, minutes: int = 720) -> Exported:
    """Wait for its end and check what it wrote; raise LoadFailed if that is incomplete."""

    def look() -> dict[str, Any]:
        found: dict[str, Any] = aws.bulk.describe_export(ExportArn=arn)["ExportDescription"]
        report(f"export of {_name(found)}: {found['ExportStatus']}, {seconds_of(found):,.0f} s")
        return found

    found = poll(
        look,
        lambda seen: seen["ExportStatus"] != "IN_PROGRESS",
        limit_seconds=minutes * 60,
        what=f"export {arn}",
        report=report,
    )
    if found["ExportStatus"] != "COMPLETED":
        raise LoadFailed(_failure(found))
    report(f"export of {_name(found)}: checking its manifests and files")
    place = BucketPlace(found["S3Bucket"], found["ExportManifest"].removesuffix(SUMMARY), aws)
    export = _whole(place, found)
    window = found.get("IncrementalExportSpecification", {})
    at = found.get("ExportTime") or window.get("ExportToTime")
    return Exported(
        arn=arn,
        table=_name(found),
        url=place.shown,
        format=found.get("ExportFormat", "DYNAMODB_JSON"),
        type=found.get("ExportType", "FULL_EXPORT"),
        items=export.summary.item_count,
        billed_bytes=found.get("BilledSizeBytes", 0),
        files=len(export.files),
        seconds=round(seconds_of(found), 1),
        at=iso(at) if at else "",
    )


def _whole(place: BucketPlace, found: dict[str, Any]) -> Export:
    try:
        export = open_export(place)
        export.check_files()
    except Unreadable as error:
        raise LoadFailed(
            f"export of {_name(found)} is COMPLETED, but could not be checked: {error}"
        ) from None
    except InputError as error:
        raise LoadFailed(
            f"export of {_name(found)} is COMPLETED, but incomplete or damaged: {error}"
        ) from None
    counted = found.get("ItemCount", export.summary.item_count)
    if export.summary.item_count != counted:
        raise LoadFailed(
            f"export of {_name(found)} is incomplete: AWS counts {counted:,} items, its manifest "
            f"{export.summary.item_count:,}"
        )
    return export


def recovery_of(table: str, aws: Aws) -> "PointInTimeRecoveryDescriptionTypeDef | None":
    """Return the window of a table's point-in-time recovery; None if it is off, and nothing can be exported.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
    """
    answer = aws.dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    found = answer.get("PointInTimeRecoveryDescription", {})
    return found if found.get("PointInTimeRecoveryStatus") == "ENABLED" else None


def _check_recovery(order: ExportOrder, aws: Aws) -> None:
    """Raise InputError if the table has no recovery, or a time of the order is outside its window."""
    recovery = recovery_of(order.table, aws)
    where = f"export of {order.table}"
    if recovery is None:
        raise InputError(where, "point-in-time recovery is off", TURN_ON_ANY.format(order.table))
    earliest, latest = recovery.get("EarliestRestorableDateTime"), recovery.get("LatestRestorableDateTime")
    for key in ("at", "since", "until"):
        moment: datetime | None = getattr(order, key)
        if moment and earliest and moment < earliest.replace(microsecond=0):
            raise InputError(where, f"`{key}` {iso(moment)} is before the earliest time that can be exported",
                             f"its recovery goes back to {iso(earliest)}")  # fmt: skip
        # Up to DynamoDB's latest time can be exported, whatever the clocks say.
        if moment and moment > max(now := aws_now(), latest or now):
            last = iso(latest or now)
            raise InputError(where, f"`{key}` {iso(moment)} is in the future",
                             f"the latest time that can be exported is {last}")  # fmt: skip


def existing_table(name: str, aws: Aws) -> Any:
    """Return the table as AWS describes it; raise InputError if it does not exist."""
    table = described_table(name, aws)
    if table is None:
        raise InputError(f"table {name}", "the table does not exist", "check its name and your Region")
    return table


def _check_bucket(order: ExportOrder, aws: Aws) -> None:
    try:
        owner: dict[str, Any] = {"ExpectedBucketOwner": order.bucket_owner} if order.bucket_owner else {}
        aws.s3.head_bucket(Bucket=order.bucket, **owner)
    except ClientError as error:
        # Permission to write only is refused here; the export itself then decides.
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
            raise InputError(
                f"bucket {order.bucket}", "the bucket does not exist", _REMEDIES["NoSuchBucket"]
            ) from None


def _failure(found: dict[str, Any]) -> str:
    code, said = found.get("FailureCode", ""), found.get("FailureMessage", "")
    remedy = next((text for part, text in _REMEDIES.items() if part.lower() in f"{code} {said}".lower()), "")
    lines = [
        f"export of {_name(found)} {found['ExportStatus']}: {code}: {said}",
        f"  {remedy}" if remedy else "",
    ]
    return "\n".join(line for line in lines if line)


def _name(found: dict[str, Any]) -> str:
    return found["TableArn"].rpartition("/")[2]


def seconds_of(found: Mapping[str, Any]) -> float:
    """Return how long an export took that AWS describes so, or takes so far."""
    start, end = found.get("StartTime"), found.get("EndTime")
    return max(((end or aws_now()) - start).total_seconds(), 0.0) if start else 0.0
