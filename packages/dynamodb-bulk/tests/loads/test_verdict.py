"""What good means, for every method: all rows accounted for, and no key twice."""

import pytest

from dynamodb_bulk.loads.verdict import NOT_COUNTED, Counted, Fates, account

TEN = Counted(rows=10)


@pytest.mark.parametrize(
    ("counted", "fates", "tolerate"),
    [
        (TEN, Fates(written=10), 0),
        (TEN, Fates(written=6, condition_failed=4), 0),
        (TEN, Fates(written=6, condition_failed=3, rejected=1), 1),
        (Counted(rows=10, duplicates=1), Fates(written=10), 1),
        (Counted(rows=10, duplicates=1), Fates(written=9), 1),
    ],
    ids=["written", "condition failed", "tolerated", "duplicate counted", "duplicate not counted"],
)
def test_account_is_good_when_every_row_is_accounted_for(
    counted: Counted, fates: Fates, tolerate: int
) -> None:
    verdict = account(counted, fates, tolerate=tolerate)
    assert verdict.good
    assert verdict.words == "good"


@pytest.mark.parametrize(
    ("counted", "fates", "tolerate", "reason"),
    [
        (TEN, Fates(written=9, rejected=1), 0, "1 of 10 rows rejected"),
        (TEN, Fates(written=8, rejected=2), 1, "2 of 10 rows rejected (1 tolerated)"),
        (Counted(rows=10, duplicates=2), Fates(written=10), 0, "2 of 10 rows with a duplicate key"),
        (
            TEN,
            Fates(written=3, rejected=1),
            6,
            "the files hold 10 rows, but AWS accounts for 4 (3 written, 0 condition failed, 1 rejected)",
        ),
        (
            TEN,
            Fates(written=11),
            0,
            "the files hold 10 rows, but AWS accounts for 11 (11 written, 0 condition failed, 0 rejected)",
        ),
        (Counted(rows=0), Fates(written=0), 0, "the files hold no rows"),
        (Counted(rows=None), Fates(written=0), 0, "AWS found no rows"),
        (Counted(rows=None), Fates(written=9, rejected=1), 5, "1 row rejected"),
    ],
    ids=["rejected", "tolerance", "duplicate", "lost", "more", "empty", "none found", "not counted"],
)
def test_account_is_not_good_when_a_row_is_not_accounted_for(
    counted: Counted, fates: Fates, tolerate: int, reason: str
) -> None:
    verdict = account(counted, fates, tolerate=tolerate)
    assert verdict.reasons == (reason,)
    assert not verdict.good
    assert not verdict.not_counted


def test_account_is_neither_good_nor_a_failure_when_rows_were_not_counted() -> None:
    verdict = account(Counted(rows=None), Fates(written=10))
    assert not verdict.good
    assert not verdict.reasons
    assert verdict.words == NOT_COUNTED


def test_account_reports_aws_s_errors_when_all_rows_are_accounted_for() -> None:
    assert account(TEN, Fates(written=10), reasons=["table error"]).reasons == ("table error",)
