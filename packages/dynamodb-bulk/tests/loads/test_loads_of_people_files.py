"""Files as people have them go all the way: converted, loaded, counted, verified."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bulk_testing.command import bulk
from bulk_testing.fast_stage import FastMethod, FastStage
from bulk_testing.record_files import record_dataset
from dynamodb_bulk.aws.scan import Pace
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.bulk_put.load import BulkPutLoad
from dynamodb_bulk.loads.load import StagedFiles
from dynamodb_bulk.loads.native.load import NativeLoad
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.loads.run_record import reports_prefix
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
LARGE = "12345678901234567890123456789012345678"
CONTENT = {
    "json": f'[{{"id": "a", "n": {LARGE}, "of": {{"y": [1.50, null], "x": "é"}}}}, {{"id": "b", "n": 1e0}}]',
    "parquet": pl.DataFrame(
        {"id": ["a", "b"], "n": [1, 2], "of": [{"y": [1, None], "x": 'é"'}, None], "z": [b"\x00", b"\xff"]}
    ),
}


@pytest.fixture
def there(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stage:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Stage(server, "ap-northeast-3")


def loaded_and_verified(there: Stage, folder: Path, method: FastMethod = "native") -> str:
    """Load the two rows of a folder's dataset into a table, whose name is returned, and compare both."""
    arranged, dataset = FastStage(there, folder, method), open_dataset(folder / "dataset.yaml")
    aws, bucket, contents = arranged.aws, there.bucket, source_contents(dataset, arranged.aws)
    files = StagedFiles(bucket=bucket, prefix="converted/rows/1/", converted=True)
    conversion = Conversion(name="rows", dataset=dataset.path, files=files)
    stage_converted(conversion, SourceCheck(contents, aws), aws, lambda _: None)
    common: dict[str, Any] = {
        "name": "rows", "dataset": dataset.path, "table": arranged.table, "records_bucket": bucket,
        "files": files,
    }  # fmt: skip
    load = (
        NativeLoad(**common)
        if method == "native"
        else BulkPutLoad(**common, reports_prefix=reports_prefix("rows"))
    )
    loader, digest = LOADERS[method], data_digest(contents)
    check = SourceCheck(contents, aws, Place(bucket=bucket, prefix=files.prefix))
    loader.start(load, digest, aws, lambda _: None, check=check)
    status = loader.status(load, aws)
    assert (status.good, status.rows_in_files) == (True, 2)
    held = TableItems(arranged.table, dataset.keys, aws, Pace(None))
    expected = [ExpectedLoad(name="rows", dataset=dataset)]
    found = verify(expected, held, dataset.keys, aws, lambda _: None, table=arranged.table)
    assert (found.good, found.expected, found.same) == (True, 2, 2)
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


@pytest.mark.parametrize("form", CONTENT)
@pytest.mark.parametrize("method", ["native", "bulk_put"])
def test_load_of_records_is_good_and_verified(
    there: Stage, tmp_path: Path, method: FastMethod, form: str
) -> None:
    record_dataset(tmp_path, CONTENT[form])
    assert loaded_and_verified(there, tmp_path, method)
