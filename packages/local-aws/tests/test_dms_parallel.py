"""One dataset as several tables of a task: what DMS is told of them, and what it loads."""

from pathlib import Path

import pytest

from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.dms.definition import render_definition
from local_aws.testing.orders import ORDERS, object_mapping
from local_aws.testing.stage import Stage

DATASET = """\
name: orders
source: {files: ["*.csv"]}
columns:
  - {name: id, type: STRING, length: 20}
  - {name: total, type: NUMERIC, precision: 10, scale: 2}
  - {name: note, type: STRING, length: 50, nullable: true}
table:
  partition_key: {name: id}
condition: attribute_not_exists(id)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(10):
        rows = "".join(f"{number}-{row},{row},note {row}\n" for row in range(3 + number))
        (tmp_path / f"file{number}.csv").write_text(rows)
    (tmp_path / "file9.csv").write_text("9-0,1,x\n9-1,none,x\n")  # a row that is no item
    return tmp_path


def opened(folder: Path, parallel: int) -> Dataset:
    path = folder / f"dataset{parallel}.yaml"
    path.write_text(f"{DATASET}dms: {{parallel: {parallel}}}\n")
    return open_dataset(path)


def load(dataset: Dataset, stage: Stage) -> tuple[str, dict[str, dict[str, dict[str, str]]]]:
    """Load the dataset by a task; return the task and the table's items."""
    stage.make_bucket()
    for part in dataset.parts:
        for file in part.files:
            key = f"{part.table.path}{file.name}"
            stage.s3.put_object(Bucket=stage.bucket, Key=key, Body=file.read_bytes())
    table = stage.table()
    stage.dynamodb.put_item(TableName=table, Item={"id": {"S": "3-1"}, "note": {"S": "there before"}})
    task = stage.task(
        source=stage.source(ExternalTableDefinition=dataset.external_table_definition()),
        settings=dataset.task_settings,
        TableMappings=dataset.table_mappings(table),
    )
    stage.run(task)
    return task, stage.items(table)


def counts(task: str, stage: Stage) -> list[dict[str, int]]:
    return stage.dms.describe_table_statistics(ReplicationTaskArn=task)["TableStatistics"]


def total(tables: list[dict[str, int]], name: str) -> int:
    return sum(table[name] for table in tables)


def test_load_of_eight_tables_writes_the_same_items_as_that_of_one(stage: Stage, folder: Path):
    single, wanted = load(opened(folder, 1), stage)
    parallel, items = load(opened(folder, 8), Stage(stage.url, stage.region))
    one, eight = counts(single, stage), counts(parallel, stage)
    assert items == wanted
    assert (len(one), len(eight)) == (1, 8)
    for name in ("FullLoadRows", "FullLoadErrorRows", "FullLoadCondtnlChkFailedRows"):
        assert total(eight, name) == total(one, name) > 0
    assert {table["TableState"] for table in eight} == {"Table completed"}


def test_load_of_a_table_that_stops_the_task_leaves_the_others_uncompleted(stage: Stage):
    stage.files(LOAD001="a,x,no number\n")
    second = ORDERS.model_copy(update={"name": "later", "path": "import/later/"})
    body = "".join(f"b{row},1,x\n" for row in range(50_000)).encode()
    stage.s3.put_object(Bucket=stage.bucket, Key="import/later/LOAD001.csv", Body=body)
    source = stage.source(ExternalTableDefinition=render_definition([ORDERS, second]))
    settings = {
        "FullLoadSettings": {"MaxFullLoadSubTasks": 1},
        "ErrorBehavior": {"DataErrorPolicy": "STOP_TASK"},
    }
    task = stage.task(object_mapping(stage.table()), source=source, settings=settings)
    assert "STOP_TASK" in stage.run(task)["LastFailureMessage"]
    states = {table["TableName"]: table["TableState"] for table in counts(task, stage)}
    assert states == {"orders": "Table error", "later": "Before load"}
