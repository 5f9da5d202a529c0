"""A full export is a dataset: copied between tables by native import or bulk put."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.export.request import ExportOrder
from dynamodb_bulk.export.start import Exported, make_export
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from local_aws.testing.stage import Stage

RECOVERY = {"PointInTimeRecoveryEnabled": True}


@pytest.fixture
def aws(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Aws:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    return Aws(region=stage.region)


@pytest.fixture
def table(stage: Stage) -> str:
    name = stage.table()
    stage.dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=RECOVERY)
    for number in range(20):
        stage.dynamodb.put_item(TableName=name, Item={"id": {"S": f"o{number}"}, "n": {"N": str(number)}})
    stage.make_bucket()
    return name


def order(stage: Stage, table: str, **more: Any) -> ExportOrder:
    return ExportOrder.model_validate({"table": table, "bucket": stage.bucket, "prefix": "kept", **more})


def exported(stage: Stage, table: str, aws: Aws, **more: Any) -> Exported:
    return make_export(order(stage, table, **more), aws, lambda _: None, token=stage.named("token"))


def dataset(folder: Path, location: str) -> Dataset:
    (folder / "dataset.yaml").write_text(
        "name: copy\n"
        f"source: {{format: dynamodb_json, compression: gzip, location: '{location}'}}\n"
        "table: {partition_key: {name: id}}\n"
    )
    return open_dataset(folder / "dataset.yaml")


def test_export_is_checked_and_reports_contents_and_location(stage: Stage, table: str, aws: Aws) -> None:
    found = exported(stage, table, aws)
    assert (found.items, found.type, found.table) == (20, "FULL_EXPORT", table)
    assert found.url.startswith(f"s3://{stage.bucket}/kept/AWSDynamoDB/")


def test_export_of_a_selection_has_the_keys_whatever_is_projected(
    stage: Stage, table: str, aws: Aws, tmp_path: Path
) -> None:
    selection = {"filter": "n < :most", "projection": ["n"], "values": {":most": {"N": "3"}}}
    found = exported(stage, table, aws, selection=selection)
    assert found.items == 3
    files = source_files(dataset(tmp_path, f"{found.url}data/"), aws)
    lines = [line for file in files for line in gzip.decompress(file.open().read()).splitlines()]
    assert sorted(json.loads(line)["Item"]["id"]["S"] for line in lines) == ["o0", "o1", "o2"]


def test_data_of_a_full_export_are_files_of_a_dataset(
    stage: Stage, table: str, aws: Aws, tmp_path: Path
) -> None:
    found = exported(stage, table, aws)
    assert len(source_files(dataset(tmp_path, f"{found.url}data/"), aws)) == found.files


def test_data_of_an_export_with_a_file_missing_is_refused(
    stage: Stage, table: str, aws: Aws, tmp_path: Path
) -> None:
    found = exported(stage, table, aws)
    described = dataset(tmp_path, f"{found.url}data/")
    key = source_files(described, aws)[0].name.removeprefix(f"s3://{stage.bucket}/")
    stage.s3.delete_object(Bucket=stage.bucket, Key=key)
    with pytest.raises(InputError, match="is missing, but its manifest names it"):
        source_files(described, aws)


def test_export_data_is_refused_when_there_is_an_additional_object(
    stage: Stage, table: str, aws: Aws, tmp_path: Path
) -> None:
    found = exported(stage, table, aws)
    key = f"{found.url}data/more.json.gz".removeprefix(f"s3://{stage.bucket}/")
    stage.s3.put_object(Bucket=stage.bucket, Key=key, Body=b"")
    with pytest.raises(InputError, match=r"more\.json\.gz does not belong to this export"):
        source_files(dataset(tmp_path, f"{found.url}data/"), aws)


@pytest.mark.parametrize(
    ("ending", "what"), [("", "end it with its data/"), ("../data/", "changes, not items")]
)
def test_location_reports_the_remedy_when_it_is_not_data_of_a_full_export(
    stage: Stage, table: str, aws: Aws, tmp_path: Path, ending: str, what: str
) -> None:
    url = exported(stage, table, aws).url
    location = url if not ending else f"{url.rstrip('/').rpartition('/')[0]}/data/"
    key = f"{location}x".removeprefix(f"s3://{stage.bucket}/")
    stage.s3.put_object(Bucket=stage.bucket, Key=key, Body=b"")
    with pytest.raises(InputError, match=what):
        source_files(dataset(tmp_path, location), aws)


def test_export_reports_how_to_turn_recovery_on_when_it_is_off(stage: Stage, aws: Aws) -> None:
    stage.make_bucket()
    with pytest.raises(InputError, match="point-in-time recovery is off; turn it on"):
        exported(stage, stage.table(), aws)


@pytest.mark.parametrize(
    ("at", "what"), [("2020-01-01", "before the earliest time that can be"), ("2099-01-01", "in the future")]
)
def test_export_reports_the_window_when_the_time_is_outside_of_it(
    stage: Stage, table: str, aws: Aws, at: str, what: str
) -> None:
    with pytest.raises(InputError, match=what):
        exported(stage, table, aws, at=f"{at}T00:00:00Z")


def test_export_reports_a_missing_bucket_before_it_starts(stage: Stage, table: str, aws: Aws) -> None:
    with pytest.raises(InputError, match="the bucket does not exist"):
        exported(stage, table, aws, bucket="nobody-has-this")


def test_export_that_may_not_write_fails_with_what_to_allow(stage: Stage, table: str, aws: Aws) -> None:
    denied = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{stage.bucket}/*",
            }
        ],
    }
    stage.s3.put_bucket_policy(Bucket=stage.bucket, Policy=json.dumps(denied))
    with pytest.raises(LoadFailed, match=r"FAILED: .*\n  allow s3:PutObject"):
        exported(stage, table, aws)


def test_export_reports_a_missing_table(stage: Stage, aws: Aws) -> None:
    with pytest.raises(InputError, match="the table does not exist"):
        exported(stage, "nobody-has-this", aws)
