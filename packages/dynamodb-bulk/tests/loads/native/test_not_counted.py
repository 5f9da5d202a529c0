"""A load from S3 whose files are too large to be counted: neither good, nor loaded again."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.load import Doubtful, StagedFiles
from dynamodb_bulk.loads.native.load import NativeLoad
from dynamodb_bulk.loads.native.loader import NATIVE
from dynamodb_bulk.loads.registry import load_status
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.spec.errors import LoadFailed
from local_aws.testing.stage import Stage

ITEM = '{"Item": {"id": {"S": "%s"}}}\n'


@pytest.fixture
def load(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NativeLoad:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    stage.make_bucket()
    source = f"{{format: dynamodb_json, location: 's3://{stage.bucket}/data/'}}"
    (tmp_path / "dataset.yaml").write_text(
        f"name: events\nsource: {source}\ntable: {{partition_key: {{name: id}}}}\n"
    )
    put(stage, ITEM % "a" + ITEM % "b")
    return NativeLoad(
        name="events",
        dataset=tmp_path / "dataset.yaml",
        table=stage.named("events"),
        records_bucket=stage.bucket,
        files=StagedFiles(bucket=stage.bucket, prefix="data/"),
        count_up_to=10,
    )


def put(stage: Stage, text: str) -> None:
    stage.s3.put_object(Bucket=stage.bucket, Key="data/a.json", Body=text.encode())


def run(load: NativeLoad, stage: Stage) -> str:
    return NATIVE.start(load, "one", Aws(region=stage.region), lambda _: None)


def test_load_is_neither_good_nor_a_failure_when_rows_were_not_counted(
    load: NativeLoad, stage: Stage
) -> None:
    told = run(load, stage)
    assert isinstance(told, Doubtful)
    assert told.count("not counted: ") == 1
    assert "\n" not in told
    status = load_status(load, Aws(region=stage.region))
    assert (status.good, status.rows_in_files, status.items_written) == (False, None, 2)
    assert status.verdict.startswith("not counted: ")
    assert json.loads(json.dumps(asdict(status)))["good"] is False


def test_load_is_not_repeated_when_rows_were_not_counted(load: NativeLoad, stage: Stage) -> None:
    aws = Aws(region=stage.region)
    run(load, stage)
    before = RunRecord.read(load.records_bucket, load.name, aws)
    again = run(load, stage)
    assert isinstance(again, Doubtful)
    assert again.startswith("2 items loaded before; nothing has changed since; not counted: ")
    assert RunRecord.read(load.records_bucket, load.name, aws) == before


def test_load_is_judged_again_when_its_rows_may_be_counted_now(load: NativeLoad, stage: Stage) -> None:
    aws = Aws(region=stage.region)
    run(load, stage)
    again = run(load.model_copy(update={"count_up_to": 1000}), stage)
    assert not isinstance(again, Doubtful)
    status = load_status(load, aws)
    assert (status.good, status.rows_in_files, status.items_written) == (True, 2, 2)
    record = RunRecord.read(load.records_bucket, load.name, aws)
    assert record
    assert (record.attempt, record.rows_in_files) == (1, 2)


def test_load_is_not_tolerated_when_items_are_rejected_and_rows_were_not_counted(
    load: NativeLoad, stage: Stage
) -> None:
    put(stage, ITEM % "a" + '{"Item": {"other": {"S": "b"}}}\n')
    with pytest.raises(LoadFailed, match="1 row rejected"):
        run(load.model_copy(update={"tolerate": 5}), stage)
