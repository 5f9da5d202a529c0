"""Files of a dataset in S3."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import IncompleteReadError
from botocore.response import StreamingBody
from moto import mock_aws

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.sources.locating import aws_of, source_files
from dynamodb_bulk.sources.reading import open_items
from dynamodb_bulk.spec.errors import InputError

TEXT = """\
name: orders
source: {location: s3://some-bucket/in/orders, compression: gzip}
columns: [{name: id, type: STRING, length: 9}]
table: {partition_key: {name: id}}
"""


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with mock_aws():
        found = Aws(region="us-east-1")
        found.s3.create_bucket(Bucket="some-bucket")
        yield found


def dataset(folder: Path) -> Dataset:
    path = folder / "dataset.yaml"
    path.write_text(TEXT)
    return open_dataset(path)


@pytest.mark.parametrize(
    ("key", "table"),
    [
        ("metadata/v1.metadata.json", "Iceberg"),
        ("shop/metadata/00000-6f.metadata.json", "Iceberg"),
        ("_delta_log/00000000000000000000.json", "Delta Lake"),
        (".hoodie/hoodie.properties", "Hudi"),
    ],
)
def test_location_of_a_table_of_files_is_refused(tmp_path: Path, aws: Aws, key: str, table: str) -> None:
    for name in ("data/a", key):
        aws.s3.put_object(Bucket="some-bucket", Key=f"in/orders/{name}", Body=gzip.compress(b"1\n"))
    with pytest.raises(InputError, match=f"the location is a table of {table}"):
        source_files(dataset(tmp_path), aws)


@pytest.mark.parametrize("key", ["a_delta_log/x", "metadata.json", "metadata/a.json", "x.metadata.json"])
def test_objects_with_names_like_those_of_a_table_are_read(tmp_path: Path, aws: Aws, key: str) -> None:
    aws.s3.put_object(Bucket="some-bucket", Key=f"in/orders/{key}", Body=gzip.compress(b"1\n"))
    assert len(source_files(dataset(tmp_path), aws)) == 1


def test_objects_when_under_the_location_are_read_in_order_and_the_others_left(
    tmp_path: Path, aws: Aws
) -> None:
    for key, text in {
        "in/orders/b": "2\n",
        "in/orders/a": "1\n",
        "in/orders/": "",
        "in/orders-old/c": "3\n",
    }.items():
        aws.s3.put_object(Bucket="some-bucket", Key=key, Body=gzip.compress(text.encode()))
    found = dataset(tmp_path)
    files = source_files(found, aws)
    assert [file.name for file in files] == ["s3://some-bucket/in/orders/a", "s3://some-bucket/in/orders/b"]
    items = [json.loads(item) for file in files for batch in open_items(found, file) for item in batch.items]
    assert items == [{"id": {"S": "1"}}, {"id": {"S": "2"}}]


def test_objects_reports_the_location_when_there_are_none(tmp_path: Path, aws: Aws) -> None:
    with pytest.raises(InputError, match="s3://some-bucket/in/orders/: no objects here"):
        source_files(dataset(tmp_path), aws)


def test_objects_when_no_region_is_known_asks_for_one(tmp_path: Path) -> None:
    found = dataset(tmp_path)
    assert aws_of(found) is None
    with pytest.raises(InputError, match="pass --region, or set AWS_REGION"):
        source_files(found, aws_of(found))


def test_objects_reports_a_missing_bucket(tmp_path: Path, aws: Aws) -> None:
    aws.s3.delete_bucket(Bucket="some-bucket")
    with pytest.raises(InputError, match=r"^s3://some-bucket/in/orders/: the bucket does not exist; "):
        source_files(dataset(tmp_path), aws)


def test_object_when_it_changed_since_it_was_listed_is_not_read(tmp_path: Path, aws: Aws) -> None:
    aws.s3.put_object(Bucket="some-bucket", Key="in/orders/a", Body=gzip.compress(b"1\n"))
    [file] = source_files(dataset(tmp_path), aws)
    aws.s3.put_object(Bucket="some-bucket", Key="in/orders/a", Body=gzip.compress(b"2\n"))
    with pytest.raises(
        InputError, match=r"^s3://some-bucket/in/orders/a: the object changed while it was to be read"
    ):
        file.open()


def test_object_when_the_connection_breaks_names_it(
    tmp_path: Path, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.s3.put_object(Bucket="some-bucket", Key="in/orders/a", Body=gzip.compress(b"1\n"))
    found = dataset(tmp_path)
    [file] = source_files(found, aws)

    def broken(*_: object, **__: object) -> bytes:
        raise IncompleteReadError(actual_bytes=1, expected_bytes=2)

    monkeypatch.setattr(StreamingBody, "read", broken)
    with pytest.raises(InputError, match=r"^s3://some-bucket/in/orders/a: 1 read, but total bytes"):
        list(open_items(found, file))
