"""The rate of a load by writes, by a clock of its own."""

import heapq
import random
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.loads.writes.rate import Rate


class Clock:
    """Time that goes on when someone waits."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def consumed(rate: Rate, clock: Clock, seconds: float, charged: float, consumes: float) -> float:
    """Units per second that calls of one thread consume, each of which takes no time."""
    began, units = clock.now, 0.0
    while clock.now < began + seconds:
        pause = rate.take(charged)
        while pause:
            clock.now += pause
            pause = rate.take(charged, waited=True)
        units += consumes
        rate.correct(consumes - charged)
    return units / seconds


@pytest.mark.parametrize("consumes", [5.0, 25.0, 60.0])
def test_rate_is_of_what_is_consumed_when_more_or_less_is_charged(clock: Clock, consumes: float) -> None:
    assert consumed(Rate(1_000, clock), clock, 20, 25, consumes) == pytest.approx(1_000, rel=0.05)


def sent(limit: float, seconds: float, late: list[float], chance: random.Random) -> list[tuple[float, float]]:
    """When 16 threads send how many units, that wake up late and whose calls take a while."""
    clock, log = Clock(), list[tuple[float, float]]()
    rate, began = Rate(limit, clock), clock.now
    units = max(1.0, min(25.0, rate.batch_units // 1))
    next_up = [(clock.now, thread, False) for thread in range(16)]
    while next_up[0][0] < began + seconds:
        clock.now, thread, waited = heapq.heappop(next_up)
        pause = rate.take(units, waited=waited)
        if pause:
            heapq.heappush(next_up, (clock.now + pause + chance.choice(late), thread, True))
        else:
            log.append((clock.now, units))
            heapq.heappush(next_up, (clock.now + chance.uniform(0.005, 0.05), thread, False))
    return log


@given(
    limit=st.floats(20, 4_000),
    late=st.lists(st.floats(0, 0.2), min_size=1, max_size=20),
    seed=st.integers(0, 1_000_000),
)
def test_rate_is_kept_and_used_when_threads_wake_up_late(limit: float, late: list[float], seed: int) -> None:
    log = sent(limit, 60, late, random.Random(seed))
    totals, first = [0.0, *accumulate(units for _, units in log)], 0
    for place, (at, _) in enumerate(log):
        while log[first][0] < at - 5:
            first += 1
        assert totals[place + 1] - totals[first] <= 1.05 * 5 * limit + 1e-6
    assert totals[-1] >= 0.95 * 60 * limit


def test_rate_makes_up_for_a_quarter_of_a_second_and_no_more(clock: Clock) -> None:
    rate = Rate(100, clock)
    clock.now += 3_600
    assert [rate.take(5) for _ in range(5)] == [0.0] * 5
    assert rate.take(5) == pytest.approx(0.05)
    assert rate.take(5) == pytest.approx(0.1)  # behind the one that waits


def test_who_asks_waits_for_no_one_who_has_gone_when_the_rate_changed_meanwhile(clock: Clock) -> None:
    rate = Rate(1_000, clock)
    assert rate.take(25)
    rate.ceiling = 1
    assert rate.take(25) == pytest.approx(1)  # and asks again then, for the rate may have risen
    clock.now += 60
    assert [rate.take(25, waited=True), rate.take(25, waited=True)] == [0, 1]
    rate.ceiling = 1_000
    clock.now += 60
    assert rate.take(25, waited=True) == 0
    while not (pause := rate.take(25)):
        pass
    assert pause == pytest.approx(0.025)


def test_rate_takes_calls_that_are_larger_than_what_it_makes_up_for(clock: Clock) -> None:
    assert consumed(Rate(10, clock), clock, 1_000, 60, 60) == pytest.approx(10, rel=0.05)


def test_rate_falls_once_for_calls_that_were_throttled_together_and_comes_back(clock: Clock) -> None:
    rate = Rate(1_000, clock)
    for _ in range(16):
        rate.throttled()
    assert rate.units_per_second == 700
    assert rate.throttled_now == "throttled 16 times, now at 700 of 1,000 units/s"
    clock.now += 0.6
    rate.throttled()
    assert rate.units_per_second == pytest.approx(490)
    clock.now += 5
    assert rate.units_per_second == pytest.approx(740)
    clock.now += 60
    assert rate.units_per_second == 1_000
    assert rate.throttled_now == ""


def test_rate_never_falls_to_nothing(clock: Clock) -> None:
    rate = Rate(10, clock)
    for _ in range(100):
        clock.now += 0.6
        rate.throttled()
    assert rate.units_per_second >= 1


def test_rate_follows_the_capacity_of_the_table(clock: Clock) -> None:
    rate = Rate(1_000, clock)
    rate.ceiling = 50
    assert rate.units_per_second == 50
    rate.ceiling = 400
    clock.now += 60
    assert rate.units_per_second == 400
