"""A load by writes, from its files to its verdict."""

import json

import polars as pl
import pytest

from bulk_testing.writes_stage import DATASET, LOAD, WritesStage
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.source_check import Place
from dynamodb_bulk.loads.writes.loader import WRITES
from dynamodb_bulk.spec.errors import LoadFailed


def test_up_writes_every_row_and_judges_it(writes: WritesStage) -> None:
    writes.count(2_000)
    assert writes.up().startswith("2,000 items loaded in ")
    assert len(writes.items()) == 2_000
    status = writes.status()
    assert (status.rows_in_files, status.items_written, status.good) == (2_000, 2_000, True)
    assert writes.up() == "2,000 items loaded before; nothing has changed since"


def test_up_writes_changed_data_over_what_is_there(writes: WritesStage) -> None:
    writes.count(30)
    writes.up()
    writes.count(40, version=2)
    writes.up()
    assert set(writes.items().values()) == {2}
    assert writes.record().attempt == 2


def test_up_writes_nothing_when_more_rows_are_rejected_than_tolerated(writes: WritesStage) -> None:
    writes.rows(("a", 1, ""), ("b" * 21, 1, ""), ("c", 1, ""))
    with pytest.raises(LoadFailed, match="1 of 3 rows do not become items, and nothing was loaded"):
        writes.up()
    assert writes.items() == {}
    assert writes.status().good is False
    writes.rows(("a", 1, ""), ("c", 1, ""))
    writes.up()
    assert writes.status().good


def test_up_lists_a_rejected_row_that_is_tolerated(writes: WritesStage) -> None:
    writes.rows(("a", 1, ""), ("b" * 21, 1, ""), ("c", 1, ""))
    told = writes.up(tolerate=1)
    assert "1 rejected and tolerated" in told
    assert "tolerated: " in told
    assert "a.csv, line 3" in told
    assert set(writes.items()) == {"a", "c"}


def test_up_rejects_the_item_that_dynamodb_refuses_and_writes_the_others(writes: WritesStage) -> None:
    # An index that the dataset does not name: a text is too long to be its key.
    index = {
        "IndexName": "by-note",
        "KeySchema": [{"AttributeName": "note", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
        "ProvisionedThroughput": {"ReadCapacityUnits": 100, "WriteCapacityUnits": 100},
    }
    writes.stage.dynamodb.update_table(
        TableName=writes.table,
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "note", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexUpdates=[{"Create": index}],
    )
    rows = [(f"k{number}", 1, "fine") for number in range(60)]
    rows[20] = ("too-long", 1, "x" * 3_000)
    writes.rows(*rows)
    with pytest.raises(LoadFailed, match="1 of 60 rows rejected") as caught:
        writes.up()
    assert "a.csv, line 22: " in str(caught.value)
    assert len(writes.items()) == 59
    [(key, reason)] = WRITES.rejected_items(writes.load(), writes.aws)
    assert key == {"id": {"S": "too-long"}}
    assert reason.startswith("ValidationException: ")
    told = writes.up(tolerate=1)
    assert "1 rejected and tolerated" in told


def test_up_is_not_good_when_two_rows_have_one_key(writes: WritesStage) -> None:
    writes.rows(("a", 1, ""), ("b", 1, ""), ("a", 2, ""))
    with pytest.raises(LoadFailed, match="1 of 3 rows with a duplicate key"):
        writes.up()
    assert writes.items() == {"a": 2, "b": 1}


def test_condition_fails_for_items_that_are_newer(writes: WritesStage) -> None:
    writes.count(20, version=3)
    writes.up()
    writes.condition = "attribute_not_exists(id) OR version < ${version}"
    rows = [(f"k{number:06}", 2 if number < 5 else 4, "") for number in range(30)]
    writes.rows(*rows)
    assert "25 items loaded in " in writes.up()
    assert writes.status().condition_failed == 5
    found = writes.items()
    assert [found[f"k{number:06}"] for number in (0, 5, 29)] == [3, 4, 4]


def test_end_and_forgotten_load_leave_nothing_in_the_bucket(writes: WritesStage) -> None:
    writes.count(10)
    writes.up()
    WRITES.end(writes.aws, bucket=writes.stage.bucket, load=LOAD)
    listed = writes.stage.s3.list_objects_v2(Bucket=writes.stage.bucket)
    keys = {entry["Key"] for entry in listed["Contents"]}
    assert keys == {RunRecord.key(LOAD), f"reports/{LOAD}/journal.json"}


def test_up_fails_in_one_line_when_its_table_does_not_exist(writes: WritesStage) -> None:
    writes.count(10)
    with pytest.raises(LoadFailed, match="table nothing-here does not exist"):
        writes.up(table="nothing-here")


@pytest.mark.parametrize("name", ["rows.json", "rows.parquet", "items.ion", "items.dynamodb.json"])
def test_up_writes_files_of_every_format(writes: WritesStage, name: str) -> None:
    fields = "columns: [{name: id, type: STRING, length: 9}, {name: version, type: INT4}]"
    kinds = {"rows.json": ("json", fields), "rows.parquet": ("parquet", fields)}
    kind, more = kinds.get(name, ("ion" if name.endswith("ion") else "dynamodb_json", ""))
    rows = pl.DataFrame({"id": [f"k{number}" for number in range(300)], "version": [1] * 300})
    file = writes.folder / name
    match kind:
        case "json":
            rows.write_ndjson(file)
        case "parquet":
            rows.write_parquet(file)
        case "ion":
            file.write_text("".join(f'{{Item:{{id:"{key}",version:1.}}}}\n' for key in rows["id"]))
        case _:
            lines = (
                json.dumps({"Item": {"id": {"S": key}, "version": {"N": "1"}}}) + "\n" for key in rows["id"]
            )
            file.write_text("".join(lines))
    (writes.folder / "dataset.yaml").write_text(
        f"name: orders\nsource: {{format: {kind}, files: ['{name}']}}\n{more}\n"
        "table: {partition_key: {name: id}}\n"
    )
    assert writes.up().startswith("300 items loaded")
    assert len(writes.items()) == 300


def test_up_writes_files_in_s3_and_is_not_good_when_one_changed_meanwhile(writes: WritesStage) -> None:
    s3, bucket = writes.stage.s3, writes.stage.bucket
    for name in ("a", "b"):
        body = "id,version,note\n" + "".join(f"{name}{number},1,\n" for number in range(100))
        s3.put_object(Bucket=bucket, Key=f"in/{name}.csv", Body=body.encode())
    located = DATASET.replace("files: ['*.csv']", f"location: s3://{bucket}/in/")
    (writes.folder / "dataset.yaml").write_text(located)
    place = Place(bucket=bucket, prefix="in/")
    assert writes.up(place=place).startswith("200 items loaded")
    assert len(writes.items()) == 200
    s3.put_object(Bucket=bucket, Key="in/c.csv", Body=b"id,version,note\nc1,1,\n")

    def add(text: str) -> None:
        if text.startswith("counting"):
            s3.put_object(Bucket=bucket, Key="in/d.csv", Body=b"id,version,note\nd1,1,\n")

    with pytest.raises(LoadFailed, match=r"d\.csv"):
        writes.up(add, place=place)
