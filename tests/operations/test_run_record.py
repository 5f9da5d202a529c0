"""When data has to be loaded again because of what ran since it was loaded."""

import pytest

from operations.run_record import Outcome, RunRecord

GOOD, BAD = Outcome(good=True, verdict="good"), Outcome(good=False, verdict="1 of 2 rows rejected")


@pytest.mark.parametrize(
    ("outcome", "digest", "spoiled"),
    [
        (GOOD, "one", 0),
        (GOOD, "two", 0),
        (BAD, "one", 1),
        (BAD, "two", 1),
        (None, "one", 0),
        (None, "two", 1),
    ],
    ids=str,
)
def test_run_when_another_comes_after_it_has_spoiled_the_table_unless_it_was_good_or_is_the_same(
    outcome: Outcome | None, digest: str, spoiled: int
) -> None:
    last = RunRecord(digest="one", rows_in_files=2, outcome=outcome)
    assert last.spoiled_before(digest) == spoiled


def test_run_when_it_is_judged_anew_counts_as_the_step_was_told_it_would() -> None:
    bad = RunRecord(digest="one", rows_in_files=2).ended(BAD)
    told = bad.spoiled_before("one")
    tolerated = bad.ended(GOOD)
    assert tolerated.spoiled_before("one") == told


def test_run_when_it_ends_well_leaves_the_count_for_the_runs_to_come() -> None:
    for outcome in (BAD, None):
        last = RunRecord(digest="two", rows_in_files=2, outcome=outcome)
        told = last.spoiled_before("one")
        again = RunRecord(digest="one", rows_in_files=2, spoiled=told).ended(GOOD)
        assert again.spoiled_before("one") == told == 1
