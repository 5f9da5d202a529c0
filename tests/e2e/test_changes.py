"""Loads of each migration type of DMS in one deployment: files of changes arrive, a task is stopped.

Two full loads share a task, until one of them goes, and two loads with changes another.
"""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.e2e.clone import Clone
from tests.e2e.conftest import new_stack
from tests.e2e.stack import Stack

EXAMPLE = "stock-changes"
TYPES = {"full-load": "once", "full-load-and-cdc": "stock", "cdc": "news"}
BESIDE = "again"  # shares the task of the first
PACKED = "packed"  # Parquet that DMS wrote
PAIR = ("left", "right")  # apply changes by one task
APPLYING = "changes are applied as their files arrive"
OF_CHANGES = "I,{0},import,D-400,OSLO,1\nU,{0},import,D-400,OSLO,2\nI,{0},import,E-500,ROME,3\n"


@pytest.fixture(scope="module")
def stream(clone: Clone) -> Iterator[Stack]:
    """A stack with a load of each type, on one replication instance."""
    example = clone.folder / "examples" / EXAMPLE
    made = [_of_type(clone.folder / name, example, name, kind) for kind, name in TYPES.items()]
    made.append(_of_type(clone.folder / BESIDE, example, BESIDE, "full-load"))
    made.append(_of_parquet(clone.folder / PACKED))
    made += [_of_type(clone.folder / name, example, name, "full-load-and-cdc") for name in PAIR]
    clone.client("s3").create_bucket(
        Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    put(clone, "lake", "news/CDC00001.csv", OF_CHANGES.format("news"))
    stack = new_stack(clone)
    stack.settle(*_loads(BESIDE))
    up = stack.up()
    assert up.code == 0, up.output
    yield stack
    for folder in made:
        shutil.rmtree(folder)


def _loads(*beside: str) -> list[dict[str, Any]]:
    more = {
        "once": {"task": "fulls"},
        BESIDE: {"task": "fulls"},
        "news": {"wait_for": "CDC00001.csv"},
        "stock": {"write_units": 50},
        **{name: {"task": "pair"} for name in PAIR},
    }
    names = (*TYPES.values(), PACKED, *PAIR, *beside)
    return [{"dataset": f"{name}/dataset.yaml", "method": "dms", **more.get(name, {})} for name in names]


def _of_type(folder: Path, example: Path, name: str, kind: str) -> Path:
    """Write the example as a dataset of a migration type."""
    shutil.copytree(example, folder)
    text = (folder / "dataset.yaml").read_text().replace("name: stock\n", f"name: {name}\n")
    path = "{migration_type: full-load-and-cdc, cdc_path: changes/}"
    of_kind = {
        "full-load": "{migration_type: full-load}",
        "full-load-and-cdc": path,
        "cdc": f"{{migration_type: cdc, cdc_path: {name}}}",
    }[kind]
    text = text.replace(path, of_kind)
    if name == "stock":
        text = text.replace("table:\n", "table:\n  billing: {read: 3, write: 5}\n")
    if kind == "cdc":
        text = text.replace("files: [stock.csv]", f"location: s3://lake/import/{name}/")
    (folder / "dataset.yaml").write_text(text)
    return folder


def _of_parquet(folder: Path) -> Path:
    """Write the rows of a full load as Parquet."""
    _of_type(folder, folder.parent / "examples" / EXAMPLE, folder.name, "full-load")
    path = folder / "dataset.yaml"
    path.write_text(path.read_text().replace("files: [stock.csv]", "format: parquet, files: [stock.parquet]"))
    rows = pl.read_csv(folder / "stock.csv", has_header=False, new_columns=["sku", "warehouse", "pieces"])
    rows.write_parquet(folder / "stock.parquet")
    return folder


def put(clone: Clone, bucket: str, key: str, text: str) -> None:
    clone.client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode())


def verdicts(stack: Stack) -> dict[str, str]:
    rows = json.loads(stack.run("bulk status --json").output)
    return {row["load"]: row["verdict"] for row in rows}


def until(stack: Stack, **wanted: str) -> dict[str, str]:
    """Wait for the verdicts of loads; all verdicts then. Changes are applied some time after they arrive."""
    give_up = time.monotonic() + 60
    while not wanted.items() <= (found := verdicts(stack)).items():
        assert time.monotonic() < give_up, found
        time.sleep(0.5)
    return found


def numbers(stack: Stack, dataset: str) -> dict[str, str]:
    items = stack.items(dataset)
    return {f"{item['sku']['S']} {item['warehouse']['S']}": item["pieces"]["N"] for item in items}


def write_units(stack: Stack, dataset: str) -> int:
    described = stack.clone.client("dynamodb").describe_table(TableName=stack.table(dataset))
    return described["Table"]["ProvisionedThroughput"]["WriteCapacityUnits"]


