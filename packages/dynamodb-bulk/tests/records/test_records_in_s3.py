"""Records in S3: read from there, checked, converted, verified."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from backports import zstd
from moto import mock_aws

from bulk_testing.record_files import KEY
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.estimate.size import measure, sample
from dynamodb_bulk.loads.listing import listed_objects
from dynamodb_bulk.loads.load import StagedFiles
from dynamodb_bulk.loads.source_check import SourceCheck
from dynamodb_bulk.loads.source_digest import data_digest, source_contents
from dynamodb_bulk.loads.staging import Conversion, stage_converted
from dynamodb_bulk.preflight.run import check_dataset
from dynamodb_bulk.requests.import_table import conversion_reasons, import_arguments
from dynamodb_bulk.sources import parquet_file
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.sources.reading import open_items
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.verify.item_source import FileItems

ROWS = [{"id": f"i{number}", "n": number, "of": {"x": [number, None]}} for number in range(300)]


def content(form: str) -> bytes:
    if form == "json":
        return zstd.compress(json.dumps(ROWS).encode())
    written = io.BytesIO()
    pl.DataFrame(ROWS).write_parquet(written, row_group_size=100)
    return written.getvalue()


@pytest.fixture(params=["json", "parquet"])
def form(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Aws]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with mock_aws():
        found = Aws(region="us-east-1")
        found.s3.create_bucket(Bucket="files")
        yield found


@pytest.fixture
def dataset(form: str, aws: Aws, tmp_path: Path) -> Dataset:
    aws.s3.put_object(Bucket="files", Key="in/a", Body=content(form))
    source = {
        "format": form,
        "location": "s3://files/in/",
        **({"compression": "zstd"} if form == "json" else {}),
    }
    path = tmp_path / "dataset.yaml"
    path.write_text(json.dumps({"name": "records", "source": source, "table": KEY}))
    return open_dataset(path)


def test_records_are_checked_where_they_are(dataset: Dataset, aws: Aws) -> None:
    report = check_dataset(dataset, source_files(dataset, aws))
    assert (report.good, report.rows, report.items) == (True, 300, 300)


def test_sample_is_scaled_to_the_size_of_all(dataset: Dataset, aws: Aws) -> None:
    files = source_files(dataset, aws)
    measured = measure(dataset, files)
    assert (measured.rows, measured.items) == (300, 300)
    assert sample(dataset, files).items == pytest.approx(300, rel=0.01)
    assert measured.source_bytes >= measured.stored_bytes


def test_records_are_converted_for_an_import_and_hold_what_verify_expects(dataset: Dataset, aws: Aws) -> None:
    check = SourceCheck(source_contents(dataset, aws), aws)
    files = StagedFiles(bucket="files", prefix="out/1/")
    conversion = Conversion(name="records", dataset=dataset.path, files=files)
    assert stage_converted(conversion, check, aws, lambda _: None).startswith("300 items in 1 file")
    [made] = listed_objects("files", "out/1/", aws)
    text = zstd.decompress(aws.s3.get_object(Bucket="files", Key=made.key)["Body"].read())
    items = {item["id"]["S"]: item for item in (json.loads(line)["Item"] for line in text.splitlines())}
    expected = FileItems(dataset, aws).lookup([("i7",), ("i299",)])
    assert expected == {(key,): items[key] for key in ("i7", "i299")}
    assert items["i7"] == {
        "id": {"S": "i7"},
        "n": {"N": "7"},
        "of": {"M": {"x": {"L": [{"N": "7"}, {"NULL": True}]}}},
    }


def test_rejected_record_stops_a_load_before_it_begins(
    dataset: Dataset, form: str, aws: Aws, tmp_path: Path
) -> None:
    changed = dataset.path.read_text().replace('"name": "id"', '"name": "n", "type": "N"')
    dataset.path.write_text(changed)
    rows = [{"id": "a", "n": 1}, {"id": "b", "n": None}]
    body = io.BytesIO()
    pl.DataFrame(rows).write_parquet(body)
    text = "\n".join(map(json.dumps, rows)).encode()
    aws.s3.put_object(
        Bucket="files", Key="in/a", Body=zstd.compress(text) if form == "json" else body.getvalue()
    )
    again = open_dataset(dataset.path)
    conversion = Conversion(
        name="records", dataset=again.path, files=StagedFiles(bucket="files", prefix="out/1/")
    )
    with pytest.raises(LoadFailed, match="1 of 2 rows do not become items"):
        stage_converted(conversion, SourceCheck(source_contents(again, aws), aws), aws, lambda _: None)


def test_digest_changes_when_a_field_is_excluded(dataset: Dataset, aws: Aws) -> None:
    before = data_digest(source_contents(dataset, aws))
    dataset.path.write_text(dataset.path.read_text().replace("{", '{"exclude": ["n"], ', 1))
    assert data_digest(source_contents(open_dataset(dataset.path), aws)) != before


def test_import_reads_converted_files(dataset: Dataset) -> None:
    arguments = import_arguments(dataset, table="t", bucket="b", prefix="p")
    assert (arguments["InputFormat"], arguments["InputCompressionType"]) == ("DYNAMODB_JSON", "ZSTD")
    assert len(conversion_reasons(dataset)) == 1


def test_parquet_is_fetched_by_row_groups_and_no_further_than_it_is_read(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_file, "SLICE_BYTES", 1)
    written = io.BytesIO()
    noise = pl.Series("noise", [bytes([place % 256]) * 7_000 for place in range(100)])
    frame = pl.DataFrame([pl.Series("id", map(str, range(100))), noise])
    frame.write_parquet(written, row_group_size=10, compression="uncompressed")
    size = aws.s3.put_object(Bucket="files", Key="p/a", Body=written.getvalue()) and written.tell()
    path = tmp_path / "parquet.yaml"
    source = {"format": "parquet", "location": "s3://files/p/"}
    path.write_text(json.dumps({"name": "records", "source": source, "table": KEY}))
    dataset = open_dataset(path)
    [file] = source_files(dataset, aws)
    fetched: list[int] = []

    def part(start: int, end: int) -> bytes:
        fetched.append(end - start)
        return file.part(start, end) if file.part else b""

    counting = replace(file, part=part)
    batches = open_items(dataset, counting)
    assert len(next(batches).items) == 10
    assert sum(fetched) < size / 5
    assert sum(len(batch.items) for batch in batches) == 90
    assert sum(fetched) < size * 1.2


def test_parquet_that_changes_while_it_is_read_is_refused(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_file, "SLICE_BYTES", 1)
    aws.s3.put_object(Bucket="files", Key="p/a", Body=content("parquet"))
    path = tmp_path / "parquet.yaml"
    source = {"format": "parquet", "location": "s3://files/p/"}
    path.write_text(json.dumps({"name": "records", "source": source, "table": KEY}))
    dataset = open_dataset(path)
    [file] = source_files(dataset, aws)
    batches = open_items(dataset, file)
    next(batches)
    aws.s3.put_object(Bucket="files", Key="p/a", Body=content("parquet") + b" ")
    with pytest.raises(InputError, match="changed"):
        list(batches)
