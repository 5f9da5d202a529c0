"""Native import and bulk put when the files, the bucket or the table are not what they should be."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from dynamodb_bulk.loads.run_record import RunRecord
from tests.e2e.clone import Clone, Run, until
from tests.e2e.conftest import empty, write_dataset
from tests.e2e.stack import Stack

BOOKS = "books/dataset.yaml"


class Shelf:
    """A stack with one dataset, `books`, whose settings and files a test chooses."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.clone = stack, stack.clone
        self.folder = self.clone.folder / "books"
        self.table = stack.table("books")
        self.theirs = f"theirs-{stack.name}"
        self.folder.mkdir(exist_ok=True)
        self.describe()
        self.settle()

    def describe(self, source: str = "{format: dynamodb_json, files: ['*.json']}", more: str = "") -> None:
        """Write the dataset."""
        table = "table: {partition_key: {name: id}}\n"
        (self.folder / "dataset.yaml").write_text(f"name: books\nsource: {source}\n{table}{more}")

    def fill(self, **files: int | str) -> None:
        """Files of so many items, or of a text, by their names with `_` for `.`."""
        for name, content in files.items():
            text = content if isinstance(content, str) else "".join(map(line, range(content)))
            (self.folder / name.replace("_", ".")).write_text(text)

    def settle(self, **load: Any) -> None:
        """Write the stack's settings."""
        self.stack.settle({"dataset": BOOKS, "method": "native", **load})

    def settle_beside(self) -> None:
        """Write settings with an import of `books`, and a bulk put of another dataset."""
        write_dataset(self.clone.folder / "papers", a="p1|31\np2|\n")
        self.stack.settle(
            {"dataset": BOOKS, "method": "native"}, {"dataset": "papers/dataset.yaml", "method": "bulk_put"}
        )

    def up(self) -> Run:
        """`pulumi up`."""
        return self.stack.up()

    def items(self) -> list[dict[str, Any]]:
        """The items of its table."""
        return self.clone.items(self.table)


def line(number: int) -> str:
    return json.dumps({"Item": {"id": {"S": f"b{number}"}, "title": {"S": "x" * 50}}}) + "\n"


@pytest.fixture
def shelf(stack: Stack) -> Iterator[Shelf]:
    made = Shelf(stack)
    yield made
    empty(made.folder)


@pytest.fixture
def theirs(shelf: Shelf) -> Any:
    """The client of a bucket that someone else filled."""
    s3 = shelf.clone.client("s3")
    s3.create_bucket(Bucket=shelf.theirs, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return s3


def operations(clone: Clone, kind: str) -> dict[str, str]:
    """The newest imports or bulk puts, by their ARNs, and their statuses."""
    dynamodb = clone.client("dynamodb")
    if kind == "import":
        imports = dynamodb.list_imports(PageSize=25)["ImportSummaryList"]
        return {each["ImportArn"]: each["ImportStatus"] for each in imports}
    puts = dynamodb.list_bulk_operations(MaxResults=25)["BulkOperationsSummaryList"]
    return {each["BulkOperationArn"]: each["BulkOperationStatus"] for each in puts}


def under_way(clone: Clone, kind: str) -> list[str]:
    """The ARNs of those that have not ended."""
    return [arn for arn, status in operations(clone, kind).items() if status == "IN_PROGRESS"]


def test_up_says_so_when_an_object_changes_during_the_import_and_a_table_is_deleted_during_the_bulk_put(
    shelf: Shelf, theirs: Any
) -> None:
    theirs.put_object(Bucket=shelf.theirs, Key="books/a.json", Body=line(0).encode())
    shelf.describe(f"{{format: dynamodb_json, location: 's3://{shelf.theirs}/books/'}}")
    shelf.settle_beside()
    papers = shelf.stack.table("papers")
    with shelf.clone.held() as waiting:
        begun = shelf.stack.begin()
        until(lambda: waiting() == 2, begun)
        theirs.put_object(Bucket=shelf.theirs, Key="books/a.json", Body=line(1).encode())
        shelf.clone.client("dynamodb").delete_table(TableName=papers)
    shelf.clone.ended(begun).refused(
        "ObjectModifiedInS3DuringImport",
        "run `pulumi up` again when nothing writes to the files",
        f"The table {papers} was deleted",
    )


def killed_before_recording(shelf: Shelf, kind: str) -> str:
    """The operation of an `up` that died after it had started it and before that was in its record."""
    killed = shelf.stack.begin()
    until(lambda: under_way(shelf.clone, kind), killed)
    (operation,) = under_way(shelf.clone, kind)
    s3 = shelf.clone.client("s3")
    record = {"Bucket": shelf.stack.bucket, "Key": RunRecord.key("books")}

    def kept() -> RunRecord:
        return RunRecord.model_validate_json(s3.get_object(**record)["Body"].read())

    until(lambda: kept().operation == operation, killed)
    shelf.clone.kill(killed)
    before = kept().model_copy(update={"operation": ""})
    s3.put_object(**record, Body=before.model_dump_json().encode())
    return operation


def test_up_cancels_an_unrecorded_bulk_put_when_the_data_changed(shelf: Shelf) -> None:
    shelf.fill(a_json=30)
    shelf.settle(method="bulk_put")
    with shelf.clone.held():
        older = killed_before_recording(shelf, "bulk put")
        shelf.fill(a_json="".join(line(number).replace("x", "new") for number in range(0, 30, 5)))
        begun = shelf.stack.begin()
        until(lambda: operations(shelf.clone, "bulk put")[older] == "CANCELLED", begun)
    up = shelf.clone.ended(begun)
    assert up.code == 0, up.output
    titles = {item["id"]["S"]: item["title"]["S"][:3] for item in shelf.items()}
    assert titles == {f"b{number}": "new" for number in range(0, 30, 5)}


def test_up_makes_the_table_again_when_an_unrecorded_import_of_older_data_failed(shelf: Shelf) -> None:
    shelf.fill(a_json=30, b_json='{"Item": {"id": {"N": "1"}}}\n')
    shelf.settle(method="native", check="off")
    with shelf.clone.held():
        older = killed_before_recording(shelf, "import")
    (shelf.folder / "b.json").unlink()
    shelf.fill(a_json=3)
    up = shelf.up()
    assert up.code == 0, up.output
    assert operations(shelf.clone, "import")[older] == "FAILED"
    assert len(shelf.items()) == 3


def test_bulk_stop_cancels_a_put_that_the_next_up_ends_and_its_condition_is_good_and_counted(
    shelf: Shelf,
) -> None:
    shelf.describe(more="condition: attribute_not_exists(id)\n")
    shelf.fill(a_json=20)
    shelf.settle(method="bulk_put")
    with shelf.clone.held() as waiting:
        begun = shelf.stack.begin()
        until(waiting, begun)
        stopped = shelf.stack.well("bulk stop books")
        assert "load books: cancelled: " in stopped.output
        shelf.clone.ended(begun).refused("the bulk put is CANCELLED")
    assert shelf.items() == []
    up = shelf.up()
    assert up.code == 0, up.output
    assert len(shelf.items()) == 20

    shelf.fill(b_json=line(77))
    again = shelf.up()
    assert again.code == 0, again.output
    assert "1 item loaded" in again.output
    assert "20 condition failed" in again.output
