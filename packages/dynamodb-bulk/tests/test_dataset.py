"""A dataset file: what follows from it, and what a mistake in it says."""

import json
from pathlib import Path

import pytest

from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.spec.errors import InputError

MINIMAL = """\
name: orders
schema: shop
source: {files: ["*.csv"], delimiter: "|"}
columns:
  - {name: id, type: STRING, length: 20}
  - {name: total, type: NUMERIC, precision: 10, scale: 2}
table:
  partition_key: {name: id}
"""
RAW = """\
source: {files: ["*.csv"]}
dms:
  external_table_definition: definition.json
  table_mappings: mappings.json
  task_settings: settings.json
"""
DEFINITION = {
    "TableCount": "1",
    "Tables": [
        {
            "TableName": "test",
            "TablePath": "import/test/",
            "TableOwner": "import",
            "TableColumns": [
                {"ColumnName": "id", "ColumnType": "STRING", "ColumnIsPk": "true", "ColumnLength": "25"},
                {"ColumnName": "word", "ColumnType": "STRING", "ColumnLength": "20"},
            ],
            "TableColumnsTotal": "2",
        }
    ],
}
LOCATOR = {"schema-name": "import", "table-name": "test"}
MAPPINGS = {
    "rules": [
        {
            "rule-type": "selection",
            "rule-id": "1",
            "rule-name": "1",
            "rule-action": "include",
            "object-locator": LOCATOR,
        },
        {
            "rule-type": "object-mapping",
            "rule-id": "2",
            "rule-name": "2",
            "rule-action": "map-record-to-record",
            "object-locator": LOCATOR,
            "target-table-name": "test",
            "mapping-parameters": {
                "partition-key-name": "id",
                "attribute-mappings": [
                    {
                        "target-attribute-name": "word",
                        "attribute-type": "scalar",
                        "attribute-sub-type": "string",
                        "value": "$${word}",
                    }
                ],
            },
        },
    ]
}


def write(folder: Path, text: str) -> Path:
    (folder / "rows.csv").write_text("a|1\n")
    path = folder / "dataset.yaml"
    path.write_text(text)
    return path


def opened(folder: Path, text: str = MINIMAL) -> Dataset:
    return open_dataset(write(folder, text))


def raw(folder: Path, text: str = RAW, **documents: object) -> Dataset:
    written = {"definition": DEFINITION, "mappings": MAPPINGS, "settings": {}, **documents}
    for name, document in written.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    return opened(folder, text)


def mistake(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        opened(folder, text)
    return str(caught.value).replace(f"{folder}/", "")


def test_dataset_when_minimal_generates_all_documents(tmp_path: Path) -> None:
    dataset = opened(tmp_path)
    assert dataset.external_table.path == "shop/orders/"
    rules = json.loads(dataset.table_mappings("shop-dev-orders"))["rules"]
    assert [(rule["rule-type"], rule["rule-action"]) for rule in rules] == [
        ("selection", "explicit"),
        ("object-mapping", "map-record-to-record"),
    ]
    assert rules[1]["target-table-name"] == "shop-dev-orders"


def test_dataset_when_attributes_are_nested_maps_them_as_documents(tmp_path: Path) -> None:
    text = MINIMAL + 'attributes: {price: {map: {amount: {number: "${total}"}, of: "${id}"}}}\n'
    (rule,) = opened(tmp_path, text).object_mapping.mapping_parameters.attribute_mappings
    assert (rule.attribute_type, rule.attribute_sub_type) == ("document", "dynamodb-map")
    assert rule.value == {"M": {"amount": {"N": "${total}"}, "of": {"S": "${id}"}}}


def test_dataset_when_a_condition_is_given_names_and_values_are_always_sent(tmp_path: Path) -> None:
    dataset = opened(tmp_path, MINIMAL + "condition: attribute_not_exists(id)\n")
    parameters = json.loads(dataset.table_mappings("t"))["rules"][1]["mapping-parameters"]
    assert parameters["condition-expression"] == {
        "expression": "attribute_not_exists(id)",
        "expression-attribute-values": [],
        "expression-attribute-names": [],
    }


def test_dataset_reads_everything_from_documents_when_only_they_are_given(tmp_path: Path) -> None:
    dataset = raw(tmp_path)
    assert (dataset.name, dataset.external_table.owner) == ("test", "import")
    assert dataset.keys.partition.name == "id"
    assert dataset.keys.partition.type == "S"


def test_dataset_when_documents_are_escaped_unescapes_the_placeholders(tmp_path: Path) -> None:
    rule = raw(tmp_path).object_mapping.mapping_parameters.attribute_mappings[0]
    assert rule.value == "${word}"


def test_dataset_when_documents_name_read_only_log_settings_warns(tmp_path: Path) -> None:
    dataset = raw(tmp_path, settings={"Logging": {"CloudWatchLogGroup": None}})
    assert "CloudWatchLogGroup dropped" in dataset.warnings[0]
    assert dataset.task_settings == {"Logging": {}}


def test_dataset_when_the_task_would_drop_the_stacks_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="DROP_AND_CREATE would delete the table that this stack owns"):
        raw(tmp_path, settings={"FullLoadSettings": {"TargetTablePrepMode": "DROP_AND_CREATE"}})


