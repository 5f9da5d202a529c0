"""A file that changes while `pulumi up` runs, through the real engine: at the times in which it matters.

The bucket is held back until the record of the load's last run is read, which is when the program has its
digest; the provider reads the file after that.
"""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from local_aws.testing.fault_proxy import fault_proxy
from tests.e2e.clone import PATIENCE, Run
from tests.e2e.conftest import write_dataset
from tests.e2e.stack import UP, Stack

A, B = (f"p1|{age}\np2|{age}\n" for age in (31, 99))
BUCKET_MADE = r"PUT /[^/?]+/?$"
TASK_MADE = r"CreateReplicationTask$"


def up(stack: Stack, *files: Path, **actions: Callable[[], object]) -> Run:
    """`pulumi up` with B in the files as soon as their digests are taken, and what else is to be done."""
    digests = {file.parent.name: threading.Event() for file in files}

    def swap() -> None:
        for file in files:
            assert digests[file.parent.name].wait(PATIENCE)
            file.write_text(B)

    reads = {rf"GET /[^/]+/runs/{name}\.json": taken.set for name, taken in digests.items()}
    with fault_proxy(stack.clone.endpoint) as proxy:
        for call, action in {**reads, BUCKET_MADE: swap, **actions}.items():
            proxy.before(call, action)
        return stack.up("--continue-on-error", through=proxy.url)


def ages(stack: Stack, dataset: str = "people") -> set[str]:
    return {item["age"]["N"] for item in stack.items(dataset)}


@pytest.fixture
def file(people: Path) -> Path:
    """The only file of the dataset."""
    (people / "b.csv").unlink()
    (people / "a.csv").write_text(A)
    return people / "a.csv"


def test_up_loads_the_restored_file_and_converts_nothing_of_a_changed_one_until_it_is_restored(
    stack: Stack, file: Path
) -> None:
    put = stack.clone.folder / "put" / "a.csv"
    write_dataset(put.parent, a=A)
    stack.settle(
        {"dataset": "people/dataset.yaml", "method": "dms"},
        {"dataset": "put/dataset.yaml", "method": "bulk_put"},
    )
    changed = up(stack, file, put, **{TASK_MADE: lambda: file.write_text(A)})
    changed.refused("put/a.csv changed while `pulumi up` ran; run it again")
    assert "S3 held different content from people/a.csv: uploaded again" in changed.output
    assert ages(stack) == {"31"}
    assert stack.items("put") == []
    put.write_text(A)
    stack.well(UP)
    assert ages(stack) == ages(stack, "put") == {"31"}
