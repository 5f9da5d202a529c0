"""How long `pulumi preview` takes, by itself and with the policies, as a stack grows."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import yaml

from benchmarks.figure import Figure
from tests.e2e.clone import Clone, make_clone
from tests.recording import run_main, stack_config

LOADS = (1, 10, 100)
RUNS = 5
POLICIES = "--policy-pack policies --policy-pack-config policies/config/development.json"


def measure() -> Iterator[Figure]:
    """The shipped local stack, then stacks of 1, 10 and 100 loads by DMS; the median of some runs."""
    with tempfile.TemporaryDirectory() as folder:
        clone = make_clone(Path(folder) / "dynamodb-bulk")
        clone.run(".venv/bin/bulk", "local", "up")
        try:
            yield _beside(clone, "local", "as it ships")
            for loads in LOADS:
                yield _beside(clone, _stack(clone, loads), f"loads by DMS: {loads}")
            yield _under_mocks(clone)
        finally:
            clone.run(".venv/bin/bulk", "local", "down")


def _beside(clone: Clone, stack: str, conditions: str) -> Figure:
    begun = clone.literal(f"pulumi stack select --create {stack}")
    if begun.code:
        raise SystemExit(begun.output)
    plain, judged = (f"pulumi preview --stack {stack} {more}" for more in ("", POLICIES))
    # One after the other, so that what else the machine does meets both.
    times = [(_seconds(clone, plain), _seconds(clone, judged)) for _ in range(RUNS)]
    without, with_policies = (median(column) for column in zip(*times, strict=True))
    return Figure(
        what="pulumi preview with policies",
        measured=f"{with_policies:.1f} s",
        beside=f"without: {without:.1f} s ({with_policies / without:.2f} times)",
        conditions=f"{conditions}; median of {RUNS}",
    )


def _seconds(clone: Clone, command: str) -> float:
    start = time.perf_counter()
    ended = clone.literal(command)
    seconds = time.perf_counter() - start
    if ended.code:
        raise SystemExit(f"{command} ended with {ended.code}:\n{ended.output}")
    return seconds


def _stack(clone: Clone, loads: int) -> str:
    """A stack with so many loads of one small file each."""
    settings = stack_config("local")
    settings["bulk:exports"] = []
    settings["bulk:loads"] = [
        {"dataset": str(_dataset(clone.folder / "many" / f"people-{number:03}")), "method": "dms"}
        for number in range(loads)
    ]
    (clone.folder / f"Pulumi.many{loads}.yaml").write_text(yaml.safe_dump({"config": settings}))
    return f"many{loads}"


def _dataset(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "people.csv").write_text("p1|31\n")
    (folder / "dataset.yaml").write_text(
        f"name: {folder.name}\n"
        "source: {files: [people.csv], delimiter: '|'}\n"
        "columns:\n"
        "  - {name: id, type: STRING, length: 8}\n"
        "  - {name: age, type: INT2}\n"
        "table: {partition_key: {name: id}}\n"
    )
    return folder / "dataset.yaml"


def _under_mocks(clone: Clone) -> Figure:
    most = max(LOADS)
    config = yaml.safe_load((clone.folder / f"Pulumi.many{most}.yaml").read_text())["config"]
    os.environ |= {
        "AWS_ENDPOINT_URL": clone.endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    start = time.perf_counter()
    engine = run_main(config, preview=True)
    seconds = time.perf_counter() - start
    return Figure(
        what="the program under mocks",
        measured=f"{seconds:.1f} s",
        conditions=f"loads by DMS: {most}; {len(engine.declared):,} resources",
    )
