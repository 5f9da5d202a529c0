"""Native import and bulk put when the files, the bucket or the table are not what they should be."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from dynamodb_bulk.loads.run_record import RunRecord, record_key
from tests.e2e.clone import Clone, Run

pytestmark = pytest.mark.engine

STACK = "shelf"
UP = f"pulumi up --stack {STACK} --yes --skip-preview"
TABLE = f"dynamodb-bulk-{STACK}-books"
THEIRS = "someone-elses-files"
SLOWLY = {"max_write_request_units": 1024}


class Shelf:
    """A stack with one dataset, `books`, whose settings and files a test chooses."""

    def __init__(self, clone: Clone, folder: Path) -> None:
        self.clone = clone
        self.folder = folder

    def describe(self, source: str = "{format: dynamodb_json, files: ['*.json']}", more: str = "") -> None:
        """Write the dataset."""
        self.folder.mkdir(exist_ok=True)
        table = "table: {partition_key: {name: id}}\n"
        (self.folder / "dataset.yaml").write_text(f"name: books\nsource: {source}\n{table}{more}")

    def fill(self, **files: int | str) -> None:
        """Files of so many items, or of a text, by their names with `_` for `.`."""
        for name, content in files.items():
            text = content if isinstance(content, str) else "".join(map(line, range(content)))
            (self.folder / name.replace("_", ".")).write_text(text)

    def settle(self, **load: Any) -> None:
        """Write the stack's settings."""
        settings = self.clone.settings()
        settings["config"]["bulk:loads"] = [{"dataset": "books/dataset.yaml", **load}]
        (self.clone.folder / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(settings))

    def up(self) -> Run:
        """`pulumi up`."""
        return self.clone.literal(UP)

    def make_table(self) -> None:
        """A table that exists."""
        self.clone.client("dynamodb").create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )


def line(number: int) -> str:
    return json.dumps({"Item": {"id": {"S": f"b{number}"}, "title": {"S": "x" * 50}}}) + "\n"


@pytest.fixture
def shelf(clone: Clone) -> Iterator[Shelf]:
    """The stack; destroyed at the end, with what tests made next to it."""
    assert clone.run(".venv/bin/bulk", "local", "up").code == 0
    made = Shelf(clone, clone.folder / "books")
    made.describe()
    made.settle()
    assert clone.literal(f"pulumi stack init {STACK}").code == 0
    yield made
    down = clone.literal(f"pulumi destroy --stack {STACK} --yes --skip-preview")
    assert down.code == 0, down.output
    assert clone.literal(f"pulumi stack rm {STACK} --yes").code == 0
    for file in made.folder.iterdir():
        file.unlink()
    dynamodb, s3 = clone.client("dynamodb"), clone.client("s3")
    if TABLE in dynamodb.list_tables()["TableNames"]:
        dynamodb.delete_table(TableName=TABLE)
    if THEIRS in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        for entry in s3.list_objects_v2(Bucket=THEIRS).get("Contents", []):
            s3.delete_object(Bucket=THEIRS, Key=entry["Key"])
        s3.delete_bucket(Bucket=THEIRS)


