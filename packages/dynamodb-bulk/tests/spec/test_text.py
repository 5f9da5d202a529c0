"""Text that is shown never acts on a terminal, and JSON with it stays JSON."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.spec.text import duration, first_unfit, visible, visible_lines

ANY = st.text(st.characters(), max_size=20) | st.text(
    st.sampled_from("\x00\x07\x1b\x7f\x9b\u202e\u2066\u200b\ufeff\u2028\ud800\U000e0041[31m\n\t"), max_size=9
)


@given(ANY)
def test_visible_text_has_no_character_that_acts_or_hides(text: str) -> None:
    shown = visible(text)
    assert not {unicodedata.category(one) for one in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    shown.encode()
    assert visible(shown) == shown


@given(ANY)
def test_json_with_visible_text_is_equivalent(text: str) -> None:
    document = json.dumps({"a": text}, ensure_ascii=False)
    assert json.loads(visible_lines(document)) == json.loads(document)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é", "plain é"),
        ("\x1b[31m", "\\u001b[31m"),
        ("a\x7fb\x9b", "a\\u007fb\\u009b"),
        ("\u202eevil", "\\u202eevil"),
        ("a\nb\tc", "a\\nb\\tc"),
    ],
)
def test_visible_text_has_escapes(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_errors_are_shown_visibly_and_input_errors_in_one_line() -> None:
    assert str(InputError("a\nb", "\x1b[2J", "\u202e")) == "a\\nb: \\u001b[2J; \\u202e"
    assert str(LoadFailed("first\nsecond \x1b[2J")) == "first\nsecond \\u001b[2J"


@pytest.mark.parametrize(("text", "found"), [("a\x1b", None), ("a\0", "\\u0000"), ("\ud800", "\\ud800")])
def test_text_is_unfit_when_nothing_can_hold_it(text: str, found: str | None) -> None:
    assert first_unfit(text) == found


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "<1 s"),
        (0.04, "<1 s"),
        (1, "1 s"),
        (119, "119 s"),
        (150, "2.5 min"),
        (7200, "2.0 h"),
        (172_800, "2.0 days"),
    ],
)
def test_duration_is_in_the_largest_unit_that_it_has_two_of(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown
