"""The stacks that ship with the examples: what they declare."""

from typing import Any

import pytest
import yaml

from offline_pulumi.provider.types import TYPES
from tests.recording import INSTANCE, ROOT, STEP, TASK, run_main

pytestmark = pytest.mark.usefixtures("server_of_module")

TASKS = {"dev": list[str](), "local": ["orders", "sensors"]}
STEPS = {
    "dev": ["customer-events-write"],
    "local": [
        "customer-events-export",
        "customer-events-import",
        "orders-load",
        "price-updates-convert",
        "price-updates-put",
        "sensors-load",
    ],
}


def shipped(stack: str) -> dict[str, Any]:
    """The configuration in Pulumi.<stack>.yaml."""
    return yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]


@pytest.mark.parametrize("stack", ["dev", "local"])
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
def test_program_declares_the_tasks_and_steps_of_its_loads_when_a_shipped_stack_is_deployed(
    stack: str, preview: bool
) -> None:
    engine = run_main(shipped(stack), preview=preview)
    assert sorted(task.name for task in engine.of_type(TASK)) == TASKS[stack]
    assert sorted(step.name for step in engine.of_type(STEP)) == STEPS[stack]
    assert len(engine.of_type(INSTANCE)) == (1 if TASKS[stack] else 0)


def test_local_provider_knows_every_type_that_the_program_declares() -> None:
    declared = {resource.type for resource in run_main(shipped("local")).declared}
    assert {token for token in declared if token.startswith("aws:")} <= set(TYPES)
