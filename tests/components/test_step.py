"""A step knows every step that it depends on: a failure is not held back for those that cannot begin."""

from typing import Any

import pytest

from components.failures import COURSES, Course
from tests.recording import STASH, Engine, run_main, stack_config

EXPORT = "aws:dynamodb/tableExport:TableExport"


@pytest.fixture(autouse=True, scope="module")
def _account(server_of_module: str) -> None:
    """The server's, in place of the one that the other components look into."""


def _declared(config: dict[str, Any]) -> tuple[dict[str, Course], Engine]:
    before = len(COURSES.steps)
    engine = run_main(config)
    return {step.name: step for step in COURSES.steps[before:]}, engine


def _before(engine: Engine) -> dict[str, set[str]]:
    """The steps, and exports with their checks, that each one depends on through all resources between."""
    direct = {each.urn: each.depends_on for each in engine.declared}
    for stash in engine.of_type(STASH):  # it waits for its parent, and that for what it depends on
        direct[stash.urn] |= engine.one("bulk:steps:Step", stash.name).depends_on
    names = {each.urn: each.name for each in engine.of_type(STASH)}
    names |= {each.urn: f"{each.name}-check" for each in engine.of_type(EXPORT)}

    def reached(urn: str, seen: set[str]) -> set[str]:
        for one in direct[urn] - seen:
            seen.add(one)
            reached(one, seen)
        return seen

    return {
        names[urn]: {names[one] for one in reached(urn, set()) if one in names and one != urn}
        for urn in names
    }


def test_steps_come_after_all_steps_that_they_depend_on() -> None:
    config = stack_config("local")
    config["bulk:loads"] = [load | {"verify": True} for load in config["bulk:loads"]]
    steps, engine = _declared(config)
    expected = _before(engine)
    assert {name: {one.name for one in step.after} for name, step in steps.items()} == expected
    assert "customer-events-import" in expected["price-updates-put"]
    assert "customer-events-check" in expected["customer-events-export"]
    assert "orders-load" in expected["orders-verify"]
