"""One clone for each worker of the engine suite, gone at its end, and a new stack for each test."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.clone import Clone, make_clone
from tests.e2e.stack import Stack

_NUMBERS = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and begin with them: they take the longest."""
    here = Path(__file__).parent
    ours = [item for item in items if item.path.is_relative_to(here)]
    for item in ours:
        item.add_marker("engine")
    items.sort(key=lambda item: not item.path.is_relative_to(here))


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A clone with AWS running locally."""
    yield from running_clone(tmp_path_factory.mktemp("engine"))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A clone of which the tests of one module have the account to themselves."""
    yield from running_clone(tmp_path_factory.mktemp("own"))


def running_clone(folder: Path, **environ: str) -> Iterator[Clone]:
    """A clone in a folder, with AWS running locally until it is over; `environ` is added to its own."""
    made = make_clone(folder / "dynamodb-bulk")
    made.environ.update(environ)
    up = made.run(".venv/bin/bulk", "local", "up")
    assert up.code == 0, up.output
    yield made
    made.run(".venv/bin/bulk", "local", "down")


@pytest.fixture
def stack(clone: Clone) -> Stack:
    """A new stack without loads."""
    return new_stack(clone)


def new_stack(clone: Clone, name: str = "") -> Stack:
    """A new stack without loads, by default with a name that tells nothing."""
    made = Stack(clone, name or f"stack{next(_NUMBERS)}")
    made.settle()
    made.well("pulumi stack init")
    return made


def write_dataset(folder: Path, more: str = "", **files: str) -> None:
    """A dataset of the folder's name, with ids and ages, and its files by their names without `.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.yaml").write_text(
        f"name: {folder.name}\n"
        "source: {files: ['*.csv'], delimiter: '|'}\n"
        "columns:\n"
        "  - {name: id, type: STRING, length: 12}\n"
        "  - {name: age, type: INT2}\n"
        f"table: {{partition_key: {{name: id}}}}\n{more}"
    )
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)


@pytest.fixture
def people(stack: Stack) -> Iterator[Path]:
    """The folder of a small dataset of two files, for one test to spoil; the stack loads it by DMS."""
    folder = stack.clone.folder / "people"
    write_dataset(folder, a="p1|31\np2|\n", b="p3|7\n")
    stack.settle({"dataset": "people/dataset.yaml", "method": "dms"})
    yield folder
    empty(folder)


def empty(folder: Path) -> None:
    """Remove the files of a dataset."""
    for file in folder.iterdir():
        file.unlink()
