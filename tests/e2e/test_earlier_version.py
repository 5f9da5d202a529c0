"""A stack that an earlier version made, which kept each step in a `pulumi.Stash` below a component."""

import json
from typing import Any

from tests.e2e.conftest import write_dataset
from tests.e2e.stack import UP, Stack

STEP, STASH = "bulk:steps:Step", "pulumi:index:Stash"


def as_before(resource: dict[str, Any], provider: str) -> list[dict[str, Any]]:
    """The resource as the earlier version had it in the state, with what was below it."""
    if resource["type"] != STEP:
        return [resource]
    inputs = resource.pop("inputs")
    path, name = resource["urn"].rsplit("::", 1)
    stash = {
        "urn": f"{path}${STASH}::{name}",
        "custom": True,
        "id": name,
        "type": STASH,
        "inputs": {"input": inputs},
        "outputs": {"input": inputs, "output": inputs},
        "parent": resource["urn"],
        "provider": provider,
        "dependencies": resource.get("dependencies", []),
    }
    return [resource | {"outputs": {"digest": inputs["digest"]}}, stash]


def test_stack_of_earlier_version_is_refreshed_updated_and_destroyed_without_a_replacement(
    stack: Stack,
) -> None:
    folder = stack.clone.folder / "earlier" / "people"
    write_dataset(folder, people="a|1\nb|2\n")
    load = {"dataset": "earlier/people/dataset.yaml"}
    stack.settle({**load, "method": "native"})
    assert stack.up().code == 0
    stack.settle(load)  # `auto`, which made it an import then and would write it now
    state = json.loads(stack.well("pulumi stack export").output)
    resources = state["deployment"]["resources"]
    (builtin,) = [each for each in resources if each["type"] == "pulumi:providers:pulumi"]
    provider = f"{builtin['urn']}::{builtin['id']}"
    rest = [each for each in resources if each is not builtin]
    earlier = [builtin, *(old for each in rest for old in as_before(each, provider))]
    steps = sum(each["type"] == STASH for each in earlier)
    assert steps == 2
    state["deployment"]["resources"] = earlier
    (stack.clone.folder / "earlier.json").write_text(json.dumps(state))
    stack.well("pulumi stack import --file earlier.json")

    up = stack.well(f"{UP} --refresh")
    changes = {kind: count for kind, count in stack.changes().items() if kind != "same"}
    assert changes == {"update": steps, "delete": steps}
    assert "counting the rows" not in up.output
    assert "converting" not in up.output
    assert stack.up().code == 0
    assert stack.changes().keys() == {"same"}
    destroyed = stack.destroy()
    assert destroyed.code == 0, destroyed.output
    assert json.loads(stack.well("pulumi stack export").output)["deployment"].get("resources", []) == []
