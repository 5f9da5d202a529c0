"""A file that changes while `pulumi up` runs, through the real engine: at the times in which it matters.

The bucket is held back until the record of the load's last run is read, which is when the program has its
digest; the provider reads the file after that.
"""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.clone import Clone, Run
from tests.e2e.conftest import TABLE, UP
from tests.e2e.gate import gate

pytestmark = pytest.mark.engine

A, B = (f"p1|{age}\np2|{age}\n" for age in (31, 99))
RECORD_READ = r"^GET /[^/]+/runs/people\.json"
BUCKET_MADE = r"^PUT /[^/?]+/?$"
TASK_MADE = r"^CreateReplicationTask$"


def up(clone: Clone, file: Path, **actions: Callable[[], object]) -> Run:
    """`pulumi up` with B in the file as soon as its digest is taken, and what else is to be done."""
    digest_taken = threading.Event()

    def swap() -> None:
        assert digest_taken.wait(60)
        file.write_text(B)

    with gate(clone.endpoint, {RECORD_READ: digest_taken.set, BUCKET_MADE: swap, **actions}) as url:
        return clone.literal(f"AWS_ENDPOINT_URL={url} {UP}")


def ages(clone: Clone) -> set[str]:
    return {item["age"]["N"] for item in clone.items(TABLE)}


@pytest.fixture
def file(people: Path) -> Path:
    """The only file of the dataset."""
    (people / "b.csv").unlink()
    (people / "a.csv").write_text(A)
    return people / "a.csv"


def test_up_loads_the_file_of_the_digest_when_it_was_replaced_and_restored(clone: Clone, file: Path) -> None:
    run = up(clone, file, **{TASK_MADE: lambda: file.write_text(A)})
    assert run.code == 0, run.output
    assert "S3 held other content than people/a.csv: uploaded again" in run.output
    assert ages(clone) == {"31"}
    again = clone.literal(UP)
    assert again.code == 0, again.output
    assert ages(clone) == {"31"}


def test_up_loads_nothing_when_the_file_changed_and_the_next_up_loads_the_restored_one(
    clone: Clone, file: Path
) -> None:
    changed = up(clone, file)
    assert changed.code != 0
    assert "people/a.csv changed while `pulumi up` ran; run it again" in changed.output
    assert "Traceback" not in changed.output
    assert clone.items(TABLE) == []
    file.write_text(A)
    again = clone.literal(UP)
    assert again.code == 0, again.output
    assert ages(clone) == {"31"}


def test_up_converts_nothing_when_the_file_changed_and_the_next_up_converts_the_restored_one(
    clone: Clone, file: Path
) -> None:
    clone.loads("people", "people/dataset.yaml", method="bulk_put")
    changed = up(clone, file)
    assert changed.code != 0
    assert "people/a.csv changed while `pulumi up` ran; run it again" in changed.output
    assert "Traceback" not in changed.output
    file.write_text(A)
    again = clone.literal(UP)
    assert again.code == 0, again.output
    assert ages(clone) == {"31"}
