"""What is left of a stack: after a destroy nothing but what is named, after a closed window the tables."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.account import IMPORT_LOGS, ROLES, inventory
from tests.e2e.clone import Clone, Run

pytestmark = pytest.mark.xdist_group("teardown")

STACK = "leaving"
UP = f"pulumi up --stack {STACK} --yes --skip-preview"
DESTROY = f"pulumi destroy --stack {STACK} --yes --skip-preview"
PEOPLE, EVENTS = f"dynamodb-bulk-{STACK}-people", f"dynamodb-bulk-{STACK}-customer-events"
PARAMETER = f"/dynamodb-bulk/{STACK}/tables/customer-events"
BY_DMS = {"dataset": "people/dataset.yaml", "method": "dms"}
BY_PUT = {"dataset": "people/dataset.yaml", "method": "bulk_put"}
BY_IMPORT_OF_PEOPLE = {"dataset": "people/dataset.yaml", "method": "native"}
BY_IMPORT = {"dataset": "examples/customer-events/dataset.yaml", "method": "native"}
BY_BULK_PUT = {
    "dataset": "examples/price-updates/dataset.yaml",
    "method": "bulk_put",
    "into": "customer-events",
}


@pytest.fixture(scope="module")
def empty(clone: Clone) -> Iterator[Clone]:
    """The clone with an account in which nothing was ever made."""
    clone.run(".venv/bin/bulk", "local", "down")
    assert clone.run(".venv/bin/bulk", "local", "up").code == 0
    assert inventory(clone) == set()
    assert clone.literal(f"pulumi stack init {STACK}").code == 0
    yield clone
    clone.literal(f"pulumi stack rm {STACK} --yes")


def settle(clone: Clone, *loads: dict[str, Any], **settings: str) -> None:
    """Write the stack's settings."""
    written = clone.settings()
    given = {f"bulk:{name}": value for name, value in settings.items()}
    written["config"] |= {"bulk:loads": list(loads), **given}
    (clone.folder / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(written))


def fill(folder: Path, people: int) -> None:
    """A file of so many people."""
    (folder / "a.csv").write_text("".join(f"k{number}|{number % 90}\n" for number in range(people)))


def run(clone: Clone, command: str) -> Run:
    """A command that must end well."""
    ended = clone.literal(command)
    assert ended.code == 0, ended.output
    return ended


def left(clone: Clone) -> set[str]:
    """What is in the account besides what belongs to it."""
    return inventory(clone) - ROLES - {IMPORT_LOGS}


