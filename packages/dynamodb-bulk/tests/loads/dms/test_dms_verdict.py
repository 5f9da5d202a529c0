"""A load is good only when every row is accounted for."""

from typing import Any

import pytest

from dynamodb_bulk.loads.dms.run import judge
from dynamodb_bulk.loads.dms.task import TableCounts, TaskState
from dynamodb_bulk.loads.verdict import Counted


def task(**changes: Any) -> TaskState:
    counts: dict[str, Any] = {"loaded": 10, "condition_failed": 0, "errors": 0, "state": "Table completed"}
    table = TableCounts(
        table="shop.orders", **{**counts, **{key: changes.pop(key) for key in counts if key in changes}}
    )
    finished: dict[str, Any] = {
        "status": "stopped",
        "stop_reason": "Stop Reason FULL_LOAD_ONLY_FINISHED",
        "started": "2026-01-01T00:00:00+00:00",
        "tables": (table,),
    }
    return TaskState(**{**finished, **changes})


def test_verdict_when_every_row_is_loaded_is_good() -> None:
    assert judge(task(), Counted(rows=10)).good


def test_verdict_when_the_condition_of_the_others_failed_is_good() -> None:
    assert judge(task(loaded=7, condition_failed=3), Counted(rows=10)).good


def test_verdict_when_rows_were_dropped_fails_although_the_task_finished() -> None:
    assert judge(task(loaded=8, errors=2), Counted(rows=10)).reasons == ("2 of 10 rows rejected",)


def test_verdict_when_rows_are_missing_without_an_error_fails_with_the_counts() -> None:
    assert judge(task(loaded=9), Counted(rows=10)).reasons == (
        "the files hold 10 rows, but AWS accounts for 9 (9 written, 0 condition failed, 0 rejected)",
    )


def test_verdict_reports_the_message_of_dms_when_the_task_failed() -> None:
    failed = task(status="failed", stop_reason="Stop Reason FATAL_ERROR", failure="Role has no access")
    assert judge(failed, Counted(rows=10)).reasons == ("the task is failed: Role has no access",)


def test_verdict_when_stopped_by_hand_is_not_finished() -> None:
    assert not judge(task(stop_reason="Stop Reason NORMAL"), Counted(rows=10)).good


def test_verdict_when_a_table_errored_names_it() -> None:
    reasons = judge(task(state="Table error", tables_errored=1), Counted(rows=10)).reasons
    assert reasons == (
        "1 table(s) ended in error",
        "table shop.orders is 'Table error', not 'Table completed'",
    )


def test_verdict_when_no_table_was_loaded_fails() -> None:
    reasons = judge(task(tables=()), Counted(rows=0)).reasons
    assert reasons == ("DMS loaded no table", "the files hold no rows")


def test_verdict_when_a_key_occurs_twice_fails_though_every_row_was_loaded() -> None:
    reasons = judge(task(), Counted(rows=10, duplicates=1)).reasons
    assert reasons == ("1 of 10 rows with a duplicate key",)


def test_verdict_when_the_files_are_empty_fails_though_the_task_finished() -> None:
    assert judge(task(loaded=0), Counted(rows=0)).reasons == ("the files hold no rows",)


RUNNING: dict[str, Any] = {"status": "running", "stop_reason": "", "applies": True}


def test_verdict_is_good_when_changes_are_applied_after_a_complete_full_load() -> None:
    assert judge(task(**RUNNING, full_load_over=True), Counted(rows=10)).good


def test_verdict_when_changes_are_applied_but_the_full_load_dropped_rows_fails() -> None:
    running = task(**RUNNING, full_load_over=True, loaded=8, errors=2)
    assert judge(running, Counted(rows=10)).reasons == ("2 of 10 rows rejected",)


def test_verdict_when_the_full_load_before_the_changes_is_not_over_fails() -> None:
    assert not judge(task(**RUNNING), Counted(rows=10)).good


def test_verdict_of_changes_alone_is_that_they_are_applied() -> None:
    assert judge(task(**RUNNING, loads=False, tables=()), Counted(rows=0)).good
    stopped = task(applies=True, loads=False, stop_reason="Stop Reason FATAL_ERROR", tables=())
    assert judge(stopped, Counted(rows=0)).reasons == ("the task is stopped: Stop Reason FATAL_ERROR",)


# The states of a task, why it stops, and the states of a table, as AWS documents them:
# https://docs.aws.amazon.com/dms/latest/APIReference/API_ReplicationTask.html and API_TableStatistics.html
@pytest.mark.parametrize(
    ("status", "busy"),
    [
        *((one, True) for one in ("creating", "starting", "running", "stopping")),
        *((one, True) for one in ("modifying", "moving", "testing")),
        *((one, False) for one in ("ready", "stopped", "failed", "failed-move", "deleting")),
    ],
)
def test_task_is_waited_for_while_its_status_is_one_of_work(status: str, busy: bool) -> None:
    assert task(status=status).busy is busy


@pytest.mark.parametrize(
    ("reason", "good", "good_with_changes"),
    [
        ("FULL_LOAD_ONLY_FINISHED", True, True),
        *((one, False, True) for one in ("STOPPED_AFTER_FULL_LOAD", "STOPPED_AFTER_CACHED_EVENTS")),
        *((one, False, True) for one in ("STOPPED_AT_SERVER_TIME", "STOPPED_AT_COMMIT_TIME")),
        *((one, False, False) for one in ("NORMAL", "RECOVERABLE_ERROR", "FATAL_ERROR", "RECYCLE_TASK")),
        *((one, False, False) for one in ("EXPRESS_LICENSE_LIMITS_REACHED", "STOPPED_AFTER_DDL_APPLY")),
        *((one, False, False) for one in ("STOPPED_DUE_TO_LOW_MEMORY", "STOPPED_DUE_TO_LOW_DISK")),
        ("RECONFIGURATION_RESTART", False, False),
    ],
)
def test_stop_is_an_end_only_for_a_reason_that_was_asked_for(
    reason: str, good: bool, good_with_changes: bool
) -> None:
    said = f"Stop Reason {reason}"
    assert judge(task(stop_reason=said), Counted(rows=10)).good is good
    assert judge(task(stop_reason=said, applies=True), Counted(rows=10)).good is good_with_changes


@pytest.mark.parametrize(
    "state",
    [
        *("Table does not exist", "Before load", "Full load", "Table cancelled", "Table error"),
        "Table is being reloaded",
    ],
)
def test_table_in_any_state_but_completed_is_no_good_load(state: str) -> None:
    (reason,) = judge(task(state=state), Counted(rows=10)).reasons
    assert reason == f"table shop.orders is {state!r}, not 'Table completed'"
