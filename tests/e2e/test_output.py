"""What a deployment prints where there is no terminal, and what it does not."""

import re

import pytest

from tests.e2e.clone import Clone
from tests.e2e.conftest import new_stack, write_dataset
from tests.e2e.stack import Stack

AUTO = "people: writes, since its writes take about 1 s"


@pytest.fixture(scope="module")
def printed(clone: Clone) -> tuple[Stack, list[str], list[str]]:
    """A stack of one load, and what its first and its second deployment printed."""
    stack = new_stack(clone)
    write_dataset(clone.folder / "output" / "people", people="a|1\nb|2\n")
    stack.settle({"dataset": "output/people/dataset.yaml"})
    first, second = (stack.up("--suppress-outputs --suppress-progress") for _ in range(2))
    assert (first.code, second.code) == (0, 0), first.output + second.output
    assert stack.changes().keys() == {"same"}
    return stack, first.output.splitlines(), second.output.splitlines()


def test_deployment_shows_one_row_for_each_step_until_its_work_is_over(
    printed: tuple[Stack, list[str], list[str]],
) -> None:
    rows = [line for line in printed[1] if " people-write " in line]
    assert len(rows) > 2
    assert {line.split()[1] for line in rows} == {"bulk:steps:Step"}
    assert all(" creating (" in line for line in rows)
    assert "2 items loaded in " in rows[-1]


def test_deployment_shows_nothing_twice_and_no_empty_sizes(
    printed: tuple[Stack, list[str], list[str]],
) -> None:
    steps = [re.sub(r"\(\d.*?s\)", "", line) for line in printed[1] if "bulk:steps:Step" in line]
    assert len(steps) == len(set(steps))
    assert not [line for line in printed[1] if "0.0 MB" in line or "pulumi:index:Stash" in line]


def test_deployment_shows_no_warning_when_all_is_well(printed: tuple[Stack, list[str], list[str]]) -> None:
    for lines in printed[1:]:
        assert not [line for line in lines if "warning" in line]


def test_deployment_says_why_a_method_was_chosen_when_its_table_is_about_to_be_made(
    printed: tuple[Stack, list[str], list[str]],
) -> None:
    _, first, second = printed
    assert [line for line in first if AUTO in line]
    assert not [line for line in second if AUTO in line or "Diagnostics" in line]


def test_environment_is_one_line_when_no_more_is_asked_for(clone: Clone) -> None:
    assert len(clone.literal("bulk local up").output.splitlines()) == 1
    assert len(clone.literal("bulk local up --verbose").output.splitlines()) == 5
