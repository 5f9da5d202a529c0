"""What a test of an import or a bulk put arranges: objects, lines, and runs to their end."""

import gzip
import json
from collections.abc import Iterator, Mapping
from typing import Any

from local_aws.testing.stage import Stage

Item = Mapping[str, Any]
KEY: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}


def line(item: Item, **beside: Any) -> str:
    """Return a line of DynamoDB JSON."""
    return json.dumps({"Item": item, **beside}, ensure_ascii=False) + "\n"


def item(key: str, **more: Any) -> dict[str, Any]:
    """Return an item with the key `id`."""
    return {"id": {"S": key}, **more}


class MassData:
    """A stage's bucket and tables, for ImportTable and StartBulkPutItems."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.dynamodb = stage.dynamodb
        self.prefix = stage.named("data") + "/"
        stage.make_bucket()

    def put(self, **objects: str | bytes) -> None:
        """Objects under the prefix, by their names with `_` for `.`."""
        for name, content in objects.items():
            body = content.encode() if isinstance(content, str) else content
            key = self.prefix + name.replace("_", ".")
            self.stage.s3.put_object(Bucket=self.stage.bucket, Key=key, Body=body)

    @property
    def source(self) -> dict[str, str]:
        """Where the objects are."""
        return {"S3Bucket": self.stage.bucket, "S3KeyPrefix": self.prefix}

    def ask_import(self, table: str, **fields: Any) -> dict[str, Any]:
        """Begin an import into a new table with the key `id`."""
        parameters = {
            "TableName": table,
            "BillingMode": "PAY_PER_REQUEST",
            **KEY,
            **fields.pop("table_fields", {}),
        }
        request = {"S3BucketSource": self.source, "InputFormat": "DYNAMODB_JSON", **fields}
        answer = self.dynamodb.import_table(TableCreationParameters=parameters, **request)
        return answer["ImportTableDescription"]

    def imported(self, begun: Mapping[str, Any]) -> dict[str, Any]:
        """The import when it has ended."""

        def look() -> dict[str, Any]:
            found = self.dynamodb.describe_import(ImportArn=begun["ImportArn"])
            return found["ImportTableDescription"]

        self.stage.until(lambda: look()["ImportStatus"] != "IN_PROGRESS")
        return look()

    def logged(self, begun: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the events of the import's error log."""
        events = self.stage.logs.get_log_events(
            logGroupName="/aws-dynamodb/imports",
            logStreamName=f"{begun['ImportArn'].rpartition('/')[2]}/error",
        )["events"]
        return [json.loads(event["message"]) for event in events]

    def ask_put(self, table: str, **fields: Any) -> dict[str, Any]:
        """Begin a bulk put, with both reports."""
        output = {
            "S3Bucket": self.stage.bucket,
            "S3KeyPrefix": "report/",
            "OutputType": ["ERROR", "CONDITION_CHECK_FAILURE"],
        }
        request = {
            "InputS3Configuration": {**self.source, "InputFormat": "DYNAMODB_JSON"},
            "OutputS3Configuration": output,
            **fields,
        }
        answer = self.dynamodb.start_bulk_put_items(TableName=table, **request)
        return answer["BulkOperationDescription"]

    def put_state(self, begun: Mapping[str, Any]) -> dict[str, Any]:
        """Return the bulk put now."""
        found = self.dynamodb.describe_bulk_operation(BulkOperationArn=begun["BulkOperationArn"])
        return found["BulkOperationDescription"]

    def put_ended(self, begun: Mapping[str, Any]) -> dict[str, Any]:
        """Return the bulk put when it has ended."""
        at_work = ("IN_PROGRESS", "CANCELLING")
        self.stage.until(lambda: self.put_state(begun)["BulkOperationStatus"] not in at_work)
        return self.put_state(begun)

    def report(self, begun: Mapping[str, Any], word: str) -> Iterator[dict[str, Any]]:
        """Yield the records of the report's files whose names have the word."""
        run = begun["BulkOperationArn"].rpartition("/")[2]
        listed = self.stage.s3.list_objects_v2(Bucket=self.stage.bucket, Prefix="report/")
        for entry in listed.get("Contents", []):
            if run in entry["Key"] and word in entry["Key"]:
                body = self.stage.s3.get_object(Bucket=self.stage.bucket, Key=entry["Key"])["Body"].read()
                yield from map(json.loads, gzip.decompress(body).splitlines())
