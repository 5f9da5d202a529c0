"""A bulk put is good only when every row is written, has a failed condition, or is tolerated."""

from pathlib import Path
from typing import Any

from dynamodb_bulk.loads.bulk_put.load import BulkPutLoad
from dynamodb_bulk.loads.bulk_put.operation import BulkPutOperation
from dynamodb_bulk.loads.load import StagedFiles
from dynamodb_bulk.loads.started import OperationState
from dynamodb_bulk.loads.verdict import Counted

judge = BulkPutOperation.judge


def load(*, tolerate: int = 0, converted: bool = False) -> BulkPutLoad:
    return BulkPutLoad(
        name="prices",
        dataset=Path("dataset.yaml"),
        table="shop-events",
        records_bucket="files",
        files=StagedFiles(bucket="files", prefix="data/prices/", converted=converted),
        tolerate=tolerate,
        reports_prefix="reports/prices/",
    )


def state(**changes: Any) -> OperationState:
    good: dict[str, Any] = {"status": "COMPLETED", "ended": True, "processed": 10, "written": 10}
    return OperationState(**{**good, **changes})


def test_verdict_when_every_row_is_put_is_good() -> None:
    assert judge(load(), state(), Counted(rows=10)).good


def test_verdict_when_the_condition_of_some_failed_is_good() -> None:
    assert judge(load(), state(written=7, condition_failed=3), Counted(rows=10)).good


def test_verdict_when_completed_with_errors_fails_with_the_count() -> None:
    ended = state(status="COMPLETED_WITH_ERRORS", errors=2, written=8)
    assert judge(load(), ended, Counted(rows=10)).reasons == ("2 of 10 rows rejected",)
    assert judge(load(tolerate=2), ended, Counted(rows=10)).good


def test_verdict_fails_when_aws_reports_errors_and_counts_none() -> None:
    ended = state(status="COMPLETED_WITH_ERRORS")
    assert judge(load(), ended, Counted(rows=10)).reasons == ("AWS reports errors, but counts none",)


def test_verdict_when_cancelled_fails_whatever_is_tolerated() -> None:
    ended = state(status="CANCELLED", processed=4, written=4)
    assert judge(load(tolerate=10), ended, Counted(rows=10)).reasons == (
        "the bulk put is CANCELLED: AWS gave no reason",
    )


def test_verdict_when_rows_are_not_accounted_for_fails_with_both_numbers() -> None:
    reasons = judge(load(), state(processed=9, written=9), Counted(rows=10)).reasons
    assert reasons == ("the files hold 10 rows, but AWS read 9",)
