"""What `bulk show` prints, and that AWS's own models accept it."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from dynamodb_bulk.cli.show import schema, show
from dynamodb_bulk.spec.errors import InputError

ORDERS = """\
name: orders
source: {files: ["*.csv"]}
columns:
  - {name: id, type: STRING, length: 20}
  - {name: day, type: STRING, length: 10}
table:
  partition_key: {name: id}
"""
FULL_TABLE = """\
  sort_key: {name: day}
  billing: {read: 5, write: 7}
  global_secondary_indexes:
  - {name: by-day, partition_key: {name: day}, projection: [id]}
"""


def dataset(folder: Path, text: str = ORDERS, rows: str = "a,1\nb,2\nc,3\n") -> Path:
    (folder / "rows.csv").write_text(rows)
    path = folder / "dataset.yaml"
    path.write_text(text)
    return path


def problems(service: str, operation: str, arguments: dict[str, Any]) -> str:
    model = botocore.session.get_session().get_service_model(service)
    shape = model.operation_model(operation).input_shape
    assert shape is not None
    return ParamValidator().validate(arguments, shape).generate_report()


def shown(capsys: pytest.CaptureFixture[str], path: Path, document: Any, **options: Any) -> Any:
    assert show(path, document, as_json=True, **options) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("table", ["", FULL_TABLE], ids=["minimal", "complete"])
def test_import_when_shown_is_accepted_by_the_services_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str
) -> None:
    document = shown(capsys, dataset(tmp_path, ORDERS + table), "import", table="shop-dev-orders")
    assert problems("dynamodb", "ImportTable", document) == ""
    assert document["TableCreationParameters"]["TableName"] == "shop-dev-orders"


def test_import_reads_the_files_unchanged_when_rows_are_plain_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_header = ORDERS.replace("{files", "{header: true, files")
    document = shown(capsys, dataset(tmp_path, with_header, "id,day\na,1\n"), "import")
    assert document["InputFormat"] == "CSV"
    assert document["InputFormatOptions"] == {"Csv": {"Delimiter": ","}}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("type: STRING, length: 10", "type: INT4"), "it would make day a string"),
        (("type: STRING, length: 10", "type: DATE"), "it would not check day"),
        (("{files", "{delimiter: '~', files"), "it knows no delimiter '~'"),
        (("{files", "{null_value: '-', files"), "it knows no text for NULL, here '-'"),
        (("table:", "attributes: {x: 'a'}\ntable:"), "rows are reshaped"),
    ],
)
def test_import_reads_converted_files_when_types_or_shape_would_be_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str], reason: str
) -> None:
    show(dataset(tmp_path, ORDERS.replace(*change)), "import")
    printed = capsys.readouterr()
    assert json.loads(printed.out)["InputFormat"] == "DYNAMODB_JSON"
    assert reason in printed.err


def test_import_when_items_are_in_s3_points_at_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        "name: orders\nsource: {format: ion, compression: gzip, location: s3://some-bucket/a/b}\n"
        "table: {partition_key: {name: id}}\n"
    )
    document = shown(capsys, dataset(tmp_path, text), "import")
    assert document["S3BucketSource"] == {"S3Bucket": "some-bucket", "S3KeyPrefix": "a/b/"}
    assert (document["InputFormat"], document["InputCompressionType"]) == ("ION", "GZIP")


def test_dms_documents_when_shown_are_accepted_by_the_services_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = dataset(tmp_path)
    arn = "arn:aws:dms:eu-west-1:123456789012:x"
    task = {
        "ReplicationTaskIdentifier": "t",
        "SourceEndpointArn": arn,
        "TargetEndpointArn": arn,
        "ReplicationInstanceArn": arn,
        "MigrationType": "full-load",
        "TableMappings": json.dumps(shown(capsys, path, "mappings")),
        "ReplicationTaskSettings": json.dumps(shown(capsys, path, "settings")),
    }
    endpoint: dict[str, Any] = {
        "EndpointIdentifier": "e",
        "EndpointType": "source",
        "EngineName": "s3",
        "S3Settings": shown(capsys, path, "endpoint"),
    }
    definition = json.loads(endpoint["S3Settings"]["ExternalTableDefinition"])
    assert definition == shown(capsys, path, "table-definition")
    assert problems("dms", "CreateReplicationTask", task) == ""
    assert problems("dms", "CreateEndpoint", endpoint) == ""


def test_endpoint_reads_changes_next_to_the_files_when_the_task_applies_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = "dms: {migration_type: full-load-and-cdc, cdc_path: changes}\n"
    text = ORDERS.replace('files: ["*.csv"]', "location: s3://some-bucket/shop/import/orders/") + changes
    settings = shown(capsys, dataset(tmp_path, text), "endpoint")
    assert (settings["BucketName"], settings["CdcPath"]) == ("some-bucket", "changes/")
    assert "BucketFolder" not in settings


@pytest.mark.parametrize("document", ["table-definition", "mappings", "settings", "endpoint"])
def test_dms_document_when_dms_cannot_carry_the_dataset_is_refused(tmp_path: Path, document: Any) -> None:
    text = ORDERS + "attributes: {tags: {set: '${day}'}}\n"
    with pytest.raises(InputError, match="does not document that DMS writes a set"):
        show(dataset(tmp_path, text), document)


def test_items_when_shown_are_the_first_and_accepted_by_the_services_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = ORDERS + "attributes: {b: {binary: '0${day}'}, n: {number: '${day}'}, s: {set: '${day}'}}\n"
    items = shown(capsys, dataset(tmp_path, text), "items", count=2)
    assert [one["Item"]["id"]["S"] for one in items] == ["a", "b"]
    item = items[0]["Item"]
    assert item["b"] == {"B": "AQ=="}
    sent = {**item, "b": {"B": b64decode(item["b"]["B"])}}
    assert problems("dynamodb", "PutItem", {"TableName": "orders", "Item": sent}) == ""


def test_items_when_a_row_before_them_is_rejected_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = dataset(tmp_path, rows="a,1\nb\nc,3\nd\n")
    assert show(path, "items", count=2) == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines()[1] == '{"Item":{"id":{"S":"c"},"day":{"S":"3"}}}'
    assert "line 2: row: 1 column, the definition has 2" in printed.err
    assert "line 4" not in printed.err


def test_schema_reports_an_error_when_it_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Is a directory"):
        schema(out=tmp_path)


def test_show_when_given_a_folder_shows_its_dataset(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = dataset(tmp_path)
    assert shown(capsys, tmp_path, "mappings") == shown(capsys, path, "mappings")


def test_show_when_a_folder_has_several_datasets_asks_for_one(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        dataset(tmp_path / name)
    with pytest.raises(InputError, match=r"contains 2 datasets; name one of them, like .*/one/"):
        show(tmp_path, "mappings")
