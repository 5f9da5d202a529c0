"""Numbers on their way into a table."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.dataplane.numbers import kept, trimmed


@pytest.mark.parametrize(
    ("written", "held"),
    [
        ("1.50", "1.5"),
        ("007", "7"),
        ("0", "0"),
        ("-0.0", "0"),
        ("100", "100"),
        ("1E2", "100"),
        ("-2.500e-1", "-0.25"),
    ],
)
def test_number_when_written_with_zeros_is_kept_without(written: str, held: str) -> None:
    assert trimmed(written) == held


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=10))
def test_number_when_trimmed_is_the_same_number(number: Decimal) -> None:
    assert Decimal(trimmed(str(number))) == number


def test_number_when_nested_is_trimmed_where_it_stands() -> None:
    value = {"M": {"a": {"L": [{"N": "1.0"}, {"S": "1.0"}]}, "b": {"NS": ["2.0"]}}}
    assert kept(value) == {"M": {"a": {"L": [{"N": "1"}, {"S": "1.0"}]}, "b": {"NS": ["2"]}}}
