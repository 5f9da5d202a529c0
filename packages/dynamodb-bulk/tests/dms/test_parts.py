"""How a dataset's files become several tables of one task."""

import json
from pathlib import Path
from typing import Any

import pytest

from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.loads.dms.loader import DMS
from dynamodb_bulk.spec.errors import InputError

DATASET = """\
name: order_items
source: {files: ["*.csv"]}
columns: [{name: id, type: STRING, length: 20}]
table: {partition_key: {name: id}}
"""
LOCATOR = {"schema-name": "shop", "table-name": "order_items"}
FILTER = [
    {
        "filter-type": "source",
        "column-name": "id",
        "filter-conditions": [{"filter-operator": "gte", "value": "b"}],
    }
]


def written(folder: Path, *sizes: int, dms: str = "parallel: 3", text: str = DATASET) -> Path:
    for number, size in enumerate(sizes):
        (folder / f"{number}.csv").write_bytes(b"x" * size)
    (folder / "dataset.yaml").write_text(f"{text}dms: {{{dms}}}\n")
    return folder / "dataset.yaml"


def rules_of(dataset: Dataset) -> list[dict[str, object]]:
    return json.loads(dataset.table_mappings("target"))["rules"]


def raw(folder: Path, *rules: dict[str, object], settings: dict[str, object] | None = None) -> Path:
    table = {
        "TableName": "order_items",
        "TablePath": "shop/order_items/",
        "TableOwner": "shop",
        "TableColumns": [{"ColumnName": "id", "ColumnType": "STRING", "ColumnLength": "9"}],
        "TableColumnsTotal": "1",
    }
    (folder / "definition.json").write_text(json.dumps({"TableCount": "1", "Tables": [table]}))
    (folder / "mappings.json").write_text(json.dumps({"rules": rules}))
    (folder / "settings.json").write_text(json.dumps(settings or {}))
    documents = (
        "external_table_definition: definition.json, table_mappings: mappings.json, "
        "task_settings: settings.json, parallel: 2"
    )
    return written(folder, 1, 1, dms=documents, text='source: {files: ["*.csv"]}\n')


def rule(kind: str, number: int, others: dict[str, Any], table: str = "order_items") -> dict[str, object]:
    return {
        "rule-type": kind,
        "rule-id": str(number),
        "rule-name": str(number),
        "object-locator": {"schema-name": "shop", "table-name": table},
        **others,
    }


SELECT = rule("selection", 1, {"rule-action": "include"})
MAP = rule(
    "object-mapping",
    9,
    {
        "rule-action": "map-record-to-record",
        "target-table-name": "t",
        "mapping-parameters": {"partition-key-name": "id"},
    },
)


def test_parts_hold_every_file_once_and_differ_little_in_size(tmp_path: Path):
    dataset = open_dataset(written(tmp_path, 50, 10, 60, 20, 40, 0))
    files = [[file.name for file in part.files] for part in dataset.parts]
    assert files == [["2.csv", "5.csv"], ["0.csv", "1.csv"], ["3.csv", "4.csv"]]


def test_parts_have_tables_and_folders_of_their_own(tmp_path: Path):
    dataset = open_dataset(written(tmp_path, 1, 1))
    tables = json.loads(dataset.external_table_definition())["Tables"]
    assert [(table["TableName"], table["TablePath"]) for table in tables] == [
        ("order_items-1", "import/order_items/1/"),
        ("order_items-2", "import/order_items/2/"),
    ]


def test_parts_of_one_file_are_the_table_itself(tmp_path: Path):
    with_parallel = open_dataset(written(tmp_path, 1))
    without = open_dataset(written(tmp_path, 1, dms="parallel: 1"))
    assert with_parallel.external_table_definition() == without.external_table_definition()
    assert with_parallel.table_mappings("t") == without.table_mappings("t")


