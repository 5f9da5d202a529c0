"""Files as people have them go all the way: converted, imported, counted, verified."""

from pathlib import Path

import polars as pl
import pytest

from bulk_testing.command import bulk
from bulk_testing.fast_stage import FastStage
from dynamodb_bulk.aws.scan import Pace
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.load import StagedFiles
from dynamodb_bulk.loads.native.load import NativeLoad
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.loads.source_check import Place, SourceCheck
from dynamodb_bulk.loads.source_digest import data_digest, source_contents
from dynamodb_bulk.loads.staging import Conversion, stage_converted
from dynamodb_bulk.verify.item_source import TableItems
from dynamodb_bulk.verify.run import ExpectedLoad, verify
from local_aws.testing.stage import Stage

TEXT = (
    'Kunden-Nr;Name;Umsatz;Datum\r\n00042;"Müller; GmbH";1.234,56;31.12.2025\r\n'
    "00043;Sørensen;12,5;01.02.2026\r\n"
)
DATASET = """\
name: excel
source: {files: [a.csv], header: true, delimiter: ";", decimal: ",", thousands: "."}
columns:
  - {name: Kunden-Nr}
  - {name: Name}
  - {name: Umsatz, type: NUMERIC, precision: 12, scale: 2}
  - {name: Datum, type: DATE, date_format: dd.MM.YYYY}
table: {partition_key: {name: Kunden-Nr}}
"""


@pytest.fixture
def there(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stage:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Stage(server, "ap-northeast-3")


def loaded_and_verified(there: Stage, folder: Path) -> str:
    """Load the dataset of a folder into a new table, whose name is returned, and compare both."""
    dataset, arranged = open_dataset(folder / "dataset.yaml"), FastStage(there, folder, "native")
    aws, bucket, contents = arranged.aws, there.bucket, source_contents(dataset, arranged.aws)
    files = StagedFiles(bucket=bucket, prefix="converted/excel/1/", converted=True)
    conversion = Conversion(name="excel", dataset=dataset.path, files=files)
    stage_converted(conversion, SourceCheck(contents, aws), aws, lambda _: None)
    load = NativeLoad(
        name="excel", dataset=dataset.path, table=arranged.table, records_bucket=bucket, files=files
    )
    loader, digest = LOADERS["native"], data_digest(contents)
    check = SourceCheck(contents, aws, Place(bucket=bucket, prefix=files.prefix))
    loader.start(load, digest, aws, lambda _: None, check=check)
    status = loader.status(load, aws)
    assert (status.good, status.rows_in_files) == (True, 2)
    held = TableItems(arranged.table, dataset.keys, aws, Pace(None))
    expected = [ExpectedLoad(name="excel", dataset=dataset)]
    found = verify(expected, held, dataset.keys, aws, lambda _: None, table=arranged.table)
    assert (found.good, found.same) == (True, 2)
    return arranged.table


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_german_excel_file_is_imported_and_verified(there: Stage, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT.encode(encoding))
    (tmp_path / "dataset.yaml").write_text(DATASET)
    table = loaded_and_verified(there, tmp_path)
    item = there.dynamodb.get_item(TableName=table, Key={"Kunden-Nr": {"S": "00042"}}).get("Item")
    assert item == {
        "Kunden-Nr": {"S": "00042"}, "Name": {"S": "Müller; GmbH"}, "Umsatz": {"N": "1234.56"},
        "Datum": {"S": "2025-12-31"},
    }  # fmt: skip


def write(path: Path) -> None:
    match path.name:
        case "excel.csv":
            path.write_bytes(TEXT.encode("cp1252"))
        case "outfile.txt":
            path.write_text('1\tAnn\t\\N\t2024-01-02 03:04:05\n2\t"Bob\t2.50\t\\N\n')
        case "events.jsonl":
            path.write_text('{"id":"a","n":1.50,"at":{"city":"B"}}\n{"id":"b","n":12345678901234567890}\n')
        case _:
            pl.DataFrame({"id": [1, 2], "at": [{"city": "B"}, None]}).write_parquet(path)


@pytest.mark.parametrize("name", ["excel.csv", "outfile.txt", "events.jsonl", "items.parquet"])
def test_file_is_loaded_and_verified_with_the_dataset_that_init_writes(
    there: Stage, tmp_path: Path, name: str
) -> None:
    write(tmp_path / name)
    assert bulk("init", tmp_path / name).returncode == 0
    assert loaded_and_verified(there, tmp_path)
