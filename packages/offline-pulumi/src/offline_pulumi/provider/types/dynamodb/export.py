"""Exports of DynamoDB tables, which are made and never changed or deleted.

Like the real provider's, a creation ends well when the export does not: whoever needs it complete has to look
at `exportStatus`. Source: hashicorp/terraform-provider-aws, internal/service/dynamodb/table_export.go.
"""

from datetime import datetime
from operator import eq
from typing import Any

from offline_pulumi.provider.model import Argument, Call, Members, ResourceType, Wait, argument
from offline_pulumi.provider.requests import moment

MINUTES = 60
"""As long as the real provider waits for an export."""
_WINDOW = "IncrementalExportSpecification"


def _same_time(given: Any, reported: Any) -> bool:
    """Return whether two times are the same second: AWS takes and tells them in other forms."""
    try:
        one, other = (datetime.fromisoformat(str(each)) for each in (given, reported))
    except ValueError:
        return False
    return int(one.timestamp()) == int(other.timestamp())


def _time(name: str, **settings: Any) -> Argument:
    return argument(name, same=_same_time, **settings)


def _observed(members: Members) -> Members:
    """Return what AWS tells, with what it leaves out where nothing was asked for."""
    found: Members = {"ExportType": "FULL_EXPORT", "S3BucketOwner": "", "S3Prefix": "", **members}
    window: Members = found.get(_WINDOW, {})
    for part, names in ((found, ("ExportTime",)), (window, ("ExportFromTime", "ExportToTime"))):
        part |= {name: moment(part[name]) for name in names if name in part}
    return found


TABLE_EXPORT = ResourceType(
    type="aws:dynamodb/tableExport:TableExport",
    title="DynamoDB Table Export ({id})",
    service="dynamodb",
    arguments=(
        argument("tableArn", required=True, replaces=True),
        argument("s3Bucket", "S3Bucket", required=True, replaces=True),
        argument("exportFormat", default="DYNAMODB_JSON", replaces=True),
        _time("exportTime", replaces=True, computed=True),
        argument("exportType", replaces=True, computed=True),
        argument(
            "incrementalExportSpecification",
            kind="object",
            replaces=True,
            fields=(
                _time("exportFromTime", computed=True),
                _time("exportToTime", computed=True),
                argument("exportViewType", computed=True),
            ),
        ),
        argument("s3BucketOwner", "S3BucketOwner", replaces=True, computed=True),
        argument("s3Prefix", "S3Prefix", replaces=True, computed=True),
        argument("s3SseAlgorithm", "S3SseAlgorithm", replaces=True, computed=True),
        # AWS reports a key's ARN, however it was named: by anything else, the next `up` makes a new export.
        argument("s3SseKmsKeyId", "S3SseKmsKeyId", replaces=True, as_read=eq),
    ),
    id=lambda members: members.get("ExportArn") or members["TableArn"],
    parse_id=lambda found: {"ExportArn": found},
    outputs={
        "arn": "ExportArn",
        "billedSizeInBytes": lambda members: members.get("BilledSizeBytes", 0),
        "endTime": lambda members: moment(members.get("EndTime")),
        "exportStatus": "ExportStatus",
        "itemCount": lambda members: members.get("ItemCount", 0),
        "manifestFilesS3Key": lambda members: members.get("ExportManifest", ""),
        "startTime": lambda members: moment(members.get("StartTime")),
    },
    create=Call(operation="export_table_to_point_in_time", answer="ExportDescription"),
    read=(Call(operation="describe_export", answer="ExportDescription"),),
    observe=_observed,
    wait=Wait(path="ExportStatus", ready=frozenset({"COMPLETED", "FAILED"}), minutes=MINUTES),
    gone=frozenset({"ExportNotFoundException"}),
)
