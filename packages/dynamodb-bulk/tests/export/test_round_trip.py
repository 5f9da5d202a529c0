"""Files to a table, to an export, to files: the same by value, whatever DynamoDB can hold."""

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulk_testing.item_strategies import BYTES, NAMES, SPECIAL, sets
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.export.contents import exported_contents
from dynamodb_bulk.export.export_chain import chain_of
from dynamodb_bulk.export.location import place_of
from dynamodb_bulk.export.manifest import open_export
from dynamodb_bulk.export.request import ExportOrder
from dynamodb_bulk.export.start import make_export
from dynamodb_bulk.export.to_files import export_to_files
from dynamodb_bulk.verify.item_source import ExportItems, FileItems
from dynamodb_bulk.verify.run import ExpectedLoad, verify
from local_aws.testing.stage import Stage

TEXTS = st.text(max_size=6).filter(lambda text: text.isprintable() or not text)
NUMBERS = st.sampled_from(SPECIAL) | st.decimals(allow_nan=False, allow_infinity=False, places=4).map(str)
LEAVES = (
    TEXTS.map(lambda text: {"S": text})
    | NUMBERS.map(lambda text: {"N": text})
    | BYTES.map(lambda text: {"B": text})
    | st.booleans().map(lambda value: {"BOOL": value})
    | st.just({"NULL": True})
    | sets("SS", TEXTS.filter(bool), str)
    | sets("NS", st.integers(-9, 9).map(str), str)
    | sets("BS", BYTES.filter(bool), str)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.dictionaries(NAMES, inner, max_size=3).map(lambda members: {"M": members})
        | st.lists(inner, max_size=3).map(lambda elements: {"L": elements})
    ),
    max_leaves=5,
)
EVERY_TYPE = {
    "s": {"S": 'é"\\\n'},
    "empty": {"S": ""},
    "n": {"N": "12345678901234567890123456789012345678"},
    "small": {"N": "-1.5E-129"},
    "b": {"B": "AP8="},
    "bool": {"BOOL": False},
    "null": {"NULL": True},
    "ss": {"SS": ["b", "a"]},
    "ns": {"NS": ["2", "1.50"]},
    "bs": {"BS": ["AQ==", "Ag=="]},
    "m": {"M": {"l": {"L": [{"N": "1"}, {"M": {}}, {"L": []}]}}},
}
DATASET = """
name: things
source: {files: [things.json], format: dynamodb_json}
table: {partition_key: {name: key, type: N}, sort_key: {name: more, type: B}}
"""


@pytest.mark.parametrize("form", ["DYNAMODB_JSON", "ION"])
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(others=st.lists(st.dictionaries(NAMES, VALUES, max_size=4), min_size=1, max_size=20))
def test_items_of_every_type_come_back_as_they_were(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    form: str,
    others: list[dict[str, Any]],
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    aws = Aws(region=stage.region)
    folder = tmp_path_factory.mktemp("things")
    items = [
        {"key": {"N": f"{number}.0"}, "more": {"B": "AP8="}, **other}
        for number, other in enumerate([EVERY_TYPE, *others])
    ]
    text = "".join(json.dumps({"Item": item}, ensure_ascii=False) + "\n" for item in items)
    (folder / "things.json").write_text(text)
    (folder / "dataset.yaml").write_text(DATASET)
    dataset = open_dataset(folder / "dataset.yaml")
    table = imported(stage, text, f"things-{folder.name}")

    order = ExportOrder.model_validate({"table": table, "bucket": stage.bucket, "format": form})
    made = make_export(order, aws, lambda _: None, token=folder.name)
    chain = chain_of([open_export(place_of(made.url, aws))])
    export_to_files(exported_contents(chain), folder / "back", "ndjson", dataset)
    back = open_dataset(folder / "back" / "dataset.yaml")

    expected = [ExpectedLoad(name="things", dataset=dataset)]
    for held in (ExportItems(chain, dataset.keys, None, None), FileItems(back, None)):
        found = verify(expected, held, dataset.keys, None, lambda _: None, table=table)
        assert found.good, found.differences
        assert found.same == len(items)


def imported(stage: Stage, text: str, table: str) -> str:
    stage.make_bucket()
    stage.s3.put_object(Bucket=stage.bucket, Key=f"{table}/1.json", Body=text.encode())
    kinds = {"key": "N", "more": "B"}
    arn = stage.dynamodb.import_table(
        S3BucketSource={"S3Bucket": stage.bucket, "S3KeyPrefix": f"{table}/"},
        InputFormat="DYNAMODB_JSON",
        TableCreationParameters={
            "TableName": table,
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()
            ],
            "KeySchema": [
                {"AttributeName": "key", "KeyType": "HASH"},
                {"AttributeName": "more", "KeyType": "RANGE"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )["ImportTableDescription"]["ImportArn"]

    def state() -> dict[str, Any]:
        return stage.dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]

    while state()["ImportStatus"] == "IN_PROGRESS":
        time.sleep(0.02)
    assert state()["ImportStatus"] == "COMPLETED", state()
    recovery = {"PointInTimeRecoveryEnabled": True}
    stage.dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=recovery)
    return table