def wait(reached: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 120
    while not reached():
        assert time.monotonic() < give_up, "not reached in time"
        time.sleep(0.05)


def statuses(clone: Clone) -> set[str]:
    tasks = clone.client("dms").describe_replication_tasks()["ReplicationTasks"]
    return {task["Status"] for task in tasks}


def imports(clone: Clone) -> list[str]:
    """The statuses of all imports."""
    found = clone.client("dynamodb").list_imports(PageSize=25)["ImportSummaryList"]
    return [each["ImportStatus"] for each in found]


def newest_put(clone: Clone) -> dict[str, Any]:
    found = clone.client("dynamodb").list_bulk_operations(MaxResults=1)["BulkOperationsSummaryList"]
    return found[0]


def test_window_when_closed_leaves_the_tables_and_when_opened_loads_nothing_again(
    empty: Clone, dataset: Path
) -> None:
    loads = (BY_DMS, BY_IMPORT | {"reload": "replace"}, BY_BULK_PUT)
    settle(empty, *loads)
    run(empty, UP)
    events = empty.client("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Value"]
    dynamodb = empty.client("dynamodb")
    for table, key in ((PEOPLE, {"id": {"S": "p1"}}), (events, {"PK": {"S": "ours"}, "SK": {"S": "1"}})):
        dynamodb.put_item(TableName=table, Item={**key, "changed": {"S": "since"}})
    items = empty.items(PEOPLE), empty.items(events)

    settle(empty, *loads, window="closed")
    run(empty, UP)
    (bucket,) = [name.partition(" ")[2] for name in left(empty) if name.startswith("bucket ")]
    assert left(empty) == {f"table {PEOPLE}", f"table {events}", f"bucket {bucket}", f"parameter {PARAMETER}"}
    kept = empty.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert {each["Key"].partition("/")[0] for each in kept} == {"runs", "reports"}
    assert (empty.items(PEOPLE), empty.items(events)) == items
    status = run(empty, f"bulk status --stack {STACK}").output
    assert status.count("good") == 3
    closed = empty.literal(f"bulk watch people --stack {STACK}")
    assert closed.code == 2
    assert "its window is closed; set `bulk:window` to open and run `pulumi up`" in closed.output

    settle(empty, *loads)
    opened = run(empty, UP).output
    assert "3 rows loaded before; nothing has changed since" in opened
    assert "130 items loaded before; nothing has changed since" in opened
    assert (empty.items(PEOPLE), empty.items(events)) == items
    assert statuses(empty) == {"ready"}, "the new task has not run"


def test_destroy_after_each_kind_of_load_leaves_nothing(empty: Clone, dataset: Path) -> None:
    assert f"table {PEOPLE}" in left(empty)
    run(empty, DESTROY)
    assert inventory(empty) == ROLES


def test_destroy_while_a_task_runs_stops_it_and_leaves_nothing(empty: Clone, dataset: Path) -> None:
    fill(dataset, 400_000)
    settle(empty, BY_DMS | {"wait": False})
    run(empty, UP)
    assert statuses(empty) <= {"starting", "running"}
    run(empty, DESTROY)
    assert inventory(empty) == ROLES


def test_destroy_while_a_bulk_put_runs_cancels_it_and_leaves_nothing(empty: Clone, dataset: Path) -> None:
    before = inventory(empty)
    fill(dataset, 40_000)
    settle(empty, BY_PUT | {"wait": False, "max_write_request_units": 1024})
    run(empty, UP)
    put = newest_put(empty)
    assert put["BulkOperationStatus"] == "IN_PROGRESS"
    run(empty, DESTROY)
    assert newest_put(empty)["BulkOperationStatus"] == "CANCELLED"
    assert inventory(empty) == before <= ROLES


def test_destroy_after_an_up_that_died_while_it_imported_waits_for_the_import_and_leaves_nothing(
    empty: Clone, dataset: Path
) -> None:
    fill(dataset, 60_000)
    settle(empty, BY_IMPORT_OF_PEOPLE)
    killed = empty.begin(UP)
    wait(lambda: "IN_PROGRESS" in imports(empty))
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert "IN_PROGRESS" in imports(empty), "it was killed in the middle"

    assert "cleared the lock" in empty.run(".venv/bin/bulk", "local", "up").output
    run(empty, DESTROY)
    assert "IN_PROGRESS" not in imports(empty)
    assert left(empty) == set()


def test_destroy_when_killed_is_finished_by_the_next(empty: Clone, dataset: Path) -> None:
    settle(empty, BY_DMS, BY_IMPORT)
    run(empty, UP)
    killed = empty.begin(DESTROY)
    wait(lambda: not statuses(empty))
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert left(empty), "it was killed in the middle"

    assert "cleared the lock" in empty.run(".venv/bin/bulk", "local", "up").output
    run(empty, DESTROY)
    assert inventory(empty) == ROLES


def test_destroy_after_a_failed_import_deletes_its_table_and_error_log(empty: Clone, dataset: Path) -> None:
    (dataset / "dataset.yaml").write_text(
        "name: people\n"
        "source: {format: dynamodb_json, files: ['*.json']}\n"
        "table: {partition_key: {name: id}}\n"
    )
    (dataset / "a.json").write_text('{"Item":{"id":{"S":"1"}}}\n{"Item":{"no":{"S":"2"}}}\n')
    settle(empty, {"dataset": "people/dataset.yaml", "method": "native"})
    assert empty.literal(UP).code != 0
    assert f"table {PEOPLE}" in left(empty)
    assert [name for name in left(empty) if name.startswith("log stream /aws-dynamodb/imports")]
    run(empty, DESTROY)
    assert inventory(empty) == {*ROLES, IMPORT_LOGS}
    named = empty.literal("bulk leftovers")
    assert named.code == 1
    assert "log group /aws-dynamodb/imports: made by the account's first import" in named.output
    assert "log group /aws-dynamodb/imports: deleted" in run(empty, "bulk leftovers --delete --yes").output
    assert inventory(empty) == ROLES


def test_destroy_in_production_changes_nothing_and_reports_the_two_steps(empty: Clone, dataset: Path) -> None:
    settle(empty, BY_IMPORT, BY_BULK_PUT, environment="production")
    run(empty, UP)
    before = inventory(empty)
    refused = empty.literal(DESTROY)
    assert refused.code != 0
    assert (
        "nothing was destroyed: this stack is in production, and its tables are protected" in refused.output
    )
    assert "set bulk:window to closed and bulk:environment to staging" in refused.output
    assert inventory(empty) == before
    table = empty.client("dynamodb").describe_table(TableName=EVENTS)["Table"]
    assert table["DeletionProtectionEnabled"]

    settle(empty, BY_IMPORT, BY_BULK_PUT, environment="staging", window="closed")
    run(empty, UP)
    assert len(empty.items(EVENTS)) == 131
    run(empty, DESTROY)
    assert inventory(empty) == ROLES
