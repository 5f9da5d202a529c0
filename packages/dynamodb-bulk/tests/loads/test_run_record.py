"""When data must be loaded again because of what ran since it was loaded."""

import json

import pytest

from dynamodb_bulk.loads.run_record import Outcome, RunRecord
from dynamodb_bulk.loads.verdict import NOT_COUNTED

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
def test_run_counts_as_failed_when_a_later_one_follows_unless_it_was_good_or_the_same(
    outcome: Outcome | None, digest: str, spoiled: int
) -> None:
    last = RunRecord(digest="one", rows_in_files=2, outcome=outcome)
    assert last.failed_runs_before(digest) == spoiled


def test_run_counts_as_before_when_it_is_judged_again() -> None:
    bad = RunRecord(digest="one", rows_in_files=2).ended(BAD)
    told = bad.failed_runs_before("one")
    tolerated = bad.ended(GOOD)
    assert tolerated.failed_runs_before("one") == told


def test_run_when_it_ends_well_leaves_the_count_for_the_runs_to_come() -> None:
    for outcome in (BAD, None):
        last = RunRecord(digest="two", rows_in_files=2, outcome=outcome)
        told = last.failed_runs_before("one")
        again = RunRecord(digest="one", rows_in_files=2, failed_runs=told).ended(GOOD)
        assert again.failed_runs_before("one") == told == 1


def test_run_without_counted_rows_is_neither_good_nor_loaded_again() -> None:
    last = RunRecord(digest="one", rows_in_files=None).ended(
        Outcome(good=False, not_counted=True, verdict=NOT_COUNTED)
    )
    assert last.outcome is not None
    assert last.outcome.accepted
    assert last.failed_runs_before("one") == last.failed_runs_before("two") == 0


def test_record_of_an_earlier_version_that_calls_uncounted_rows_good_is_read_as_not_counted() -> None:
    kept = '{"digest": "one", "rows_in_files": null, "outcome": {"good": true, "verdict": "good"}}'
    outcome = RunRecord.model_validate_json(kept).outcome
    assert outcome == Outcome(good=False, not_counted=True, verdict=NOT_COUNTED)


@pytest.mark.parametrize(
    ("task", "started", "is_it"),
    [
        ("task", "10:00", True),
        ("task", "09:00", False),
        ("task", "", False),
        ("another task", "10:00", False),
    ],
)
def test_record_is_of_a_run_when_its_task_was_started_since(task: str, started: str, is_it: bool) -> None:
    record = RunRecord(digest="one", rows_in_files=2, task="task", started_before="09:00")
    assert record.is_run(task, started) is is_it


def test_record_of_an_earlier_version_is_of_no_run_that_is_known() -> None:
    kept = '{"digest": "one", "rows_in_files": 2, "outcome": null}'
    assert not RunRecord.model_validate_json(kept).is_run("task", "10:00")


STORED = {
    "digest": "one",
    "rows_in_files": 2,
    "attempt": 3,
    "nonce": "0a0b0c0d",
    "table": "shop-orders",
    "incarnation": 2,
    "spoiled": 1,
    "outcome": {"good": False, "verdict": "1 of 2 rows rejected", "refused": 4, "rejected": 1, "final": True},
}


def test_record_is_read_and_written_under_the_names_of_the_first_versions() -> None:
    record = RunRecord.model_validate_json(json.dumps(STORED))
    assert (record.run_suffix, record.table_generation, record.failed_runs) == ("0a0b0c0d", 2, 1)
    assert record.token == "one-3-0a0b0c0d"
    assert record.outcome
    assert (record.outcome.condition_failed, record.outcome.permanent) == (4, True)
    written = json.loads(record.model_dump_json())
    assert written == written | {name: value for name, value in STORED.items() if name != "outcome"}
    assert written["outcome"] == written["outcome"] | STORED["outcome"]
