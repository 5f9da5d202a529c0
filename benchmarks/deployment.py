"""How long the local stack takes, as a user waits for it."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure
from tests.e2e.clone import Clone, make_clone


def measure() -> Iterator[Figure]:
    """`make up` from a stopped start, again, `pulumi preview`, `make down`; the engine is in the cache."""
    with tempfile.TemporaryDirectory() as folder:
        clone = make_clone(Path(folder) / "dynamodb-bulk")
        clone.run(".venv/bin/bulk", "local", "up")
        clone.run(".venv/bin/bulk", "local", "down")
        yield _timed(
            clone, "make up, from a stopped start", "make up", "four loads, 4,137 rows, and an export"
        )
        yield _timed(clone, "pulumi preview", "pulumi preview --stack local", "nothing changed")
        yield _timed(clone, "make up, again", "make up", "nothing changed")
        yield _timed(clone, "make down", "make down", "")


def _timed(clone: Clone, what: str, command: str, conditions: str) -> Figure:
    start = time.perf_counter()
    ended = clone.literal(command)
    seconds = time.perf_counter() - start
    if ended.code:
        raise SystemExit(f"{command} ended with {ended.code}:\n{ended.output}")
    return Figure(what=what, measured=f"{seconds:.1f} s", conditions=conditions)
