"""Which CSV files ImportTable may read unchanged: those that it reads as this program does."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.requests.import_table import conversion_reasons

TEXT = """\
name: n
source: {{{source}, header: true}}
columns: [{{name: id, type: STRING, length: 9}}, {{name: v, type: STRING, length: 9}}]
table: {{partition_key: {{name: id}}}}
"""
FAULTS = {
    "lines of": b"id,v\n1,a\r\n",
    "byte order mark": b"\xef\xbb\xbfid,v\n1,a\n",
    "other names": b"id,value\n1,a\n",
    "inside an unquoted field": b'id,v\n1,5" a\n',
    "3 columns": b"id,v\n1,a,b\n",
    "1 column": b"id,v\n1,a\n\n",
    "operation in front": b"id,v\nI,1,a\n",
    "10 characters": b"id,v\n1,aaaaaaaaaa\n",
    "is NULL": b"id,v\n,a\n",
    "not UTF-8": b"id,v\n1,\xff\n",
}


def dataset(folder: Path, source: str) -> Dataset:
    path = folder / "dataset.yaml"
    path.write_text(TEXT.format(source=source))
    return open_dataset(path)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        found = Aws(region="us-east-1")
        found.s3.create_bucket(Bucket="files")
        yield found


def test_files_are_not_converted_when_import_table_reads_them_alike(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'id,v\n1,"a, ""b"" c"\n2,\n"3","x"\n')
    (tmp_path / "b.csv").write_bytes(b"")
    assert conversion_reasons(dataset(tmp_path, 'files: ["*.csv"]')) == ()


@pytest.mark.parametrize("expected", FAULTS)
def test_files_are_converted_when_import_table_would_read_them_differently(
    expected: str, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_bytes(b"id,v\n0,x\n")
    (tmp_path / "b.csv").write_bytes(FAULTS[expected])
    [reason] = conversion_reasons(dataset(tmp_path, 'files: ["*.csv"]'))
    assert "b.csv" in reason
    assert expected in reason


@pytest.mark.parametrize("expected", FAULTS)
def test_files_in_s3_are_converted_when_import_table_would_read_them_differently(
    expected: str, tmp_path: Path, aws: Aws
) -> None:
    aws.s3.put_object(Bucket="files", Key="p/a.csv.gz", Body=gzip.compress(FAULTS[expected]))
    found = dataset(tmp_path, "location: 's3://files/p/', compression: gzip")
    [reason] = conversion_reasons(found, aws)
    assert expected in reason
    assert conversion_reasons(found) == ()
