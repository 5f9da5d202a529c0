"""A column type is one object: one that is made up here works everywhere with nothing else changed."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from dynamodb_bulk.cli.show import show
from dynamodb_bulk.column_types.base import ColumnType, ValueType, matches
from dynamodb_bulk.column_types.registry import column_types
from dynamodb_bulk.csv.batches import UnfitValue
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.items.validation import Problems
from dynamodb_bulk.items_to_rows.rows import ItemToRow
from dynamodb_bulk.items_to_rows.writers import csv_rows, json_rows, typed_rows
from dynamodb_bulk.preflight.run import check_dataset
from dynamodb_bulk.requests.import_table import conversion_reasons
from dynamodb_bulk.sources.reading import local_files, open_items
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.model import DatasetModel

DOCS = Path(__file__).parents[4] / "docs" / "dataset.md"
DATASET = """\
name: paints
source: {files: [rows.csv], header: true}
columns:
  - {name: id, type: STRING, length: 9}
  - {name: colour, type: COLOUR, length: 8}
  - {name: other, type: COLOUR, length: 8}
table: {partition_key: {name: id}}
attributes: {mix: "${colour}${other}"}
"""


def parse(text: str) -> str:
    if not re.fullmatch("#[0-9a-fA-F]{6}", text):
        raise UnfitValue("not a colour", "out-of-range")
    return text.upper()


COLOUR = ColumnType(
    name="COLOUR",
    becomes="S",
    needs=("length",),
    by_dms=False,
    values=lambda _: ValueType(plain=matches("#[0-9A-F]{6}"), parse=parse),
    pattern="#[0-9A-F]{6}",
    typed=lambda _, text: text.str.slice(1).str.to_integer(base=16, strict=False),
    takes=("date_format",),
    in_file=lambda _, text: text.str.to_lowercase(),
)


@pytest.fixture
def paints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setitem(column_types(), "COLOUR", COLOUR)
    (tmp_path / "rows.csv").write_text("id,colour,other\na,#ff0000,#00FF00\nb,red,#000000\n")
    (tmp_path / "dataset.yaml").write_text(DATASET)
    return open_dataset(tmp_path / "dataset.yaml")


def item_lines(dataset: Dataset) -> list[bytes]:
    batches = [batch for file in local_files(dataset) for batch in open_items(dataset, file)]
    return [f'{{"Item":{item}}}'.encode() for batch in batches for item in batch.items]


def test_registered_type_becomes_items(paints: Dataset) -> None:
    assert [json.loads(line)["Item"] for line in item_lines(paints)] == [
        {
            "mix": {"S": "#FF0000#00FF00"},
            "id": {"S": "a"},
            "colour": {"S": "#FF0000"},
            "other": {"S": "#00FF00"},
        }
    ]


def test_registered_type_is_checked(paints: Dataset) -> None:
    found = check_dataset(paints, local_files(paints)).findings["out-of-range"]
    assert [(one.line, one.column, one.value) for one in found.examples] == [(3, "colour", "red")]


def test_registered_type_tells_a_header_from_data(paints: Dataset) -> None:
    (paints.path.parent / "rows.csv").write_text("a,#ff0000,#00FF00\nb,#000000,#000000\n")
    assert check_dataset(paints, local_files(paints)).findings["header-missing"].count == 1


def test_registered_type_is_shown(paints: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(paints.path, "items", as_json=True) == 1
    assert json.loads(capsys.readouterr().out)[0]["Item"]["colour"] == {"S": "#FF0000"}


def test_registered_type_comes_back_as_rows(paints: Dataset) -> None:
    back = ItemToRow(paints.columns, paints.object_mapping, paints.keys, paints.attributes)
    rows = back(item_lines(paints)).frame
    problems = Problems()
    assert typed_rows(rows, paints.columns, problems).row(0) == ("a", 0xFF0000, 0x00FF00)
    assert csv_rows(rows, paints.columns, paints.csv, problems).row(0) == ("a", "#FF0000", "#00FF00")
    assert json.loads(json_rows(rows, paints.columns)[0]) == {
        "id": "a", "colour": "#FF0000", "other": "#00FF00",
    }  # fmt: skip
    assert problems.by_row == {}


def test_registered_type_is_read_out_of_a_longer_text(paints: Dataset) -> None:
    columns = [column for column in paints.columns if column.name != "id"]
    back = ItemToRow(
        paints.columns,
        paints.object_mapping.model_copy(
            update={
                "mapping_parameters": paints.object_mapping.mapping_parameters.model_copy(
                    update={"exclude_columns": ("colour", "other")}
                )
            }
        ),
        paints.keys,
        paints.attributes,
    )
    rows = back([b'{"Item":{"mix":{"S":"#FF0000#00FF00"},"id":{"S":"a"}}}'])
    assert rows.frame.select(pl.col(column.name) for column in columns).row(0) == ("#FF0000", "#00FF00")


def test_registered_type_is_written_in_its_format(paints: Dataset) -> None:
    dated = [column.model_copy(update={"date_format": "YYYYMMdd HH:mm:ss"}) for column in paints.columns[1:]]
    frame = csv_rows(pl.DataFrame({"colour": "#AA", "other": "#BB"}), dated, paints.csv, Problems())
    assert frame.row(0) == ("#aa", "#bb")


def test_registered_type_is_converted_for_an_import(paints: Dataset) -> None:
    assert any("colour" in reason for reason in conversion_reasons(paints))


def test_registered_type_is_no_type_of_dms_where_it_says_so(paints: Dataset) -> None:
    with pytest.raises(InputError) as caught:
        paints.refuse_dms()
    assert caught.value.where.endswith("columns[1].type")


def test_registered_type_is_in_the_schema_and_asks_for_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(column_types(), "COLOUR", COLOUR)
    assert "COLOUR" in DatasetModel.model_json_schema()["$defs"]["Column"]["properties"]["type"]["enum"]
    with pytest.raises(ValueError, match="a COLOUR column needs `length`"):
        Column(name="c", type="COLOUR")


def test_column_types_are_those_of_dms_and_json() -> None:
    assert list(column_types()) == [
        "BLOB", "BOOLEAN", "BYTE", "CLOB", "DATE", "DATETIME", "INT1", "INT2", "INT4", "INT8", "JSON",
        "NUMERIC", "REAL4", "REAL8", "STRING", "TIME", "UINT1", "UINT2", "UINT4", "UINT8",
    ]  # fmt: skip


def test_docs_name_every_column_type() -> None:
    _, _, rest = DOCS.read_text().partition("## Column types")
    cells = re.findall(r"^\| (`[^|]*) \|", rest.partition("\n## ")[0], re.MULTILINE)
    assert sorted(re.findall(r"`([A-Z0-9]+)`", " ".join(cells))) == list(column_types())
