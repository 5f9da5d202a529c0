"""DMS documents of set-ups that exist: several tables, source filters, what AWS gives back."""

import json
from pathlib import Path
from typing import Any

import pytest

from dynamodb_bulk.conversion.convert import convert
from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.preflight.run import check_dataset
from dynamodb_bulk.requests.import_table import conversion_reasons
from dynamodb_bulk.sources.reading import local_files
from dynamodb_bulk.spec.errors import InputError


def table(name: str, *columns: str) -> dict[str, Any]:
    described = [{"ColumnName": one, "ColumnType": "INT4", "ColumnLength": None} for one in columns]
    return {
        "TableName": name,
        "TablePath": f"lab/{name}/",
        "TableOwner": "lab",
        "TableColumns": described,
        "TableColumnsTotal": len(columns),
    }


def rules(name: str, number: int, **selection: Any) -> list[dict[str, Any]]:
    locator = {"schema-name": "lab", "table-name": name, "table-type": "view"}
    return [
        {
            "rule-type": "selection",
            "rule-id": number,
            "rule-name": number,
            "object-locator": locator,
            "rule-action": "include",
            **selection,
        },
        {
            "rule-type": "object-mapping",
            "rule-id": number + 1,
            "rule-name": number + 1,
            "rule-action": "map-record-to-record",
            "object-locator": locator,
            "target-table-name": name.title(),
            "mapping-parameters": {
                "partition-key-name": "PK",
                "attribute-mappings": [{"target-attribute-name": "PK", "value": f"{name}#${{id}}"}],
            },
        },
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tables = [table("films", "id", "year"), table("cast", "id")]
    keeps = {
        "filter-type": "source",
        "column-name": "id",
        "filter-conditions": [{"filter-operator": "lte", "value": 2}, {"filter-operator": "eq", "value": 9}],
    }
    both = [*rules("films", 0, filters=[keeps]), *rules("cast", 2)]
    (tmp_path / "definition.json").write_text(json.dumps({"TableCount": 2, "Tables": tables}))
    (tmp_path / "mappings.json").write_text(json.dumps({"rules": both}))
    (tmp_path / "films.csv").write_text("1,1999\n2,2000\n3,2001\nx,2002\n9,2003\n")
    (tmp_path / "cast.csv").write_text("7\n")
    return tmp_path


def dataset(folder: Path, name: str | None, files: str = "films.csv") -> Dataset:
    path = folder / f"{name}.yaml"
    path.write_text(
        f"source: {{files: [{files}]}}\n"
        + (f"name: {name}\n" if name else "")
        + "dms: {external_table_definition: definition.json, table_mappings: mappings.json}\n"
    )
    return open_dataset(path)


def test_dataset_when_the_definition_has_several_tables_is_the_one_of_its_name(folder: Path) -> None:
    opened = dataset(folder, "cast", "cast.csv")
    assert [column.name for column in opened.columns] == ["id"]
    sent = json.loads(opened.table_mappings("physical"))["rules"]
    assert [(rule["rule-id"], rule.get("target-table-name")) for rule in sent] == [
        (0, None),
        (2, None),
        (3, "physical"),
    ]
    assert json.loads(opened.external_table_definition())["TableCount"] == "1"


@pytest.mark.parametrize(("name", "told"), [(None, "name: films"), ("film", "films")])
def test_dataset_when_its_name_is_none_of_several_tables_says_which_there_are(
    folder: Path, name: str | None, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        dataset(folder, name)


def test_rows_that_filters_leave_out_are_neither_rows_nor_rejected(folder: Path, tmp_path: Path) -> None:
    opened = dataset(folder, "films")
    report = check_dataset(opened, local_files(opened))
    assert (report.rows, report.items, report.filtered) == (4, 3, 1)
    manifest = convert(opened, local_files(opened), tmp_path / "out", Options())
    assert (manifest.rows, manifest.items, manifest.rejected) == (4, 3, 1)


def test_converted_files_when_a_filter_changed_are_of_another_input(folder: Path, tmp_path: Path) -> None:
    opened = dataset(folder, "films")
    first = convert(opened, local_files(opened), tmp_path / "one", Options()).fingerprint
    text = (folder / "mappings.json").read_text().replace('"value": 9', '"value": 3')
    (folder / "mappings.json").write_text(text)
    opened = dataset(folder, "films")
    assert convert(opened, local_files(opened), tmp_path / "two", Options()).fingerprint != first


def test_filters_that_dms_does_not_apply_are_a_warning(folder: Path) -> None:
    text = (folder / "mappings.json").read_text().replace('"include", "filters"', '"explicit", "filters"')
    (folder / "mappings.json").write_text(text)
    opened = dataset(folder, "films")
    report = check_dataset(opened, local_files(opened))
    assert (report.rows, report.findings["filters-without-effect"].count) == (5, 1)


def test_files_whose_rows_are_filtered_are_not_imported_unchanged(folder: Path) -> None:
    assert "source filters leave rows out" in conversion_reasons(dataset(folder, "films"))
    assert "source filters leave rows out" not in conversion_reasons(dataset(folder, "cast", "cast.csv"))


@pytest.mark.parametrize("kind", ["TIME", "BYTE", "BLOB"])
def test_column_of_a_type_that_dms_does_not_write_is_refused_at_its_rule(folder: Path, kind: str) -> None:
    document = json.loads((folder / "definition.json").read_text())
    document["Tables"][0]["TableColumns"][1] |= {"ColumnType": kind, "ColumnLength": "4"}
    (folder / "definition.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=f"column year: {kind} is not among the types that DMS writes"):
        dataset(folder, "films")
