"""Loads are followed through trouble that passes, and what does not pass is one line and never good."""

import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from dynamodb_bulk.loads.progress import Progress
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.loads.watching import Watched, failed_row, watch
from dynamodb_bulk.spec.errors import InputError, LoadFailed

GOOD = LoadStatus(load="orders", method="dms", table="t", good=True, verdict="good")
ENDED = LoadStatus(load="orders", method="dms", table="t", verdict="stopped, not judged yet")


def at_work(seconds: float, rows: int) -> LoadStatus:
    progress = Progress(state="running", seconds=seconds, rows=rows, total_rows=1_000)
    return LoadStatus(load="orders", method="dms", table="t", verdict="running", progress=progress)


def refused(code: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "said"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "DescribeReplicationTasks")


def followed(*looks: LoadStatus | Exception, judge: Exception | None = None) -> tuple[Watched, list[str]]:
    """Follow a load that answers so, one look after the other; what was shown of trouble."""
    answers: Iterator[LoadStatus | Exception] = iter(looks)

    def look() -> LoadStatus:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def settle() -> None:
        if judge:
            raise judge

    watched, shown = Watched("orders", look, settle), list[str]()
    watch([watched], lambda: shown.append(watched.trouble), sleep=lambda _: None)
    return watched, shown


@pytest.mark.parametrize(
    "trouble",
    [
        refused("ThrottlingException"),
        refused("InternalFailure", 500),
        refused("ServiceUnavailable", 503),
        ConnectionClosedError(endpoint_url="http://here"),
    ],
)
def test_watch_goes_on_when_the_trouble_passes(trouble: Exception) -> None:
    watched, shown = followed(at_work(3, 10), trouble, trouble, at_work(9, 90), GOOD)
    assert watched.good
    assert [bool(one) for one in shown] == [False, True, True, False, False]


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (refused("AccessDeniedException"), "AccessDeniedException"),
        (refused("ExpiredTokenException"), "the load goes on without them"),
        (InputError("load orders", "its task does not exist"), "its task does not exist"),
    ],
)
def test_watch_ends_and_is_not_good_when_the_trouble_stays(trouble: Exception, said: str) -> None:
    watched, shown = followed(at_work(3, 10), trouble)
    assert not watched.good
    assert said in shown[-1]
    row = failed_row(watched)
    assert (row.good, row.verdict) == (False, watched.trouble)
    assert "\n" not in watched.trouble


def test_watch_is_not_good_when_aws_stays_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dynamodb_bulk.loads.watching.OUTAGE_SECONDS", -1)
    watched, _ = followed(at_work(3, 10), refused("Throttling"))
    assert not watched.good


def test_watch_judges_a_load_that_has_ended() -> None:
    watched, _ = followed(at_work(3, 10), ENDED, GOOD)
    assert watched.good


def test_watch_is_not_good_when_there_is_no_verdict() -> None:
    watched, _ = followed(ENDED, ENDED, judge=LoadFailed("load orders: not started; run `pulumi up`"))
    assert not watched.good
    assert failed_row(watched).verdict == "load orders: not started; run `pulumi up`"


def test_rate_now_is_of_the_last_looks_and_the_time_left_by_the_rows() -> None:
    looks = [at_work(second, rows) for second, rows in ((10, 100), (20, 100), (30, 100), (40, 500))]
    watched, _ = followed(*looks, GOOD)
    progress = looks[-1].progress
    assert progress
    assert progress.rows_per_second(looks[-2].progress) == 40
    assert progress.rows_per_second() == 12.5
    assert progress.left == "about 40 s left, by the rows"
    line = progress.line(looks[-2].progress)
    assert (
        line
        == "running 50%: 500 of 1,000 rows, 40 rows/s now, 12 overall, 40 s, about 40 s left, by the rows"
    )
    assert len(line) < 100
    assert watched.before is None


def test_memory_stays_flat_when_a_load_is_watched_for_hours() -> None:
    def look() -> Iterator[LoadStatus]:
        for number in range(3_000):
            yield at_work(number * 3, number)
        yield GOOD

    looks = look()
    watched = Watched("orders", lambda: next(looks))
    first: list[int] = []

    def keep_first() -> None:
        if watched.row is not None and watched.row.progress and watched.row.progress.rows == 300:
            first.append(tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    try:
        watch([watched], keep_first, sleep=lambda _: None)
        assert tracemalloc.get_traced_memory()[0] - first[0] < 20_000
    finally:
        tracemalloc.stop()


def test_watch_follows_the_others_when_the_first_look_at_one_fails() -> None:
    gone, denied = InputError("load lost", "its task does not exist"), refused("AccessDenied")
    looks = iter([at_work(3, 10), GOOD])
    silent = iter([refused("ThrottlingException"), GOOD])

    def slow() -> LoadStatus:
        answer = next(silent)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def lost(error: Exception) -> LoadStatus:
        raise error

    loads = [
        Watched("lost", lambda: lost(gone)),
        Watched("orders", lambda: next(looks)),
        Watched("slow", slow),
        Watched("denied", lambda: lost(denied)),
    ]
    watch(loads, lambda: None, sleep=lambda _: None)
    assert [one.good for one in loads] == [False, True, True, False]
    assert failed_row(loads[0]).verdict == "load lost: its task does not exist"
    assert "AccessDenied" in failed_row(loads[3]).verdict
    with pytest.raises(InputError, match="its task does not exist"):
        watch([Watched("lost", lambda: lost(gone)), Watched("denied", lambda: lost(denied))], lambda: None)
