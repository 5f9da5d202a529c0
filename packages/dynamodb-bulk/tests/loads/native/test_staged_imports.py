"""What ImportTable reads of a CSV dataset: files as they are, with a list of names, or converted."""

from pathlib import Path

import pytest

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.conversion.options import Format
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.load import StagedFiles
from dynamodb_bulk.loads.native.load import NativeLoad
from dynamodb_bulk.loads.native.loader import NATIVE
from dynamodb_bulk.loads.source_check import SourceCheck
from dynamodb_bulk.loads.source_digest import source_contents
from dynamodb_bulk.loads.staging import Conversion, stage_converted
from local_aws.testing.stage import Stage

TEXT = """\
name: people
source: {files: [people.csv]}
columns: [{name: name, length: 20}, {name: id, length: 8}, {name: city, length: 20}]
table: {partition_key: {name: id}}
"""
TYPED = TEXT.replace("{name: city, length: 20}", "{name: n, type: NUMERIC, precision: 38, scale: 10}")


@pytest.fixture
def aws(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Aws:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    stage.make_bucket()
    return Aws(region=stage.region)


def written(folder: Path, text: str, rows: str) -> Path:
    (folder / "people.csv").write_text(rows)
    (folder / "dataset.yaml").write_text(text)
    return folder / "dataset.yaml"


def loaded(dataset: Path, files: StagedFiles, stage: Stage, aws: Aws) -> dict[str, dict[str, dict[str, str]]]:
    table = stage.named("people")
    load = NativeLoad(name="people", dataset=dataset, table=table, records_bucket=stage.bucket, files=files)
    NATIVE.start(load, "one", aws, lambda _: None)
    items = stage.dynamodb.scan(TableName=table)["Items"]
    return {item["id"]["S"]: item for item in items}


def test_import_gives_columns_their_names_in_order_when_files_have_no_header(
    stage: Stage, aws: Aws, tmp_path: Path
) -> None:
    rows = "Zoe,2,Aachen\nAda,1,Porto\n"
    dataset = written(tmp_path, TEXT, rows)
    assert not NATIVE.converts(open_dataset(dataset))
    stage.s3.put_object(Bucket=stage.bucket, Key="data/people.csv", Body=rows.encode())
    found = loaded(dataset, StagedFiles(bucket=stage.bucket, prefix="data/"), stage, aws)
    assert found == {
        "1": {"name": {"S": "Ada"}, "id": {"S": "1"}, "city": {"S": "Porto"}},
        "2": {"name": {"S": "Zoe"}, "id": {"S": "2"}, "city": {"S": "Aachen"}},
    }


@pytest.mark.parametrize("form", ["dynamodb_json", "ion"])
def test_import_of_converted_files_has_the_same_items_in_each_format(
    stage: Stage, aws: Aws, tmp_path: Path, form: Format
) -> None:
    dataset = written(tmp_path, TYPED, 'Zoe "Z",2,1234567890123456789012345678.0123456789\nÄda,1,-0.5\n')
    files = StagedFiles(bucket=stage.bucket, prefix="converted/people/1/", converted=True, format=form)
    check = SourceCheck(source_contents(open_dataset(dataset), aws), aws)
    stage_converted(Conversion(name="people", dataset=dataset, files=files), check, aws, lambda _: None)
    assert loaded(dataset, files, stage, aws) == {
        "1": {"name": {"S": "Äda"}, "id": {"S": "1"}, "n": {"N": "-0.5"}},
        "2": {
            "name": {"S": 'Zoe "Z"'},
            "id": {"S": "2"},
            "n": {"N": "1234567890123456789012345678.0123456789"},
        },
    }
