"""Names that every AWS service in use takes."""

import re

import pytest

from tests.components.factories import stack

DMS_IDENTIFIER = re.compile(r"[a-z](?:-?[a-z0-9]+)*")


def test_name_is_project_stack_and_what_it_names() -> None:
    assert stack().name("orders", "source") == "shop-test-orders-source"


@pytest.mark.parametrize("odd", ["Customer_Events", "a--b", "trailing-", "ä.b c", "9lives"])
def test_name_when_parts_are_odd_is_still_a_dms_identifier(odd: str) -> None:
    assert DMS_IDENTIFIER.fullmatch(stack(project=odd).name(odd))


def test_name_when_too_long_is_cut_and_stays_unique() -> None:
    names = {stack().name("x" * 80 + end) for end in "ab"}
    assert len(names) == 2
    assert all(len(name) == 63 for name in names)


def test_tags_name_project_and_stack_in_addition_to_the_users() -> None:
    assert stack().tagged(dataset="orders") == {
        "team": "data",
        "project": "shop",
        "stack": "test",
        "dataset": "orders",
    }
