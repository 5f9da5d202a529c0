"""What a test of an export arranges: tables with recovery, time that passes, exports read to their end."""

import base64
import gzip
import hashlib
import io
import json
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

import boto3
from amazon.ion import simpleion

from local_aws.testing.mass_data import item
from local_aws.testing.stage import Stage

MINUTE = 60


class ExportStage:
    """A stage's tables and its bucket, for ExportTableToPointInTime."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.dynamodb, self.s3 = stage.dynamodb, stage.s3
        stage.make_bucket()

    def table(self, *keys: str, recovery: bool = True, **fields: Any) -> str:
        """Return a table with the key `id` and items of some keys; its recovery is on before they are put."""
        name = self.stage.table(self.stage.named("exported"), **fields)
        if recovery:
            self.recover(name)
        for key in keys:
            self.put(name, key)
        return name

    def recover(self, table: str, *, on: bool = True) -> None:
        self.dynamodb.update_continuous_backups(
            TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": on}
        )

    def put(self, table: str, key: str, **more: Any) -> None:
        self.dynamodb.put_item(TableName=table, Item=item(key, **more))

    def delete(self, table: str, key: str) -> None:
        self.dynamodb.delete_item(TableName=table, Key=item(key))

    def pass_time(self, minutes: float) -> int:
        """Let time go by; the first whole second after it."""
        asked = json.dumps({"forward_seconds": minutes * MINUTE}).encode()
        request = urllib.request.Request(f"{self.stage.url}/_bulk/clock", data=asked)
        with urllib.request.urlopen(request) as answer:
            now = json.loads(answer.read())["now"]
        return int(now)

    def of_account(self, account: str) -> Any:
        """Return a client of S3 for another account."""
        role = f"arn:aws:iam::{account}:role/other"
        found = self.stage.client("sts").assume_role(RoleArn=role, RoleSessionName="other")["Credentials"]
        session = boto3.Session(
            found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], self.stage.region
        )
        return session.client("s3", endpoint_url=self.stage.url)

    def arn(self, table: str) -> str:
        return self.dynamodb.describe_table(TableName=table)["Table"]["TableArn"]

    def ask(self, table: str, **fields: Any) -> dict[str, Any]:
        """Begin an export of a table into the stage's bucket."""
        request = {"S3Bucket": self.stage.bucket, "S3Prefix": self.stage.named("out"), **fields}
        answer = self.dynamodb.export_table_to_point_in_time(TableArn=self.arn(table), **request)
        return answer["ExportDescription"]

    def changes(self, table: str, start: int, stop: int | None = None, **fields: Any) -> dict[str, Any]:
        """Begin an incremental export."""
        window = {
            "ExportFromTime": start,
            **({"ExportToTime": stop} if stop else {}),
            **fields.pop("window", {}),
        }
        return self.ask(
            table, ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=window, **fields
        )

    def state(self, begun: Mapping[str, Any]) -> dict[str, Any]:
        found = self.dynamodb.describe_export(ExportArn=begun["ExportArn"])
        return found["ExportDescription"]

    def ended(self, begun: Mapping[str, Any]) -> dict[str, Any]:
        """Return the export when it has ended."""
        self.stage.until(lambda: self.state(begun)["ExportStatus"] != "IN_PROGRESS")
        return self.state(begun)

    def content(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=self.stage.bucket, Key=key)["Body"].read()

    def objects(self, prefix: str = "") -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=self.stage.bucket, Prefix=prefix or self.stage.named("out"))
        return [entry["Key"] for entry in listed.get("Contents", [])]

    def manifest(self, export: Mapping[str, Any]) -> dict[str, Any]:
        """Return the summary of a completed export."""
        return json.loads(self.content(export["ExportManifest"]))

    def files(self, export: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the data files of a completed export."""
        listed = self.content(self.manifest(export)["manifestFilesS3Key"])
        return [json.loads(line) for line in listed.splitlines()]

    def records(self, export: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the records of a completed export, of its files as the manifest lists them."""
        assert export["ExportStatus"] == "COMPLETED", export
        contents = [gzip.decompress(self.content(file["dataFileS3Key"])) for file in self.files(export)]
        if export["ExportFormat"] == "DYNAMODB_JSON":
            return [json.loads(line) for content in contents for line in content.splitlines()]
        loaded: list[Any] = [simpleion.load(io.BytesIO(content), single_value=False) for content in contents]
        return [value for values in loaded for value in values]

    def items(self, export: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Return the items of a completed export by their `id`."""
        found = [record["Item"] for record in self.records(export)]
        by_key = {each["id"]["S"]: each for each in found}
        assert len(by_key) == len(found)
        return by_key

    def changed(self, export: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Return the records of a completed incremental export by the `id` in their keys."""
        return {record["Keys"]["id"]["S"]: record for record in self.records(export)}


def md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content).digest()).decode()


def ids(records: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted(record["Item"]["id"]["S"] for record in records)
