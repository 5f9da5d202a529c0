"""What a terabyte takes: the table of docs/scale.md is the one that is computed."""

from pathlib import Path

import pytest

from dynamodb_bulk.estimate.prices import known_prices
from dynamodb_bulk.estimate.terabyte import markdown, takes

PAGE = Path(__file__).parents[4] / "docs" / "scale.md"


def test_table_of_the_page_is_the_computed_one() -> None:
    assert PAGE.read_text().endswith(f"\n\n{markdown(known_prices())}\n")


def test_dpu_hours_follow_from_the_time_and_the_workers() -> None:
    found = {(one.what, one.by): one for one in takes(known_prices())}
    ten, fifty = (found["convert", f"{number} x G.1X"] for number in (10, 50))
    assert (ten.seconds or 0) / (fifty.seconds or 1) == pytest.approx(49 / 9)
    assert (ten.usd or 0) / (ten.dpu_hours or 1) == pytest.approx(0.44)


def test_price_that_is_not_published_is_not_guessed() -> None:
    (put,) = [one for one in takes(known_prices()) if one.by.startswith("bulk put")]
    assert (put.usd, put.seconds) == (None, None)
