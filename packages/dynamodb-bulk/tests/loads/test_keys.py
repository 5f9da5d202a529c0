"""Keys of KMS: how datasets name them, what DynamoDB is asked for, and what they do not change."""

from pathlib import Path
from typing import Any

import pytest

from bulk_testing.fast_stage import FastMethod, FastStage, lines
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.loads.source_digest import Contents, data_digest
from dynamodb_bulk.spec.errors import InputError
from local_aws.testing.stage import Stage

DATASET = """\
name: orders
source: {format: dynamodb_json, %s}
table: {partition_key: {name: id}%s}
"""
IN_S3 = "location: s3://files/in/"


def opened(folder: Path, source: str = IN_S3, table: str = "") -> Dataset:
    (folder / "a.json").write_text("{}")
    (folder / "dataset.yaml").write_text(DATASET % (source, table))
    return open_dataset(folder / "dataset.yaml")


@pytest.mark.parametrize(
    ("source", "table", "place"),
    [
        ("files: [a.json], kms_key: alias/a", "", "source.kms_key"),
        (f"{IN_S3}, kms_key: not a key", "", "source.kms_key"),
        (f"{IN_S3}, kms_key: 'arn:aws:kms:eu-west-1:123456789012:key/*'", "", "source.kms_key"),
        (IN_S3, ", existing: true, name: live, kms_key: alias/a", "table.kms_key"),
        (IN_S3, ", replicas: [us-east-1], stream: NEW_AND_OLD_IMAGES, kms_key: alias/a", "table.kms_key"),
    ],
)
def test_dataset_reports_a_key_that_it_cannot_have(
    tmp_path: Path, source: str, table: str, place: str
) -> None:
    with pytest.raises(InputError, match=place):
        opened(tmp_path, source, table)


def test_key_of_the_files_changes_neither_the_data_nor_how_a_task_reads_it(tmp_path: Path) -> None:
    plain = opened(tmp_path)
    keyed = opened(tmp_path, f"{IN_S3}, kms_key: alias/a")
    digests = {data_digest(Contents(dataset=dataset)) for dataset in (plain, keyed)}
    assert len(digests) == 1
    assert repr(plain.source) == repr(keyed.source)


@pytest.fixture
def there(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    return stage


def begun(stage: Stage, folder: Path, method: FastMethod) -> tuple[FastStage, str, str]:
    """A load with a key: its stage, the ARN of the key, and that of its operation."""
    fast = FastStage(stage, folder, method)
    fast.fill("digest", lines(1, "v"))
    key = fast.aws.kms.create_key()["KeyMetadata"]["Arn"]
    load = fast.load("digest")
    keyed = type(load)(load.load.model_copy(update={"kms_key": key}), fast.aws, lambda _: None)
    return fast, key, fast.ended(keyed.begin("token-of-a-key"))


def test_import_makes_its_table_with_the_key_of_the_load(there: Stage, tmp_path: Path) -> None:
    fast, key, _ = begun(there, tmp_path, "native")
    described: Any = there.dynamodb.describe_table(TableName=fast.table)["Table"]
    assert described["SSEDescription"]["KMSMasterKeyArn"] == key


def test_bulk_put_asks_for_reports_encrypted_with_the_key_of_the_load(there: Stage, tmp_path: Path) -> None:
    _, key, operation = begun(there, tmp_path, "bulk_put")
    found = there.dynamodb.describe_bulk_operation(BulkOperationArn=operation)["BulkOperationDescription"]
    asked = found["OutputS3Configuration"]
    assert (asked["S3SseAlgorithm"], asked["S3SseKmsKeyId"]) == ("KMS", key)
