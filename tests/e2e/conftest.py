"""One clone for the entire engine suite, gone at its end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.clone import Clone, make_clone

UP = "pulumi up --stack people --yes --skip-preview"
TABLE = "dynamodb-bulk-people-people"


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A clone with local AWS running."""
    made = make_clone(tmp_path_factory.mktemp("engine") / "dynamodb-bulk")
    up = made.run(".venv/bin/bulk", "local", "up", timeout=900)
    assert up.code == 0, up.output
    yield made
    made.run(".venv/bin/bulk", "local", "down")


@pytest.fixture
def dataset(clone: Clone) -> Iterator[Path]:
    """A small dataset of its own in the clone: `people`, of two files, for one test to spoil."""
    folder = clone.folder / "people"
    folder.mkdir(exist_ok=True)
    (folder / "dataset.yaml").write_text(
        "name: people\n"
        "source: {files: ['*.csv'], delimiter: '|'}\n"
        "columns:\n"
        "  - {name: id, type: STRING, length: 8}\n"
        "  - {name: age, type: INT2}\n"
        "table: {partition_key: {name: id}}\n"
    )
    (folder / "a.csv").write_text("p1|31\np2|\n")
    (folder / "b.csv").write_text("p3|7\n")
    yield folder
    for file in folder.iterdir():
        file.unlink()


@pytest.fixture
def people(clone: Clone, dataset: Path) -> Iterator[Path]:
    """A stack that loads `people` alone; destroyed and removed at the end."""
    running = clone.run(".venv/bin/bulk", "local", "up")
    assert running.code == 0, running.output
    clone.loads("people", "people/dataset.yaml")
    assert clone.literal("pulumi stack init people").code == 0
    yield dataset
    clone.run(".venv/bin/bulk", "local", "up")
    down = clone.literal("pulumi destroy --stack people --yes --skip-preview")
    assert down.code == 0, down.output
    assert clone.literal("pulumi stack rm people --yes").code == 0
