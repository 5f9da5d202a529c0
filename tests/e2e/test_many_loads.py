"""Many loads in one stack, with more steps at once than the engine or the SDK has threads."""

from collections.abc import Iterator

import pytest
import yaml

from tests.e2e.clone import Clone, make_clone

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A clone whose stacks are not destroyed: its AWS ends with it."""
    made = make_clone(tmp_path_factory.mktemp("many") / "dynamodb-bulk")
    assert made.run(".venv/bin/bulk", "local", "up", timeout=900).code == 0
    yield made
    made.run(".venv/bin/bulk", "local", "down")


@pytest.mark.parametrize(("count", "options"), [(12, "--parallel 2"), (25, "")])
def test_up_ends_when_many_loads_are_converted_at_once(own: Clone, count: int, options: str) -> None:
    stack = f"many{count}"
    names = [f"s{number}" for number in range(count)]
    for name in names:
        folder = own.folder / stack / name
        folder.mkdir(parents=True)
        (folder / "x.csv").write_text("a,1\nb,2\n")
        (folder / "dataset.yaml").write_text(
            f"name: {name}\n"
            "source: {files: ['*.csv']}\n"
            "columns:\n"
            "  - {name: id, type: STRING, length: 12}\n"
            "  - {name: v, type: INT4}\n"
            "table: {partition_key: {name: id}}\n"
        )
    settings = own.settings()
    settings["config"]["bulk:loads"] = [
        {"dataset": f"{stack}/{name}/dataset.yaml", "method": "native"} for name in names
    ]
    (own.folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(settings))
    assert own.literal(f"pulumi stack init {stack}").code == 0
    up = own.literal(f"pulumi up --stack {stack} --yes --skip-preview {options}")
    assert up.code == 0, up.output
    assert all(len(own.items(f"dynamodb-bulk-{stack}-{name}")) == 2 for name in names)
