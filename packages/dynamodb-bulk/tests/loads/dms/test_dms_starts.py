"""A run is told by the start of its task: what happens when there is none, or its answer is lost."""

from dataclasses import replace

import pytest

from bulk_testing.arranged import Arranged
from bulk_testing.lost import (
    Fault,
    Killed,
    answer_is_cut,
    answered,
    killed,
    lose_starts,
    never_arrives,
    nothing_happens,
)
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.dms.loader import DMS
from dynamodb_bulk.loads.run_record import Outcome, RunRecord
from dynamodb_bulk.spec.errors import LoadFailed

OLD, NEW = "a,1,old\nb,2,old\n", "a,1,new\nb,2,new\n"


@pytest.fixture
def loaded(arranged: Arranged) -> Arranged:
    """A load that is good, whose data then changed."""
    arranged.files(OLD)
    arranged.run("one")
    arranged.files(NEW)
    return arranged


@pytest.fixture
def impatient(loaded: Arranged, monkeypatch: pytest.MonkeyPatch) -> Arranged:
    """The same with a boto3 that asks once, and no pauses."""
    monkeypatch.setattr("dynamodb_bulk.aws.clients._CONFIG", {"retries": {"total_max_attempts": 1}})
    monkeypatch.setattr("dynamodb_bulk.loads.dms.start._PAUSES", (0.0, 0.0))
    return replace(loaded, aws=Aws(region=loaded.aws.region))


def notes(arranged: Arranged) -> set[str]:
    return {item["note"]["S"] for item in arranged.stage.items(arranged.load.table).values()}


def kill_at_start(arranged: Arranged, digest: str) -> None:
    lose_starts(arranged.aws.dms, killed)
    with pytest.raises(Killed):
        arranged.run(digest)


def test_run_loads_new_data_when_the_run_before_was_killed_at_the_start(loaded: Arranged) -> None:
    kill_at_start(loaded, "two")
    assert notes(loaded) == {"old"}
    loaded.run("two")
    assert notes(loaded) == {"new"}
    assert loaded.status().verdict == "good"


def test_status_has_no_verdict_when_only_an_earlier_run_finished(loaded: Arranged) -> None:
    kill_at_start(loaded, "two")
    status = loaded.status()
    assert (status.good, status.verdict, status.items_written) == (None, "not started", 0)


def test_watch_reports_that_nothing_started_when_only_an_earlier_run_finished(loaded: Arranged) -> None:
    kill_at_start(loaded, "two")
    with pytest.raises(LoadFailed, match="load orders: not started; run `pulumi up`"):
        DMS.resume(loaded.load, loaded.aws, loaded.said.append)
    assert loaded.status().good is None


def test_run_loads_new_data_when_the_start_before_was_refused(loaded: Arranged) -> None:
    lose_starts(loaded.aws.dms, answered(400, "AccessDeniedFault"))
    said = loaded.failure("two")
    assert said.startswith("load orders: DMS does not start the task: ")
    assert "said by AWS" in said
    assert "\n" not in said
    loaded.run("two")
    assert notes(loaded) == {"new"}


def test_run_loads_again_when_the_record_is_of_an_earlier_version(loaded: Arranged) -> None:
    loaded.keep(RunRecord(digest="two", rows_in_files=2))
    assert loaded.status().good is None
    loaded.run("two")
    assert notes(loaded) == {"new"}


def test_run_loads_again_when_the_record_is_of_a_different_task(loaded: Arranged) -> None:
    loaded.keep(RunRecord(digest="two", rows_in_files=2, task="another"))
    loaded.run("two")
    assert notes(loaded) == {"new"}


def test_start_does_not_fail_when_its_response_is_truncated(impatient: Arranged) -> None:
    lost = lose_starts(impatient.aws.dms, answer_is_cut)
    impatient.run("two")
    assert notes(impatient) == {"new"}
    assert lost.calls == 1


def test_start_does_not_fail_when_boto3_repeats_a_call_with_a_truncated_response(loaded: Arranged) -> None:
    loaded.files("".join(f"k{number},1,new\n" for number in range(30_000)))
    lost = lose_starts(loaded.aws.dms, answer_is_cut)
    loaded.run("two")
    assert loaded.status().items_written == 30_000
    assert lost.calls == 2


@pytest.mark.parametrize(
    "fault", [never_arrives, answered(500, "InternalFailure"), answered(503, "ServiceUnavailable")]
)
def test_start_is_repeated_when_it_did_not_arrive(impatient: Arranged, fault: Fault) -> None:
    lost = lose_starts(impatient.aws.dms, fault)
    impatient.run("two")
    assert notes(impatient) == {"new"}
    assert lost.calls == 2


def test_start_fails_in_one_line_when_it_never_arrives(impatient: Arranged) -> None:
    lost = lose_starts(impatient.aws.dms, never_arrives, times=100)
    said = impatient.failure("two")
    assert said.startswith("load orders: DMS does not start the task: ")
    assert "\n" not in said
    assert lost.calls == 3


def test_run_is_not_judged_when_dms_shows_no_start(loaded: Arranged, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dynamodb_bulk.loads.dms.run._SHOWN_SECONDS", 0)
    lose_starts(loaded.aws.dms, nothing_happens)
    assert "load orders: DMS shows no start of the task, which is stopped" in loaded.failure("two")
    assert loaded.status().good is None
    loaded.run("two")
    assert notes(loaded) == {"new"}


def test_status_reports_a_finished_run_without_verdict_until_watch_judges_it(loaded: Arranged) -> None:
    loaded.run("two", wait=False)
    loaded.stage.until(lambda: loaded.stage.task_fields(loaded.load.task_arn)["Status"] == "stopped")
    status = loaded.status()
    assert status.good is None
    assert status.verdict == "the task is stopped, not judged yet: run `bulk watch orders`"
    DMS.resume(loaded.load, loaded.aws, loaded.said.append)
    status = loaded.status()
    assert (status.good, status.verdict, status.items_written) == (True, "good", 2)


def test_watch_judges_by_the_record_when_a_key_occurs_twice(loaded: Arranged) -> None:
    loaded.files("a,1,\nb,2,\na,3,\n")
    loaded.run("two", wait=False)
    with pytest.raises(LoadFailed, match="1 of 3 rows with a duplicate key"):
        DMS.resume(loaded.load, loaded.aws, loaded.said.append)
    assert loaded.status().good is False


def test_status_shows_the_recorded_verdict_when_the_task_itself_looks_good(loaded: Arranged) -> None:
    bad = Outcome(good=False, verdict="1 of 2 rows rejected", written=1, rejected=1)
    loaded.keep(RunRecord(digest="one", rows_in_files=2, task=loaded.load.task_arn, outcome=bad))
    status = loaded.status()
    assert (status.good, status.verdict, status.items_written) == (False, "1 of 2 rows rejected", 1)
