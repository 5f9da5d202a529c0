"""An export becomes files that are complete, exact and typed, or none."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bulk_testing.made import make_export, opened, person
from bulk_testing.record_files import read_items, record_dataset
from dynamodb_bulk.conversion.convert import convert
from dynamodb_bulk.conversion.options import Format, Options
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.export.contents import exported_contents
from dynamodb_bulk.export.export_chain import chain_of
from dynamodb_bulk.export.output import Kind, Written
from dynamodb_bulk.export.to_files import export_to_files
from dynamodb_bulk.item_files.canonical import canonical_item
from dynamodb_bulk.sources.reading import local_files
from dynamodb_bulk.spec.errors import InputError

PEOPLE = """
name: people
source: {files: [nothing.csv], header: true, null_value: "-"}
columns:
  - {name: id, type: STRING, length: 8}
  - {name: age, type: INT2}
  - {name: paid, type: NUMERIC, precision: 38, scale: 4}
  - {name: born, type: DATE, date_format: "MM/dd/YYYY HH:mm:ss"}
  - {name: secret, type: STRING, length: 8}
table: {partition_key: {name: id}}
exclude: [secret]
"""
PAID = "1234567890123456789012345678901234.5678"


def people(folder: Path, text: str = PEOPLE) -> Dataset:
    (folder / "nothing.csv").write_text("")
    (folder / "dataset.yaml").write_text(text)
    return open_dataset(folder / "dataset.yaml")


def written(folder: Path, kind: Kind, *items: dict[str, Any], dataset: Dataset | None = None) -> Written:
    export = make_export(folder / "export", [items])
    return export_to_files(exported_contents(chain_of([opened(export)])), folder / "out", kind, dataset)


def rejects(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "out" / "rejects.jsonl").read_text().splitlines()]


def test_csv_has_the_dataset_s_format_and_all_digits(tmp_path: Path) -> None:
    item = person("a", 7, paid={"N": PAID}, born={"S": "2001-02-03"})
    found = written(tmp_path, "csv", item, person("b", 8), dataset=people(tmp_path))
    text = (tmp_path / "out" / "data" / "part-00001.csv").read_text()
    assert text == f"id,age,paid,born,secret\na,7,{PAID},02/03/2001,-\nb,8,-,-,-\n"
    assert (found.items, found.rows, found.rejected) == (2, 2, 0)
    assert found.lost == {"secret": "no attribute is made of it"}


def test_csv_is_a_dataset_whose_rows_are_the_items_again(tmp_path: Path) -> None:
    written(tmp_path, "csv", person("a", 7, born={"S": "2001-02-03"}), dataset=people(tmp_path))
    again = open_dataset(tmp_path / "out" / "dataset.yaml")
    assert [path.name for path in again.files] == ["part-00001.csv"]
    assert again.columns == people(tmp_path).columns


@pytest.mark.parametrize("kind", ["csv", "parquet", "ndjson"])
def test_files_are_a_dataset_whose_items_are_the_items_again(tmp_path: Path, kind: Kind) -> None:
    text = """
name: everything
source: {files: [nothing.csv], null_value: "-"}
columns:
  - {name: id, type: STRING, length: 40}
  - {name: large, type: NUMERIC, precision: 38, scale: 4}
  - {name: small, type: REAL8}
  - {name: count, type: UINT8}
  - {name: done, type: BOOLEAN}
  - {name: day, type: DATE, date_format: "MM/dd/YYYY HH:mm:ss"}
  - {name: moment, type: DATETIME, scale: 3}
  - {name: clock, type: TIME}
  - {name: data, type: BLOB}
  - {name: city, type: CLOB}
