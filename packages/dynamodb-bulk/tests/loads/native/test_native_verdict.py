"""An import is good only when every row is accounted for; AWS's COMPLETED and FAILED are not enough."""

from typing import Any

from bulk_testing.native_load import load
from dynamodb_bulk.loads.native.operation import ImportOperation
from dynamodb_bulk.loads.started import OperationState
from dynamodb_bulk.loads.verdict import Counted

judge = ImportOperation.judge


def state(**changes: Any) -> OperationState:
    good: dict[str, Any] = {"status": "COMPLETED", "ended": True, "processed": 10, "written": 10}
    return OperationState(**{**good, **changes})


def bad_items(errors: int, **changes: Any) -> OperationState:
    failed: dict[str, Any] = {"status": "FAILED", "failure_code": "ItemValidationError"}
    return state(**{**failed, "errors": errors, "written": 10 - errors, **changes})


def test_verdict_when_every_row_is_imported_is_good() -> None:
    assert judge(load(), state(), Counted(rows=10)).good


def test_verdict_when_items_are_bad_fails_with_the_count() -> None:
    assert judge(load(), bad_items(2), Counted(rows=10)).reasons == ("2 of 10 rows rejected",)


def test_verdict_when_no_more_are_bad_than_tolerated_is_good_although_aws_says_failed() -> None:
    assert judge(load(tolerate=2), bad_items(2), Counted(rows=10)).good


def test_verdict_reports_the_count_when_more_are_rejected_than_tolerated() -> None:
    reasons = judge(load(tolerate=1), bad_items(2), Counted(rows=10)).reasons
    assert reasons == ("2 of 10 rows rejected (1 tolerated)",)


def test_verdict_when_a_key_occurs_twice_fails_though_aws_completed() -> None:
    reasons = judge(load(), state(), Counted(rows=10, duplicates=1)).reasons
    assert reasons == ("1 of 10 rows with a duplicate key",)


def test_verdict_when_aws_counts_other_rows_than_the_files_hold_fails_with_both() -> None:
    reasons = judge(load(), state(processed=9, written=9), Counted(rows=10)).reasons
    assert reasons == ("the files hold 10 rows, but AWS read 9",)


def test_verdict_is_not_good_when_aws_stopped_reading_at_a_tolerated_row() -> None:
    stopped = bad_items(1, processed=5, written=4)
    (reason,) = judge(load(tolerate=1), stopped, Counted(rows=10)).reasons
    assert reason.startswith(
        "the files hold 10 rows, but AWS read 5 (AWS does not read a file beyond a record"
    )


def test_verdict_says_that_more_may_be_lost_when_rows_were_not_counted() -> None:
    rejected, more = judge(load(), bad_items(1), Counted(rows=None)).reasons
    assert (rejected, more.partition(" beyond")[0]) == ("1 row rejected", "AWS does not read a file")


def test_verdict_when_rows_were_rejected_by_the_conversion_counts_them() -> None:
    converted = load(converted=True, tolerate=1)
    assert judge(converted, state(processed=9, written=9), Counted(rows=10, rejected=1)).good


def test_verdict_when_the_files_are_empty_fails() -> None:
    reasons = judge(load(), state(processed=0, written=0), Counted(rows=0)).reasons
    assert reasons == ("the files hold no rows",)


def test_verdict_reports_the_reason_with_a_remedy_when_the_import_failed_otherwise() -> None:
    failed = state(status="FAILED", failure_code="S3NoSuchBucket", failure_message="no such bucket")
    (reason,) = judge(load(tolerate=100), failed, Counted(rows=10)).reasons
    assert reason == "the import is FAILED: S3NoSuchBucket: no such bucket; check source.location"


def test_verdict_when_items_failed_and_aws_counts_none_fails() -> None:
    reasons = judge(load(), bad_items(0), Counted(rows=10)).reasons
    assert reasons == ("AWS reports errors, but counts none",)
