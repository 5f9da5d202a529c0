"""Files of JSON and Parquet go all the way: converted, loaded, counted, verified."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

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


@pytest.mark.parametrize("form", CONTENT)
@pytest.mark.parametrize("method", ["native", "bulk_put"])
def test_load_of_records_is_good_and_verified(
    there: Stage, tmp_path: Path, method: FastMethod, form: str
) -> None:
    arranged = FastStage(there, tmp_path, method)
    dataset = open_dataset(record_dataset(tmp_path, CONTENT[form]))
    aws, bucket = arranged.aws, there.bucket
    contents = source_contents(dataset, aws)
    files = StagedFiles(bucket=bucket, prefix="converted/records/1/", converted=True)
    conversion = Conversion(name="records", dataset=dataset.path, files=files)
    stage_converted(conversion, SourceCheck(contents, aws), aws, lambda _: None)
    common: dict[str, Any] = {
        "name": "records", "dataset": dataset.path, "table": arranged.table, "records_bucket": bucket,
        "files": files,
    }  # fmt: skip
    load = (
        NativeLoad(**common)
        if method == "native"
        else BulkPutLoad(**common, reports_prefix=reports_prefix("records"))
    )
    loader, digest = LOADERS[method], data_digest(contents)
    check = SourceCheck(contents, aws, Place(bucket=bucket, prefix=files.prefix))
    loader.start(load, digest, aws, lambda _: None, check=check)
    status = loader.status(load, aws)
    assert (status.good, status.rows_in_files) == (True, 2)
    held = TableItems(arranged.table, dataset.keys, aws, Pace(None))
    expected = [ExpectedLoad(name="records", dataset=dataset)]
    found = verify(expected, held, dataset.keys, aws, lambda _: None, table=arranged.table)
    assert (found.good, found.expected, found.same) == (True, 2, 2)
