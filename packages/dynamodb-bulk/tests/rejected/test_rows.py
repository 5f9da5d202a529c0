"""Which rows of a load did not arrive, by what the files and the table hold, and why."""

import json
from pathlib import Path

import pytest

from bulk_testing.fast_stage import BAD, LOAD, FastMethod, FastStage, lines
from bulk_testing.interrupted import Walk
from bulk_testing.lost import deny
from dynamodb_bulk.aws.scan import Pace
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.stack_loads import StackLoads
from dynamodb_bulk.rejected.rows import RejectedRow, rejected_rows
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from local_aws.testing.stage import Stage


@pytest.fixture
def there(server: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    return Stage(server, "ap-northeast-3")


def rejected(fast: FastStage, digest: str = "one") -> list[RejectedRow]:
    load = fast.load(digest).load
    stack = StackLoads(aws=fast.aws, loads=(load,))
    return list(rejected_rows(load, stack, lambda _: None, Pace(None), pytest.fail))


def loaded(there: Stage, folder: Path, method: FastMethod, text: str, condition: str = "") -> FastStage:
    fast = FastStage(there, folder, method, condition=condition)
    fast.fill("one", text)
    return fast


@pytest.mark.parametrize("method", ["native", "bulk_put"])
def test_no_row_is_rejected_when_the_load_is_good(there: Stage, tmp_path: Path, method: FastMethod) -> None:
    fast = loaded(there, tmp_path, method, lines(3, "new"))
    fast.run("one")
    assert rejected(fast) == []


def test_rows_beyond_a_broken_record_are_listed_when_the_import_did_not_read_them(
    there: Stage, tmp_path: Path
) -> None:
    fast = loaded(there, tmp_path, "native", lines(2, "new") + "{broken\n" + lines(4, "new"))
    with pytest.raises(LoadFailed):
        fast.run("one")
    found = rejected(fast)
    # The first two keys are in the table, from lines 1 and 2.
    assert [(row.line, row.what) for row in found] == [
        (3, "broken-record"),
        (6, "not in the table"),
        (7, "not in the table"),
    ]
    assert {row.reason for row in found[1:]} == {
        "the table does not hold its item: AWS does not read a file beyond a record that it cannot read"
    }


def test_items_that_bulk_put_rejected_are_listed_with_its_reason(there: Stage, tmp_path: Path) -> None:
    fast = loaded(there, tmp_path, "bulk_put", lines(2, "new") + BAD)
    with pytest.raises(LoadFailed):
        fast.run("one")
    assert [(row.line, row.what) for row in rejected(fast)] == [(3, "key-type")]


def test_item_that_vanished_from_the_table_is_listed_without_a_reason_of_aws(
    there: Stage, tmp_path: Path
) -> None:
    fast = loaded(there, tmp_path, "bulk_put", lines(3, "new"))
    fast.run("one")
    there.dynamodb.delete_item(TableName=fast.table, Key={"id": {"S": "k1"}})
    [row] = rejected(fast)
    assert (row.line, row.reason) == (2, "the table does not hold its item, and AWS reported no reason")


def test_row_that_dms_rejected_is_listed_with_the_reasons_of_its_task(there: Stage, tmp_path: Path) -> None:
    walk = Walk("dms", there, tmp_path / "orders")
    walk.change()
    walk.up()
    there.dynamodb.delete_item(TableName=walk.table, Key={"id": {"S": "b"}})
    load = walk.described()
    assert isinstance(load, TaskLoad)
    stack = StackLoads(aws=walk.aws, loads=(load,))

    warned = list[str]()

    def reasons() -> list[str]:
        return [row.reason for row in rejected_rows(load, stack, lambda _: None, Pace(None), warned.append)]

    assert reasons() == ["the table does not hold its item, and AWS reported no reason"]
    [task] = walk.aws.dms.describe_replication_tasks()["ReplicationTasks"]
    table, names = "awsdms_full_load_exceptions", ("TASK_NAME", "ERROR_TIME")
    there.dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=[
            {"AttributeName": "TASK_NAME", "KeyType": "HASH"},
            {"AttributeName": "ERROR_TIME", "KeyType": "RANGE"},
        ],
    )
    own = task.get("ReplicationTaskIdentifier", "")
    for time, name, error in (("1", own, "too long"), ("2", "another", "theirs"), ("3", own, "too long")):
        texts = {"TASK_NAME": name, "ERROR_TIME": time, "ERROR": error}
        there.dynamodb.put_item(TableName=table, Item={key: {"S": text} for key, text in texts.items()})
    assert reasons() == [
        "the table does not hold its item; AWS rejected rows, now or in an earlier run, and does not say "
        "which: too long (2 times)"
    ]
    assert warned == []

    deny(walk.aws.dynamodb, "Scan", b"awsdms_")
    assert reasons() == ["the table does not hold its item; AWS's reasons could not be read"]
    [line] = warned
    assert line.startswith("load orders: AWS's reasons could not be read: AWS refused Scan: AccessDenied")
    assert line.endswith("; allow it in the policies of the user or role that runs this")


def test_earlier_item_stays_unlisted_when_its_condition_failed(there: Stage, tmp_path: Path) -> None:
    new = json.dumps({"Item": {"id": {"S": "k0"}, "v": {"S": "new"}}}) + "\n"
    fast = loaded(there, tmp_path, "bulk_put", new, condition="attribute_not_exists(id)")
    there.dynamodb.put_item(TableName=fast.table, Item={"id": {"S": "k0"}, "v": {"S": "old"}})
    fast.record("one", 1, outcome={"good": True, "verdict": "good", "condition_failed": 1})
    assert rejected(fast) == []


def test_rows_are_refused_when_the_load_has_not_run_or_is_running(there: Stage, tmp_path: Path) -> None:
    fast = loaded(there, tmp_path, "bulk_put", lines(2, "new"))
    with pytest.raises(InputError, match="load orders: has not run"):
        rejected(fast)
    run = fast.record("one", 2)
    run.model_copy(update={"operation": fast.start("one", run.token, slowly=True)}).write(
        there.bucket, LOAD, fast.aws
    )
    with pytest.raises(InputError, match="load orders: has not ended: "):
        rejected(fast)
    assert RunRecord.read(there.bucket, LOAD, fast.aws)
