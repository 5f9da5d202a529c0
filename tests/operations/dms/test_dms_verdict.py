"""A load is good only when every row is accounted for."""

from typing import Any

from operations.dms.state import TableCounts, TaskState
from operations.dms.verdict import judge


def task(**changes: Any) -> TaskState:
    counts: dict[str, Any] = {"loaded": 10, "condition_failed": 0, "errors": 0, "state": "Table completed"}
    table = TableCounts(
        table="shop.orders", **{**counts, **{key: changes.pop(key) for key in counts if key in changes}}
    )
    finished: dict[str, Any] = {
        "status": "stopped",
        "stop_reason": "Stop Reason FULL_LOAD_ONLY_FINISHED",
        "has_run": True,
        "tables": (table,),
    }
    return TaskState(**{**finished, **changes})


def test_verdict_when_every_row_is_loaded_is_good() -> None:
    assert judge(task(), 10).good


def test_verdict_when_the_condition_refused_the_others_is_good() -> None:
    assert judge(task(loaded=7, condition_failed=3), 10).good


def test_verdict_when_rows_were_dropped_fails_although_the_task_finished() -> None:
    assert judge(task(loaded=8, errors=2), 10).reasons == ("2 of 10 rows rejected",)


def test_verdict_when_rows_are_missing_without_an_error_fails_with_the_counts() -> None:
    assert judge(task(loaded=9), 10).reasons == (
        "the files hold 10 rows, but DMS accounts for 9 (9 loaded, 0 refused by the condition, 0 rejected)",
    )


def test_verdict_when_the_task_failed_repeats_what_dms_said() -> None:
    failed = task(status="failed", stop_reason="Stop Reason FATAL_ERROR", failure="Role has no access")
    assert judge(failed, 10).reasons == ("the task is failed: Role has no access",)


def test_verdict_when_stopped_by_hand_is_not_finished() -> None:
    assert not judge(task(stop_reason="Stop Reason NORMAL"), 10).good


def test_verdict_when_a_table_errored_names_it() -> None:
    reasons = judge(task(state="Table error", tables_errored=1), 10).reasons
    assert reasons == (
        "1 table(s) ended in error",
        "table shop.orders is 'Table error', not 'Table completed'",
    )


def test_verdict_when_no_table_was_loaded_fails_even_for_empty_files() -> None:
    assert judge(task(tables=()), 0).reasons == ("DMS loaded no table",)


RUNNING: dict[str, Any] = {"status": "running", "stop_reason": "", "applies": True}


def test_verdict_when_changes_are_applied_after_a_whole_full_load_is_good() -> None:
    assert judge(task(**RUNNING, full_load_over=True), 10).good


def test_verdict_when_changes_are_applied_but_the_full_load_dropped_rows_fails() -> None:
    running = task(**RUNNING, full_load_over=True, loaded=8, errors=2)
    assert judge(running, 10).reasons == ("2 of 10 rows rejected",)


def test_verdict_when_the_full_load_before_the_changes_is_not_over_fails() -> None:
    assert not judge(task(**RUNNING), 10).good


def test_verdict_of_changes_alone_is_that_they_are_applied() -> None:
    assert judge(task(**RUNNING, loads=False, tables=()), 0).good
    stopped = task(applies=True, loads=False, stop_reason="Stop Reason FATAL_ERROR", tables=())
    assert judge(stopped, 0).reasons == ("the task is stopped: Stop Reason FATAL_ERROR",)