LOADED = {"A-100 OSLO": "12", "A-100 ROME": "40", "B-200 OSLO": "7"}


def test_each_migration_type_loads_what_it_says(stream: Stack) -> None:
    assert numbers(stream, "once") == numbers(stream, "stock") == numbers(stream, BESIDE) == LOADED
    assert numbers(stream, PACKED) == LOADED
    assert [numbers(stream, name) for name in PAIR] == [LOADED, LOADED]
    assert write_units(stream, "stock") == 5
    assert numbers(stream, "news") == {"D-400 OSLO": "2", "E-500 ROME": "3"}
    found = until(stream, news=f"good; 2 inserts, 1 update applied; {APPLYING}")
    assert found["once"] == found[BESIDE] == "good"


def test_load_that_shares_its_task_is_reloaded_with_the_others_alone(stream: Stack) -> None:
    alone = stream.run("bulk reload once")
    assert alone.code == 2
    assert f"load once: DMS loads a task as a whole, and it shares one with {BESIDE}; " in alone.output
    both = stream.well("bulk reload once --whole-task").output
    assert [f"load {name}: 3 rows loaded in " in both for name in ("once", BESIDE)] == [True, True]


def test_loads_of_one_task_apply_their_own_changes_of_one_file(stream: Stack) -> None:
    of_both = "I,left,import,D-400,OSLO,1\nU,right,import,A-100,OSLO,2\nD,right,import,B-200,OSLO,7\n"
    put(stream.clone, stream.bucket, "pair/changes/CDC00001.csv", of_both)
    left, right = (f"good; {changes} applied; {APPLYING}" for changes in ("1 insert", "1 update, 1 delete"))
    until(stream, left=left, right=right)
    assert numbers(stream, "left") == {**LOADED, "D-400 OSLO": "1"}
    assert numbers(stream, "right") == {"A-100 OSLO": "2", "A-100 ROME": "40"}
    for name in PAIR:
        stream.well(f"bulk verify {name}")
    assert "stopped with right, which share its task; " in stream.well("bulk stop left").output
    stream.well("bulk resume right")
    until(stream, left=left)


def test_changes_that_arrive_are_applied_counted_and_verified_over_a_stop(stream: Stack) -> None:
    changes = (stream.clone.folder / "examples" / EXAMPLE / "changes/CDC00001.csv").read_text()
    put(stream.clone, stream.bucket, "stock/changes/CDC00001.csv", changes)
    until(stream, stock=f"good; 1 insert, 1 update, 1 delete applied; {APPLYING}")
    assert "stopped; 1 insert, 1 update, 1 delete applied" in stream.well("bulk stop stock").output
    put(stream.clone, stream.bucket, "stock/changes/CDC00002.csv", "D,stock,import,C-300,ROME,5\n")
    assert "1 change not applied yet; the task is stopped" in verdicts(stream)["stock"]
    stream.well("bulk resume stock")
    until(stream, stock=f"good; 1 insert, 1 update, 2 deletes applied; {APPLYING}")
    assert numbers(stream, "stock") == {"A-100 OSLO": "11", "A-100 ROME": "40"}
    stream.well("bulk verify stock")
    stream.well("bulk verify news")
    preview = stream.run("pulumi preview --expect-no-changes")
    assert preview.code == 0, preview.output


def test_up_that_is_killed_in_the_full_load_and_stopped_loads_again_and_changes_go_on(
    stream: Stack,
) -> None:
    with (stream.clone.folder / "stock/stock.csv").open("a") as rows:
        rows.write("F-600,ROME,9\n")
    with stream.clone.held() as waiting:
        killed = stream.begin()
        while not waiting():
            assert killed.poll() is None, stream.clone.ended(killed).output
            time.sleep(0.1)
        assert write_units(stream, "stock") == 50
        stream.clone.kill(killed)
        assert write_units(stream, "stock") == 50
        stream.well("bulk stop stock")
    assert write_units(stream, "stock") == 5
    assert "good" not in verdicts(stream)["stock"]
    stream.settle(*_loads())
    up = stream.up()
    assert up.code == 0, up.output
    found = verdicts(stream)
    assert found.keys() == {*TYPES.values(), PACKED, *PAIR}
    assert write_units(stream, "stock") == 5
    assert found["once"] == "good"
    assert numbers(stream, "stock")["F-600 ROME"] == "9"
    put(stream.clone, stream.bucket, "stock/changes/CDC00003.csv", "U,stock,import,F-600,ROME,8\n")
    give_up = time.monotonic() + 60
    while numbers(stream, "stock")["F-600 ROME"] != "8":
        assert time.monotonic() < give_up, verdicts(stream)
        time.sleep(0.5)
    assert verdicts(stream)["stock"].startswith("good; ")
    stream.well("bulk verify stock")


def test_destroy_ends_the_tasks_that_apply_changes(stream: Stack) -> None:
    assert stream.destroy().code == 0
