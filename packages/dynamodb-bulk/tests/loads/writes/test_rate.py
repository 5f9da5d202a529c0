"""The rate of a load by writes, by a clock of its own."""

import pytest

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
        clock.now += rate.wait_for(charged)
        units += consumes
        rate.correct(consumes - charged)
    return units / seconds


@pytest.mark.parametrize("consumes", [5.0, 25.0, 60.0])
def test_rate_is_of_what_is_consumed_when_more_or_less_is_charged(clock: Clock, consumes: float) -> None:
    assert consumed(Rate(1_000, clock), clock, 20, 25, consumes) == pytest.approx(1_000, rel=0.05)


def test_rate_makes_up_for_two_seconds_without_puts_and_no_more(clock: Clock) -> None:
    rate = Rate(100, clock)
    clock.now += 3_600
    assert [rate.wait_for(50) for _ in range(5)] == [0.0] * 5
    assert rate.wait_for(50) == pytest.approx(0.5)


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
