"""The log of a table's changes, from which it is told what the table was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.history.keys import key_text
from local_aws.history.log import ChangeLog

# Items are put, or deleted (None), one after the other.
writes = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["1", "2", None])), max_size=12)
State = dict[str, str]


def history(made: list[tuple[str, str | None]]) -> tuple[ChangeLog, list[int], list[State]]:
    """A log, the times of the writes, and what the table was before each, and in the end."""
    log, times, states, now = ChangeLog(), list[int](), list[State](), State()
    for key, item in made:
        states.append(dict(now))
        times.extend(log.add([(key, now.get(key))]))
        if item is None:
            now.pop(key, None)
        else:
            now[key] = item
    return log, [*times, log.next], [*states, now]


@given(writes)
def test_former_items_lead_back_to_every_state_that_the_table_had(made: list[tuple[str, str | None]]) -> None:
    log, times, states = history(made)
    for time, state in zip(times, states, strict=True):
        now = states[-1] | {key: old for key, old in log.former(time, log.next) if old is not None}
        for key, old in log.former(time, log.next):
            if old is None:
                now.pop(key, None)
        assert now == state
        assert log.changed("abcd", time) == dict(log.former(time, log.next))


@given(writes, st.integers(0, 12), st.integers(0, 12))
def test_window_has_the_result_of_each_item_written_in_it(
    made: list[tuple[str, str | None]], one: int, other: int
) -> None:
    log, times, states = history(made)
    first, last = sorted(min(place, len(made)) for place in (one, other))
    found = list(log.window(times[first], times[last]))
    written = {key: time for (key, _), time in zip(made[first:last], times[first:last], strict=True)}
    assert {change.key: change.micros for change in found} == written
    for change in found:
        assert change.old == states[first].get(change.key)
        assert change.replaced is any(key == change.key for key, _ in made[last:])
        if change.replaced:
            assert change.new == states[last].get(change.key)


def test_changes_of_one_table_never_have_the_same_time() -> None:
    log = ChangeLog()
    times = [*log.add([("a", None)] * 1000), *log.add([("b", None)] * 1000)]
    assert times == sorted(set(times))


def test_reverted_change_is_not_recorded() -> None:
    log = ChangeLog()
    log.take_back(log.add([("a", None)]))
    assert list(log.former(0, log.next)) == []


@pytest.mark.parametrize("number", ["1", "1.0", "1e0", "01", "100e-2"])
def test_key_of_equal_numbers_is_the_same(number: str) -> None:
    assert key_text(["n"], {"n": {"N": number}}) == key_text(["n"], {"n": {"N": "1"}})