table: {partition_key: {name: PK}}
attributes: {PK: "P#${id}", address: {map: {city: "${city}", count: {number: "${count}"}}}}
exclude: [id, city]
"""
    everything = {
        "PK": {"S": 'P#é"\\'}, "large": {"N": PAID}, "small": {"N": "1E-130"}, "count": {"N": str(2**64 - 1)},
        "done": {"BOOL": False}, "day": {"S": "2001-02-03"}, "moment": {"S": "2001-02-03 04:05:06.780"},
        "clock": {"S": "04:05:06"}, "data": {"B": "AP8="},
        "address": {"M": {"city": {"S": "Köln"}, "count": {"N": str(2**64 - 1)}}},
    }  # fmt: skip
    little = {"PK": {"S": "P#b"}, "address": {"M": {}}}
    found = written(tmp_path, kind, everything, little, dataset=people(tmp_path, text))
    assert found.rejected == 0
    items, rejected = read_items(tmp_path / "out" / "dataset.yaml")
    assert rejected == []
    assert list(map(canonical_item, items)) == list(map(canonical_item, [everything, little]))


@pytest.mark.parametrize("form", ["dynamodb_json", "ion"])
def test_converted_records_are_the_items_again(tmp_path: Path, form: Format) -> None:
    path = record_dataset(tmp_path, f'{{"id":"é","n":{PAID},"l":[1,null,{{"a":true}}],"none":null}}')
    dataset = open_dataset(path)
    convert(dataset, local_files(dataset), tmp_path / "out", Options(format=form, compression="none"))
    again = tmp_path / "again.yaml"
    source = f"{{format: {form}, files: ['out/data/*']}}"
    again.write_text(f"{{name: again, source: {source}, table: {{partition_key: {{name: id}}}}}}")
    assert read_items(again) == read_items(path)
    assert read_items(path)[0][0]["n"] == {"N": PAID}


def test_parquet_is_typed_and_exact(tmp_path: Path) -> None:
    item = person("a", 7, paid={"N": PAID}, born={"S": "2001-02-03"})
    written(tmp_path, "parquet", item, dataset=people(tmp_path))
    frame = pl.read_parquet(tmp_path / "out" / "data" / "part-00001.parquet")
    assert frame.row(0) == ("a", 7, Decimal(PAID), date(2001, 2, 3), None)
    assert frame.schema["age"] == pl.Int16


def test_ndjson_with_columns_has_numbers_with_all_their_digits(tmp_path: Path) -> None:
    written(tmp_path, "ndjson", person("a", 7, paid={"N": PAID}), dataset=people(tmp_path))
    text = (tmp_path / "out" / "data" / "part-00001.json").read_text()
    assert text == f'{{"id":"a","age":7,"paid":{PAID}}}\n'


def test_ndjson_without_columns_has_the_items_unchanged(tmp_path: Path) -> None:
    written(tmp_path, "ndjson", person("a", 7))
    text = (tmp_path / "out" / "data" / "part-00001.json").read_text()
    assert json.loads(text) == {"Item": person("a", 7)}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"nick": {"S": "x"}}, "attribute nick is not made from a column"),
        ({"age": {"S": "seven"}}, "attribute age is S, a row writes N"),
        ({"age": {"N": "70000"}}, "column age: INT2 holds -32768 to 32767"),
        ({"born": {"S": "3 March"}}, "column born: not in the form"),
        ({"id": {"S": "-"}}, "column id: '-' cannot be distinguished from NULL"),
    ],
)
def test_item_that_is_not_a_row_is_kept_complete_with_the_reason(
    tmp_path: Path, more: dict[str, Any], reason: str
) -> None:
    item = {**person("a", 7), **more}
    found = written(tmp_path, "csv", item, person("b", 8), dataset=people(tmp_path))
    assert (found.items, found.rows, found.rejected) == (2, 1, 1)
    (reject,) = rejects(tmp_path)
    assert reason in reject["reason"]
    assert reject["item"] == {"Item": item}


def test_files_when_the_export_turns_out_damaged_have_no_name(tmp_path: Path) -> None:
    export = make_export(tmp_path / "export", [[person("a", 1)], [person("b", 2)]])
    other = make_export(tmp_path / "other", [[person("b", 3)]])
    (export / "data" / "export-1.json.gz").write_bytes((other / "data" / "other-0.json.gz").read_bytes())
    with pytest.raises(InputError, match="checksum"):
        export_to_files(exported_contents(chain_of([opened(export)])), tmp_path / "out", "ndjson", None)
    left = [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert [name for name in left if not name.endswith(".unfinished")] == []


def test_folder_when_it_holds_an_export_is_kept_unless_it_may_be_replaced(tmp_path: Path) -> None:
    written(tmp_path, "ndjson", person("a", 7))
    chain = chain_of([opened(tmp_path / "export")])
    with pytest.raises(InputError, match="holds an export already"):
        export_to_files(exported_contents(chain), tmp_path / "out", "ndjson", None)
    export_to_files(exported_contents(chain), tmp_path / "out", "ndjson", None, overwrite=True)


def test_folder_when_it_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="not a file of an export"):
        written(tmp_path, "ndjson", person("a", 7))
    assert (tmp_path / "out" / "thesis.tex").is_file()


def test_csv_of_a_table_without_columns_reports_what_to_use(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="name one with --dataset, or use ndjson"):
        written(tmp_path, "csv", person("a", 7))


def test_export_of_an_empty_table_is_a_file_without_rows(tmp_path: Path) -> None:
    found = written(tmp_path, "csv", dataset=people(tmp_path))
    assert (found.items, found.files) == (0, ("part-00001.csv",))
    assert (tmp_path / "out" / "data" / "part-00001.csv").read_text() == "id,age,paid,born,secret\n"


@pytest.mark.parametrize("kind", ["csv", "parquet", "ndjson"])
def test_files_keep_column_names_that_polars_reads_as_patterns(tmp_path: Path, kind: Kind) -> None:
    names = ["id", "^id$", "*"]
    columns = "".join(f"  - {{name: '{name}', type: STRING, length: 8}}\n" for name in names)
    text = f"""name: odd
source: {{files: [nothing.csv], header: true}}
columns:
{columns}table: {{partition_key: {{name: id}}}}
"""
    item = {name: {"S": f"text {place}"} for place, name in enumerate(names)}
    found = written(tmp_path, kind, item, dataset=people(tmp_path, text))
    [file] = (tmp_path / "out" / "data").iterdir()
    read = {"csv": pl.read_csv, "parquet": pl.read_parquet, "ndjson": pl.read_ndjson}[kind](file)
    assert (found.rows, found.rejected) == (1, 0)
    assert read.rows(named=True) == [{name: f"text {place}" for place, name in enumerate(names)}]
