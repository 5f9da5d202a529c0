"""How fast ImportTable, bulk put and scans are on this machine, and what datasets next to each other cost."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from benchmarks.figure import Figure
from tests.e2e.clone import Clone, make_clone

ITEMS = 300_000
PLAIN_ITEMS = 5_000
OBJECTS = 4
ROWS = 20_000
BUCKET = "bench-files"
_KEY: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
_DATASET = """
name: {name}
source: {{files: ['*.csv'], header: true}}
columns:
  - {{name: id, type: STRING, length: 20}}
  - {{name: amount, type: NUMERIC, precision: 10, scale: 2}}
  - {{name: city, type: STRING, length: 40}}
table: {{partition_key: {{name: id}}}}
"""


def measure() -> Iterator[Figure]:
    """Items per second at AWS's interfaces, then five datasets against one through `pulumi up`."""
    with tempfile.TemporaryDirectory() as folder:
        clone = make_clone(Path(folder) / "dynamodb-bulk")
        clone.run(".venv/bin/bulk", "local", "up")
        yield from _service(clone)
        clone.run(".venv/bin/bulk", "local", "down")
        clone.run(".venv/bin/bulk", "local", "up")
        one, five = (_deployed(clone, count) for count in (1, 5))
        yield Figure(
            what="pulumi up of five datasets",
            measured=f"{five:.1f} s, {five / one:.2f} times one",
            beside=f"one of them: {one:.1f} s",
            conditions=f"typed CSV of {ROWS:,} rows each, converted, uploaded, by native import",
        )
        clone.run(".venv/bin/bulk", "local", "down")


def _service(clone: Clone) -> Iterator[Figure]:
    uploaded = _upload(clone)
    plain = f"boto3's batch_writer: {_plain(clone):,.0f} items/s"
    size = f"DynamoDB JSON, {uploaded / ITEMS:.0f} bytes each, {OBJECTS} objects"
    whole = _timed(lambda: _import(clone, "whole", "data/"))
    yield Figure(
        what="ImportTable",
        measured=f"{ITEMS / whole:,.0f} items/s",
        beside=plain,
        conditions=f"{ITEMS:,} items, {size}; plain way on {PLAIN_ITEMS:,}",
    )
    clone.client("dynamodb").create_table(TableName="put", **_KEY)
    put = _timed(lambda: _bulk_put(clone, "put", "data/"))
    yield Figure(
        what="bulk put items",
        measured=f"{ITEMS / put:,.0f} items/s",
        beside=plain,
        conditions="the same, into a table that exists",
    )
    _import(clone, "half", "data/0")
    half, full = (_timed(lambda name=name: clone.items(name)) for name in ("half", "whole"))
    yield Figure(
        what="scan of twice the items",
        measured=f"{full:.1f} s, {full / half:.2f} times",
        beside=f"{ITEMS // 2:,} items: {half:.1f} s",
        conditions="boto3's paginator, pages of 1 MB",
    )


def item_line(number: int) -> str:
    """One item as a line of DynamoDB JSON."""
    item = {
        "id": {"S": f"reading-{number:09d}"},
        "sensor": {"S": f"sensor-{number % 977:04d}"},
        "temperature": {"N": f"{number % 400 / 10}"},
        "on": {"BOOL": number % 2 == 0},
        "place": {"M": {"hall": {"S": f"hall {number % 13}"}, "row": {"N": str(number % 41)}}},
        "note": {"S": "checked by hand, " + "x" * (6 + number % 80)},
    }
    return json.dumps({"Item": item}, separators=(",", ":")) + "\n"


def _upload(clone: Clone) -> int:
    """Bytes in all."""
    s3 = clone.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    each, uploaded = ITEMS // OBJECTS, 0
    for part in range(OBJECTS):
        lines = "".join(item_line(number) for number in range(part * each, (part + 1) * each))
        s3.put_object(Bucket=BUCKET, Key=f"data/{part * 2 // OBJECTS}{part}.json", Body=lines.encode())
        uploaded += len(lines)
    return uploaded


def _plain(clone: Clone) -> float:
    """What one writes by hand: a resource's batch writer, one thread."""
    import boto3
    from boto3.dynamodb.types import TypeDeserializer

    client = clone.client("dynamodb")
    client.create_table(TableName="plain", **_KEY)
    deserializer = TypeDeserializer()
    documents = (json.loads(item_line(number))["Item"] for number in range(PLAIN_ITEMS))
    items = [
        {name: deserializer.deserialize(value) for name, value in document.items()} for document in documents
    ]
    table = boto3.resource(
        "dynamodb",
        region_name="eu-west-1",
        endpoint_url=clone.endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    ).Table("plain")

    def write() -> None:
        with table.batch_writer() as batch:
            for item in islice(items, PLAIN_ITEMS):
                batch.put_item(Item=item)

    return PLAIN_ITEMS / _timed(write)


def _import(clone: Clone, table: str, prefix: str) -> None:
    client = clone.client("dynamodb")
    begun = client.import_table(
        S3BucketSource={"S3Bucket": BUCKET, "S3KeyPrefix": prefix},
        InputFormat="DYNAMODB_JSON",
        TableCreationParameters={"TableName": table, **_KEY},
    )["ImportTableDescription"]

    def state() -> dict[str, Any]:
        return client.describe_import(ImportArn=begun["ImportArn"])["ImportTableDescription"]

    while state()["ImportStatus"] == "IN_PROGRESS":
        time.sleep(0.1)
    _expect(state()["ImportStatus"], "COMPLETED", state())


def _bulk_put(clone: Clone, table: str, prefix: str) -> None:
    client = clone.client("dynamodb")
    begun = client.start_bulk_put_items(
        TableName=table,
        InputS3Configuration={"S3Bucket": BUCKET, "S3KeyPrefix": prefix, "InputFormat": "DYNAMODB_JSON"},
        OutputS3Configuration={
            "S3Bucket": BUCKET,
            "S3KeyPrefix": "report/",
            "OutputType": ["ERROR", "CONDITION_CHECK_FAILURE"],
        },
    )["BulkOperationDescription"]

    def state() -> dict[str, Any]:
        arn = begun["BulkOperationArn"]
        return client.describe_bulk_operation(BulkOperationArn=arn)["BulkOperationDescription"]

    while state()["BulkOperationStatus"] == "IN_PROGRESS":
        time.sleep(0.1)
    _expect(state()["BulkOperationStatus"], "COMPLETED", state())


def _deployed(clone: Clone, count: int) -> float:
    """Seconds of `pulumi up` for so many datasets, each with a table of its own."""
    stack = f"of{count}"
    loads: list[dict[str, str]] = []
    for number in range(count):
        name = f"{stack}-{number}"
        folder = clone.folder / name
        folder.mkdir()
        (folder / "dataset.yaml").write_text(_DATASET.format(name=name))
        rows = (f"r{row:08d},{row / 100:.2f},city {row % 311}" for row in range(ROWS))
        (folder / "rows.csv").write_text("\n".join(["id,amount,city", *rows]) + "\n")
        loads.append({"dataset": f"{name}/dataset.yaml", "method": "native"})
    settings = clone.settings()
    settings["config"]["bulk:loads"] = loads
    (clone.folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(settings))
    clone.literal(f"pulumi stack init {stack}")

    def up() -> None:
        ended = clone.literal(f"pulumi up --stack {stack} --yes --skip-preview")
        if ended.code:
            raise SystemExit(ended.output)

    return _timed(up)


def _expect(status: str, wanted: str, state: dict[str, Any]) -> None:
    if status != wanted:
        raise SystemExit(f"{status}, not {wanted}: {state}")


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
