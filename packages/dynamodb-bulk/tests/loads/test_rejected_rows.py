"""Where the rows that a conversion rejects are kept, and that none stays on this machine unnamed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from bulk_testing.plant import small
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.names import FILES, bucket_name
from dynamodb_bulk.cleanup.conversions import conversion_leftovers
from dynamodb_bulk.cleanup.removals import remove
from dynamodb_bulk.cleanup.stacks import Stacks
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.conversion_record import ConversionRecord
from dynamodb_bulk.loads.load import StagedFiles
from dynamodb_bulk.loads.source_check import SourceCheck
from dynamodb_bulk.loads.source_digest import source_contents
from dynamodb_bulk.loads.staging import Conversion, stage_converted
from dynamodb_bulk.spec.errors import LoadFailed

BUCKET = bucket_name("123456789012", "shop", "dev", FILES)
PREFIX = "converted/small/0123/"
ACCOUNT = {"region": "us-east-1", "local": False}
ROWS = b"a,1,x\nb,many,secret\nc,3,x\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "dynamodb-bulk" / "converted"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        found = Aws(region="us-east-1")
        found.s3.create_bucket(Bucket=BUCKET)
        yield found


def convert(folder: Path, aws: Aws, rows: bytes, tolerate: int = 0) -> str:
    path = small(folder / "data", rows)
    files = StagedFiles(bucket=BUCKET, prefix=PREFIX, converted=True)
    conversion = Conversion(name="small", dataset=path, files=files, tolerate=tolerate)
    check = SourceCheck(source_contents(open_dataset(path), aws), aws)
    return stage_converted(conversion, check, aws, lambda _: None)


def rejects(aws: Aws) -> list[str]:
    """The keys of the rejected rows in the stack's bucket."""
    return [
        each.get("Key", "")
        for each in aws.s3.list_objects_v2(Bucket=BUCKET, Prefix="reports/small/").get("Contents", [])
    ]


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def test_rejected_rows_go_to_the_bucket_and_status_names_them(tmp_path: Path, aws: Aws, cache: Path) -> None:
    with pytest.raises(LoadFailed) as failed:
        convert(tmp_path, aws, ROWS)
    (key,) = rejects(aws)
    assert f"all rejected rows: s3://{BUCKET}/{key}" in str(failed.value)
    record = ConversionRecord.read(BUCKET, "small", aws)
    assert record
    assert f"s3://{BUCKET}/{key}" in record.verdict
    (row,) = aws.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().splitlines()
    assert (json.loads(row)["line"], json.loads(row)["column"]) == (2, "pieces")
    assert files(cache)


def test_rejected_rows_of_earlier_files_go_when_others_are_converted(
    tmp_path: Path, aws: Aws, cache: Path
) -> None:
    text = convert(tmp_path, aws, ROWS, tolerate=1)
    (key,) = rejects(aws)
    assert f"1 rows rejected and tolerated: s3://{BUCKET}/{key}" in text
    assert not cache.exists() or not list(cache.iterdir()), "what is uploaded does not stay"
    convert(tmp_path, aws, ROWS + b"d,none,x\n", tolerate=2)
    (other,) = rejects(aws)
    assert other != key
    convert(tmp_path, aws, b"a,1,x\n")
    assert rejects(aws) == []


def test_destroy_deletes_the_converted_files_of_this_machine(
    tmp_path: Path, aws: Aws, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LoadFailed):
        convert(tmp_path, aws, ROWS)
    other = cache / "others" / "converted" / "a"
    other.mkdir(parents=True)
    remove(
        "objects", {"bucket": BUCKET, "prefix": "converted/small/"}, {"region": "us-east-1", "local": False}
    )
    assert list(cache.iterdir()) == [cache / "others"]
    remove(
        "objects", {"bucket": BUCKET, "prefix": "converted/small/"}, {"region": "us-east-1", "local": False}
    )


@pytest.mark.parametrize(("resources", "removable"), [({"dev": 3}, False), ({"dev": 0}, True)])
def test_leftovers_name_the_converted_files_of_this_machine(
    tmp_path: Path, aws: Aws, cache: Path, resources: dict[str, int | None], removable: bool
) -> None:
    with pytest.raises(LoadFailed):
        convert(tmp_path, aws, ROWS)
    (found,) = conversion_leftovers(aws, Stacks(project="shop", resources=resources), ())
    assert (found.name, found.removable) == (str(cache / BUCKET), removable)
    assert "bytes of rows and rejected rows on this machine" in found.reason
    assert found.delete
    found.delete()
    assert not files(cache)
    assert not list(conversion_leftovers(aws, Stacks(project="shop", resources=resources), ()))


def test_leftovers_do_not_name_the_converted_files_of_other_stacks(tmp_path: Path, aws: Aws) -> None:
    with pytest.raises(LoadFailed):
        convert(tmp_path, aws, ROWS)
    assert not list(conversion_leftovers(aws, Stacks(project="shop", resources={"test": 0}), ()))
    assert list(conversion_leftovers(aws, Stacks(project="shop", resources={}), ["dev"]))
