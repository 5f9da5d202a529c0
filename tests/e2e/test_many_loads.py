"""Many loads in one stack, with more steps at once than the engine or the SDK has threads."""

from tests.e2e.conftest import write_dataset
from tests.e2e.stack import Stack


def test_up_ends_when_many_loads_are_converted_at_once(stack: Stack) -> None:
    # The SDK has eight threads with --parallel 2.
    names = [f"s{number}" for number in range(12)]
    for name in names:
        write_dataset(stack.clone.folder / "many" / name, x="a|1\nb|2\n")
    stack.settle(*({"dataset": f"many/{name}/dataset.yaml", "method": "native"} for name in names))
    up = stack.up("--parallel 2")
    assert up.code == 0, up.output
    assert [len(stack.items(name)) for name in names] == [2] * len(names)
