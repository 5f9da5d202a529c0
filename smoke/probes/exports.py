"""An export of three items: the names of its files."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from smoke.probe import LEAST_GB, Answer, Probe, Question
from smoke.stage import Stage

_EARLY = ("PointInTimeRecoveryUnavailableException", "InvalidExportTimeException")


def _ask(stage: Stage) -> Mapping[str, Answer]:
    dynamodb: Any = stage.aws.dynamodb
    table = stage.create_table("export")
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    for name in "abc":
        dynamodb.put_item(TableName=table, Item={"id": {"S": name}})
    table_arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]

    def start() -> str:
        try:
            started = dynamodb.export_table_to_point_in_time(
                TableArn=table_arn, S3Bucket=stage.bucket, S3Prefix="export"
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _EARLY:
                raise
            return ""
        return started["ExportDescription"]["ExportArn"]

    arn = stage.wait(start, bool, minutes=10, what="point-in-time recovery")
    ended = stage.wait(
        lambda: dynamodb.describe_export(ExportArn=arn)["ExportDescription"],
        lambda seen: seen["ExportStatus"] != "IN_PROGRESS",
        minutes=30,
        what="the export",
    )
    found = stage.objects("export")
    small = {key: body for key, body in found.items() if not key.endswith(".gz")}
    stage.raw["export"] = {"description": ended, "keys": sorted(found), "manifests": small}
    names = sorted({stage.plain(key.partition("/AWSDynamoDB/")[2]) for key in found})
    seconds = (ended["EndTime"] - ended["StartTime"]).total_seconds()
    return {
        "export-files": Answer(text=f"{ended['ExportStatus']}: {', '.join(names)}", seconds=seconds),
    }


PROBES = (
    Probe(
        name="export",
        creates="1 table with point-in-time recovery, 1 export of 3 items",
        minutes=45,
        units={"GB exported": LEAST_GB},
        ask=_ask,
        questions=(
            Question(
                name="export-files",
                asks="What are the files of an export called, its checksums above all?",
                docs="manifest-summary.checksum and manifest-files.checksum; others have seen .md5 "
                "(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html)",
            ),
        ),
    ),
)