@pytest.fixture
def theirs(clone: Clone) -> Any:
    """The client of a bucket that someone else filled."""
    s3 = clone.client("s3")
    s3.create_bucket(Bucket=THEIRS, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return s3


def until(reached: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline, "not reached in time"
        time.sleep(0.05)


def operations(clone: Clone, kind: str) -> dict[str, str]:
    """Every import or bulk put that AWS lists, by its ARN, and its status."""
    dynamodb = clone.client("dynamodb")
    if kind == "import":
        imports = dynamodb.list_imports(PageSize=25)["ImportSummaryList"]
        return {each["ImportArn"]: each["ImportStatus"] for each in imports}
    puts = dynamodb.list_bulk_operations(MaxResults=25)["BulkOperationsSummaryList"]
    return {each["BulkOperationArn"]: each["BulkOperationStatus"] for each in puts}


def under_way(clone: Clone, kind: str) -> bool:
    return "IN_PROGRESS" in operations(clone, kind).values()


def refused(run: Run, *said: str) -> None:
    """The run failed and says so, without a traceback."""
    assert run.code != 0
    assert "Traceback" not in run.output
    for text in said:
        assert text in run.output


@pytest.mark.parametrize("method", ["native", "bulk_put"])
def test_up_when_the_bucket_is_missing_names_it(shelf: Shelf, method: str) -> None:
    shelf.describe("{format: dynamodb_json, location: 's3://no-such-bucket/books/'}")
    shelf.settle(method=method)
    refused(shelf.up(), "no-such-bucket")


@pytest.mark.parametrize("method", ["native", "bulk_put"])
def test_up_when_the_prefix_has_no_object_names_it(shelf: Shelf, theirs: Any, method: str) -> None:
    shelf.describe(f"{{format: dynamodb_json, location: 's3://{THEIRS}/books/'}}")
    shelf.settle(method=method)
    refused(shelf.up(), f"s3://{THEIRS}/books/")


def test_up_keeps_a_table_that_has_the_name(shelf: Shelf) -> None:
    shelf.fill(a_json=3)
    shelf.make_table()
    refused(shelf.up(), f"the table {TABLE} exists already", "method: bulk_put")
    assert shelf.clone.items(TABLE) == []


@pytest.mark.parametrize("method", ["native", "bulk_put"])
def test_up_reports_a_different_compression_before_aws_reads(shelf: Shelf, method: str) -> None:
    shelf.describe("{format: dynamodb_json, files: ['*.json'], compression: gzip}")
    shelf.settle(method=method)
    shelf.fill(a_json=3)
    refused(shelf.up(), "books/a.json", "gzip")


def test_up_when_formats_are_mixed_names_the_file(shelf: Shelf) -> None:
    shelf.describe("{format: dynamodb_json, files: ['*.json', '*.csv']}")
    shelf.fill(a_json=3, b_csv="id,title\nb9,x\n")
    refused(shelf.up(), "books/b.csv", "line 1")


def test_up_fails_when_an_object_changes_during_it(shelf: Shelf, theirs: Any) -> None:
    text = "".join(map(line, range(40_000)))
    for name in ("a", "b"):
        theirs.put_object(Bucket=THEIRS, Key=f"books/{name}.json", Body=text.encode())
    shelf.describe(f"{{format: dynamodb_json, location: 's3://{THEIRS}/books/'}}")
    begun = shelf.clone.begin(UP)
    until(lambda: under_way(shelf.clone, "import"))
    for name in ("a", "b"):
        theirs.put_object(Bucket=THEIRS, Key=f"books/{name}.json", Body=line(1).encode())
    refused(
        shelf.clone.ended(begun),
        "ObjectModifiedInS3DuringImport",
        "run `pulumi up` again when nothing writes to the files",
    )


def test_up_reports_a_table_that_is_deleted_during_it(shelf: Shelf) -> None:
    shelf.fill(a_json=20_000)
    shelf.settle(method="bulk_put", **SLOWLY)
    begun = shelf.clone.begin(UP)
    until(lambda: under_way(shelf.clone, "bulk put"))
    shelf.clone.client("dynamodb").delete_table(TableName=TABLE)
    refused(shelf.clone.ended(begun), f"The table {TABLE} was deleted")


def test_bulk_put_when_the_condition_refuses_items_is_good_and_counts_them(shelf: Shelf) -> None:
    shelf.describe(more="condition: attribute_not_exists(id)\n")
    shelf.settle(method="bulk_put")
    shelf.fill(a_json=3)
    first = shelf.up()
    assert first.code == 0, first.output
    shelf.fill(b_json=line(7))
    again = shelf.up()
    assert again.code == 0, again.output
    assert "1 item loaded" in again.output
    assert "3 condition failed" in again.output


@pytest.mark.parametrize(("method", "kind"), [("native", "import"), ("bulk_put", "bulk put")])
def test_killed_up_is_resumed_by_the_next(shelf: Shelf, method: str, kind: str) -> None:
    shelf.fill(a_json=30_000)
    shelf.settle(method=method)
    killed = shelf.clone.begin(UP)
    until(lambda: under_way(shelf.clone, kind))
    begun = set(operations(shelf.clone, kind))
    os.killpg(killed.pid, signal.SIGKILL)
    shelf.clone.ended(killed)
    assert "lock" in shelf.clone.run(".venv/bin/bulk", "local", "up").output
    up = shelf.up()
    assert up.code == 0, up.output
    assert "30,000 items loaded" in up.output
    assert set(operations(shelf.clone, kind)) == begun


def killed_before_recording(shelf: Shelf, kind: str) -> str:
    """The operation of an `up` that died after it had started it and before that was in its record."""
    killed = shelf.clone.begin(UP)
    until(lambda: under_way(shelf.clone, kind))
    (operation,) = (arn for arn, status in operations(shelf.clone, kind).items() if status == "IN_PROGRESS")
    s3 = shelf.clone.client("s3")
    (bucket,) = (each["Name"] for each in s3.list_buckets()["Buckets"] if f"-{STACK}-" in each["Name"])
    record = {"Bucket": bucket, "Key": record_key("books")}

    def kept() -> RunRecord:
        return RunRecord.model_validate_json(s3.get_object(**record)["Body"].read())

    until(lambda: kept().operation == operation)
    os.killpg(killed.pid, signal.SIGKILL)
    shelf.clone.ended(killed)
    before = kept().model_copy(update={"operation": ""})
    s3.put_object(**record, Body=before.model_dump_json().encode())
    assert "lock" in shelf.clone.run(".venv/bin/bulk", "local", "up").output
    return operation


def test_up_cancels_an_unrecorded_bulk_put_when_the_data_changed(shelf: Shelf) -> None:
    shelf.fill(a_json=30_000)
    shelf.settle(method="bulk_put", **SLOWLY)
    older = killed_before_recording(shelf, "bulk put")
    shelf.settle(method="bulk_put")
    keys = range(0, 30_000, 500)
    shelf.fill(a_json="".join(line(number).replace("x", "new") for number in keys))
    up = shelf.up()
    assert up.code == 0, up.output
    assert operations(shelf.clone, "bulk put")[older] == "CANCELLED"
    titles = {item["id"]["S"]: item["title"]["S"] for item in shelf.clone.items(TABLE)}
    assert [key for key in keys if not titles[f"b{key}"].startswith("new")] == []


def test_up_makes_the_table_again_when_an_unrecorded_import_of_older_data_failed(shelf: Shelf) -> None:
    shelf.fill(a_json=30_000, b_json='{"Item": {"id": {"N": "1"}}}\n')
    shelf.settle(method="native")
    older = killed_before_recording(shelf, "import")
    (shelf.folder / "b.json").unlink()
    shelf.fill(a_json=3)
    up = shelf.up()
    assert up.code == 0, up.output
    assert operations(shelf.clone, "import")[older] == "FAILED"
    assert len(shelf.clone.items(TABLE)) == 3


def test_bulk_stop_when_the_first_up_is_putting_cancels_it_and_the_next_up_ends_it(shelf: Shelf) -> None:
    shelf.fill(a_json=20_000)
    shelf.settle(method="bulk_put", **SLOWLY)
    begun = shelf.clone.begin(UP)
    until(lambda: under_way(shelf.clone, "bulk put"))
    stopped = shelf.clone.literal(f"bulk stop books --stack {STACK}")
    assert stopped.code == 0, stopped.output
    assert "load books: cancelled: " in stopped.output
    refused(shelf.clone.ended(begun), "the bulk put is CANCELLED")
    assert len(shelf.clone.items(TABLE)) < 20_000
    shelf.settle(method="bulk_put")
    up = shelf.up()
    assert up.code == 0, up.output
    assert len(shelf.clone.items(TABLE)) == 20_000