def test_dataset_reports_that_case_matters_when_the_selection_misses_the_table(tmp_path: Path) -> None:
    other = json.loads(json.dumps(MAPPINGS).replace('"test"', '"TEST"'))
    with pytest.raises(InputError, match=r"no selection rule covers import\.test; names are case-sensitive"):
        raw(tmp_path, mappings=other)


def test_dataset_when_a_mapping_names_a_column_that_does_not_exist_suggests_the_nearest(
    tmp_path: Path,
) -> None:
    with pytest.raises(InputError, match=r"mappings\.json.*wrod.*word"):
        raw(tmp_path, mappings=json.loads(json.dumps(MAPPINGS).replace("$${word}", "$${wrod}")))


def test_dataset_when_no_rule_fills_a_key_is_refused(tmp_path: Path) -> None:
    said = mistake(tmp_path, MINIMAL.replace("{name: id}", "{name: PK}"))
    assert said.startswith("dataset.yaml")
    assert "PK" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "delimiter",
            "delimeter",
            "dataset.yaml, line 3: source.delimeter: unknown key; did you mean delimiter?",
        ),
        ("type: STRING", "type: STRNG", "line 5: columns[0].type: 'STRNG' is not one of"),
        ("type: STRING", "type: STRNG", "did you mean STRING?"),
        (", scale: 2", "", "line 6: columns[1]: a NUMERIC column needs `scale`"),
        ('"|"', "'\"|'", "line 3: source.delimiter: a delimiter is text without a quote"),
        (
            "precision: 10",
            "precision: ten",
            "line 6: columns[1].precision: expected a whole number, got 'ten'",
        ),
        ("  partition_key: {name: id}\n", "  {}\n", "table.partition_key: missing"),
        ('["*.csv"]', '["*.txt"]', "dataset.yaml: source.files: '*.txt' matches no file"),
        ("name: total", "name: id", "column id is named twice"),
        ("columns:", "columns: [", "not YAML"),
    ],
)
def test_dataset_when_a_key_or_value_is_wrong_names_line_key_and_remedy(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert said in mistake(tmp_path, MINIMAL.replace(old, new))


def test_dataset_when_a_document_is_missing_names_the_file(tmp_path: Path) -> None:
    assert mistake(tmp_path, RAW) == "definition.json: the file does not exist"


def test_dataset_when_the_location_is_in_s3_reads_the_folder_from_it(tmp_path: Path) -> None:
    text = MINIMAL.replace('files: ["*.csv"]', "location: s3://files/in/shop/orders")
    dataset = opened(tmp_path, text)
    assert (dataset.files, dataset.external_table.path) == ((), "in/shop/orders/")
    assert dataset.location is not None
    assert (dataset.location.bucket, dataset.folder_in_bucket) == ("files", "")


def test_dataset_warns_when_a_null_in_a_longer_template_is_possible(
    tmp_path: Path,
) -> None:
    dataset = opened(tmp_path, MINIMAL + 'attributes: {label: "no. ${total}"}\n')
    assert any(": unknown: what DMS writes where total is NULL" in warning for warning in dataset.warnings)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("more.csv", "'more.csv' is a folder; name the files in it, like more.csv/*"),
        ("*.csv", "'*.csv' matches the folder more.csv; name the files in it, like *.csv/*"),
    ],
)
def test_dataset_when_a_pattern_matches_a_folder_is_refused(tmp_path: Path, pattern: str, said: str):
    (tmp_path / "more.csv").mkdir()
    assert said in mistake(tmp_path, MINIMAL.replace("*.csv", pattern))