def test_mappings_select_and_map_each_part_exactly(tmp_path: Path):
    rules = rules_of(open_dataset(written(tmp_path, 1, 1)))
    named = [(rule["rule-type"], rule["rule-action"], rule["object-locator"]) for rule in rules]
    tables = [{"schema-name": "import", "table-name": f"order_items-{number}"} for number in (1, 2)]
    assert named == [
        *(("selection", "explicit", table) for table in tables),
        *(("object-mapping", "map-record-to-record", table) for table in tables),
    ]
    assert [rule["rule-id"] for rule in rules] == ["1", "2", "3", "4"]
    assert {rule.get("target-table-name") for rule in rules} == {None, "target"}


def test_mappings_of_documents_keep_filters_and_leave_out_other_tables(tmp_path: Path):
    every = rule("selection", 1, {"rule-action": "include"}, "%")
    ours = rule("selection", 2, {"rule-action": "include", "filters": FILTER})
    other = rule("selection", 3, {"rule-action": "exclude"}, "others")
    with pytest.raises(InputError):  # AWS does not document the sum of the first two
        open_dataset(raw(tmp_path, every, ours, other, MAP))
    rules = rules_of(open_dataset(raw(tmp_path, ours, other, MAP)))
    assert [(one["rule-type"], one.get("filters")) for one in rules] == [
        ("selection", FILTER),
        ("selection", FILTER),
        ("object-mapping", None),
        ("object-mapping", None),
    ]


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("FullLoadSettings", "MaxFullLoadSubTasks", 1),
        ("FullLoadSettings", "TargetTablePrepMode", "DROP_AND_CREATE"),
    ],
)
def test_settings_that_do_not_go_with_parts_are_refused_by_name(
    tmp_path: Path, section: str, key: str, value: object
):
    path = raw(tmp_path, SELECT, MAP, settings={section: {key: value}})
    with pytest.raises(InputError) as error:
        open_dataset(path)
    assert error.value.where.endswith(f"settings.json: {section}.{key}")


def test_settings_generated_load_every_part_at_once_with_threads_and_buffer(tmp_path: Path):
    dms = "parallel: 20, parallel_load_threads: 16, parallel_load_buffer_size: 200"
    settings = open_dataset(written(tmp_path, 1, dms=dms)).task_settings
    metadata = settings["TargetMetadata"]
    assert settings["FullLoadSettings"]["MaxFullLoadSubTasks"] == 20
    assert (metadata["ParallelLoadThreads"], metadata["ParallelLoadBufferSize"]) == (16, 200)


@pytest.mark.parametrize(
    ("dms", "key"),
    [
        ("parallel: 50", "parallel"),
        ("parallel: 2, migration_type: full-load-and-cdc, cdc_path: changes/", "parallel"),
        ("parallel_load_threads: 201", "parallel_load_threads"),
        ("parallel_load_buffer_size: 100", "parallel_load_buffer_size"),
        ("parallel_load_threads: 2, task_settings: settings.json", "parallel_load_threads"),
    ],
)
def test_dataset_with_a_setting_that_dms_cannot_follow_is_refused_at_its_key(
    tmp_path: Path, dms: str, key: str
):
    with pytest.raises(InputError) as error:
        open_dataset(written(tmp_path, 1, dms=dms))
    assert error.value.where.endswith(f"dms.{key}")


def test_dataset_with_parallel_and_files_in_s3_is_refused_with_the_fix(tmp_path: Path):
    text = DATASET.replace('files: ["*.csv"]', "location: s3://some-bucket/import/order_items/")
    with pytest.raises(InputError) as error:
        open_dataset(written(tmp_path, text=text))
    assert error.value.where.endswith("dms.parallel")


def test_dataset_with_fewer_files_than_tables_is_warned_of(tmp_path: Path):
    few, enough = open_dataset(written(tmp_path, 1)), open_dataset(written(tmp_path, 1, 1, 1))
    assert any("dms.parallel" in warning for warning in DMS.warnings(few))
    assert not any("dms.parallel" in warning for warning in DMS.warnings(enough))
    text = DATASET.replace('files: ["*.csv"]', "location: s3://some-bucket/import/order_items/")
    in_s3 = written(tmp_path, dms="", text=text)
    assert not any("dms.parallel" in warning for warning in DMS.warnings(open_dataset(in_s3)))
