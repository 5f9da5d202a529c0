"""What a test of a native import or a bulk put arranges: a dataset, its objects, its load and its records."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.loads.bulk_put.load import BulkPutLoad
from dynamodb_bulk.loads.bulk_put.operation import BulkPutOperation
from dynamodb_bulk.loads.load import StagedFiles
from dynamodb_bulk.loads.native.load import NativeLoad
from dynamodb_bulk.loads.native.operation import ImportOperation
from dynamodb_bulk.loads.operation import LoadOperation
from dynamodb_bulk.loads.operation_runner import run_operation
from dynamodb_bulk.loads.run_record import RunRecord, reports_prefix
from dynamodb_bulk.spec.table import Table
from local_aws.testing.stage import Stage

FastMethod = Literal["native", "bulk_put"]
LOAD = "orders"
KEYS = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}
BAD = json.dumps({"Item": {"id": {"N": "1"}}}) + "\n"


def lines(count: int, value: str) -> str:
    """Items k0, k1 … in DynamoDB JSON."""
    items = ({"Item": {"id": {"S": f"k{number}"}, "v": {"S": value}}} for number in range(count))
    return "".join(json.dumps(item) + "\n" for item in items)


@dataclass
class FastStage:
    """One load into one table; data of a digest is under the prefix of its name."""

    stage: Stage
    folder: Path
    method: FastMethod
    condition: str = ""
    recreate: bool = False
    recorded: Table | None = None
    aws: Aws = field(init=False)

    def __post_init__(self) -> None:
        self.aws = Aws(region=self.stage.region)
        self.stage.make_bucket()
        self.table = self.stage.named(f"fast-{self.method.replace('_', '-')}")
        if self.method == "bulk_put":
            self.stage.table(self.table)

    def fill(self, digest: str, text: str) -> None:
        """Make this the data of the digest, in S3 and in the dataset's folder."""
        self.stage.s3.put_object(Bucket=self.stage.bucket, Key=f"{digest}/a.json", Body=text.encode())
        (self.folder / "a.json").write_text(text)
        source = "source: {format: dynamodb_json, files: ['*.json']}"
        condition = f"\ncondition: {self.condition}" if self.condition else ""
        described = f"name: {LOAD}\n{source}\ntable: {{partition_key: {{name: id}}}}{condition}\n"
        (self.folder / "dataset.yaml").write_text(described)

    def record(self, digest: str, rows: int, **fields: Any) -> RunRecord:
        """Keep the record of a run that is not known to have started anything."""
        run = RunRecord(
            digest=digest, rows_in_files=rows, run_suffix=self.stage.bucket, table=self.table, **fields
        )
        return run.write(self.stage.bucket, LOAD, self.aws)

    def kept(self) -> RunRecord:
        """The record now."""
        found = RunRecord.read(self.stage.bucket, LOAD, self.aws)
        assert found
        return found

    def start(self, digest: str, token: str, *, load: str = LOAD, slowly: bool = False) -> str:
        """Start an operation for the data of the digest; its ARN."""
        source: dict[str, Any] = {"S3Bucket": self.stage.bucket, "S3KeyPrefix": f"{digest}/"}
        if self.method == "native":
            return self.stage.dynamodb.import_table(
                ClientToken=token,
                S3BucketSource=source,
                InputFormat="DYNAMODB_JSON",
                TableCreationParameters={"TableName": self.table, "BillingMode": "PAY_PER_REQUEST", **KEYS},
            )["ImportTableDescription"]["ImportArn"]
        return self.stage.dynamodb.start_bulk_put_items(
            TableName=self.table,
            ClientToken=token,
            InputS3Configuration={**source, "InputFormat": "DYNAMODB_JSON"},
            OutputS3Configuration={
                "OutputType": ["ERROR", "CONDITION_CHECK_FAILURE"],
                "S3Bucket": self.stage.bucket,
                "S3KeyPrefix": f"{reports_prefix(load)}{token}/",
            },
            **({"MaxWriteRequestUnits": 1024} if slowly else {}),
        )["BulkOperationDescription"]["BulkOperationArn"]

    def status(self, operation: str) -> str:
        """The operation's status at AWS."""
        dynamodb = self.stage.dynamodb
        if self.method == "native":
            return dynamodb.describe_import(ImportArn=operation)["ImportTableDescription"]["ImportStatus"]
        found = dynamodb.describe_bulk_operation(BulkOperationArn=operation)
        return found["BulkOperationDescription"]["BulkOperationStatus"]

    def ended(self, operation: str) -> str:
        """The ARN of an operation that has ended by now."""
        self.stage.until(lambda: self.status(operation) not in ("IN_PROGRESS", "CANCELLING"))
        return operation

    def load(self, digest: str, report: Report = lambda _: None, *, tolerate: int = 0) -> LoadOperation[Any]:
        """The load of the digest's data."""
        given: dict[str, Any] = {
            "name": LOAD,
            "dataset": self.folder / "dataset.yaml",
            "table": self.table,
            "records_bucket": self.stage.bucket,
            "files": StagedFiles(bucket=self.stage.bucket, prefix=f"{digest}/"),
            "tolerate": tolerate,
        }
        if self.method == "native":
            native = NativeLoad(**given, recreate=self.recreate, recorded=self.recorded)
            return ImportOperation(native, self.aws, report)
        return BulkPutOperation(BulkPutLoad(**given, reports_prefix=reports_prefix(LOAD)), self.aws, report)

    def run(self, digest: str, report: Report = lambda _: None) -> str:
        """What `pulumi up` runs for the digest's data; raise LoadFailed if it is not good."""
        return run_operation(self.load(digest, report), digest)

    def values(self) -> dict[str, int]:
        """How many items of the table have each value."""
        found: dict[str, int] = {}
        for page in self.stage.dynamodb.get_paginator("scan").paginate(TableName=self.table):
            for item in page["Items"]:
                value = item["v"]["S"]
                found[value] = found.get(value, 0) + 1
        return found
