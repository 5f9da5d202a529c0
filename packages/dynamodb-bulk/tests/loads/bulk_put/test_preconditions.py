"""What stands against a bulk put is said before it starts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.bulk_put.load import BulkPutLoad
from dynamodb_bulk.loads.bulk_put.preconditions import check_preconditions
from dynamodb_bulk.loads.load import StagedFiles
from dynamodb_bulk.spec.errors import LoadFailed

TABLE = {
    "TableName": "books",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
LOAD = BulkPutLoad(
    name="books",
    dataset=Path("books/dataset.yaml"),
    table="books",
    records_bucket="files",
    files=StagedFiles(bucket="files", prefix="books/"),
    reports_prefix="reports/",
)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with mock_aws():
        monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")  # moto answers in this process
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        made = Aws(region="us-east-1")
        made.s3.create_bucket(Bucket="files")
        yield made


def put(aws: Aws, *keys: str) -> None:
    for key in keys:
        aws.s3.put_object(Bucket="files", Key=key, Body=b"{}\n")


def reported(aws: Aws) -> list[str]:
    said: list[str] = []
    check_preconditions(LOAD, aws, said.append)
    return said


def refusal(aws: Aws) -> str:
    with pytest.raises(LoadFailed) as caught:
        reported(aws)
    return str(caught.value)


def test_bulk_put_when_table_and_objects_are_fit_may_start(aws: Aws) -> None:
    aws.dynamodb.create_table(**TABLE)  # pyright: ignore[reportArgumentType]
    put(aws, "books/a.json", "books/b.json")
    assert reported(aws) == ["checking the table books"]


def test_bulk_put_reports_a_missing_table(aws: Aws) -> None:
    assert refusal(aws).startswith(
        "load books: table books does not exist, but bulk put needs an existing table"
    )


def test_bulk_put_when_the_table_is_global_points_to_dms(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(aws, monkeypatch, {"TableStatus": "ACTIVE", "Replicas": [{"RegionName": "eu-west-1"}]})
    assert (
        refusal(aws)
        == "load books: books is a global table, which bulk put does not support; set `method: dms`"
    )


def test_bulk_put_when_an_index_is_being_made_waits_for_it(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    making = {"TableStatus": "UPDATING", "GlobalSecondaryIndexes": [{"IndexStatus": "CREATING"}]}
    made = {"TableStatus": "ACTIVE", "GlobalSecondaryIndexes": [{"IndexStatus": "ACTIVE"}]}
    answer(aws, monkeypatch, made, making, making)
    put(aws, "books/a.json")
    assert reported(aws) == ["checking the table books"] * 3


def test_bulk_put_when_no_object_is_under_the_prefix_names_it(aws: Aws) -> None:
    aws.dynamodb.create_table(**TABLE)  # pyright: ignore[reportArgumentType]
    put(aws, "books-old/a.json")
    assert refusal(aws) == "load books: no objects exist under s3://files/books/; check source.location"


def test_bulk_put_names_an_object_that_is_not_data(aws: Aws) -> None:
    aws.dynamodb.create_table(**TABLE)  # pyright: ignore[reportArgumentType]
    put(aws, "books/a.json", "books/manifest-summary.json", "books/_started")
    assert refusal(aws).startswith(
        "load books: books/_started and 1 more are under s3://files/books/ and would be read"
    )


def test_bulk_put_reports_the_needed_boto3_when_it_is_too_old(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynamodb_bulk.loads.bulk_put.preconditions.known", lambda _: False)
    assert refusal(aws).startswith("load books: bulk put needs boto3 1.43.124 or later, this is ")


def answer(aws: Aws, monkeypatch: pytest.MonkeyPatch, last: Any, *before: Any) -> None:
    """DescribeTable answers with these, then with the last forever; polling does not wait."""
    answers = iter(before)
    monkeypatch.setattr(aws.dynamodb, "describe_table", lambda **_: {"Table": next(answers, last)})
    monkeypatch.setattr("dynamodb_bulk.aws.polling.time.sleep", lambda _: None)
