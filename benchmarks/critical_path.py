"""How long `pulumi up` takes on AWS: run with the latencies of AWS simulated, and a picture of it over time.

`python -m benchmarks.critical_path [PICTURE.svg]` loads one example by DMS and one by a native import. Local
AWS is so many times as fast as AWS; what the engine reports is stamped as it comes and scaled back. Beside
the measured time stands the longest chain of resources that truly depend on each other: by a value that one
has of the other, or since AWS refuses the one without the other.
"""

import argparse
import json
import resource
import shlex
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from markupsafe import escape

from benchmarks.figure import Figure
from local_aws.latency import AS_OF
from tests.e2e.clone import make_clone
from tests.e2e.stack import UP, Stack

TIMES_AS_FAST = 10
PICTURE = Path("critical-path.svg")
LOADS = (
    {"dataset": "examples/dms-minimal/dataset.yaml", "method": "dms"},
    {"dataset": "examples/minimal/dataset.yaml", "method": "native"},
)
_LABELS, _BARS, _ROW = 330, 800, 18  # of the picture, in pixels
_NOTHING = ("pulumi:", "bulk:components:", "pulumi-python:dynamic/bulk:")  # they are recorded, and no more
_STEP = "bulk:steps:Step"
# What AWS refuses without the other, though no value tells.
# https://docs.aws.amazon.com/dms/latest/userguide/security-iam.html#CHAP_Security.APIRole
_NEEDED = {
    (
        "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    ),
    ("aws:dms/replicationInstance:ReplicationInstance", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"),
}

Event = tuple[float, Mapping[str, Any]]
"""A second, and what the engine reported in it."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """A resource, when it began and was made (seconds), what it waited for and truly needs of that (URNs)."""

    type: str
    name: str
    begins: float
    ends: float
    waits_for: frozenset[str]
    needs: frozenset[str]

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ends - self.begins


def spans(events: Iterable[Event], scale: float = 1) -> dict[str, tuple[float, float]]:
    """Return when each resource that takes time began and was made, from the first that began, by URN."""
    begun: dict[str, float] = {}
    made: dict[str, float] = {}
    for second, event in events:
        if before := event.get("resourcePreEvent"):
            begun.setdefault(before["metadata"]["urn"], second)
        elif after := event.get("resOutputsEvent"):
            made[after["metadata"]["urn"]] = second
    timed = [
        urn
        for urn in begun
        if urn in made and not urn.split("::")[-2].rpartition("$")[2].startswith(_NOTHING)
    ]
    first = min((begun[urn] for urn in timed), default=0.0)
    return {urn: ((begun[urn] - first) * scale, (made[urn] - first) * scale) for urn in timed}


def resources(state: Mapping[str, Any], when: Mapping[str, tuple[float, float]]) -> dict[str, Made]:
    """Return those of an exported state, in its order, in which each comes after what it depends on.

    What took no time is made as soon as all that it waits for is.
    """
    found: dict[str, Made] = {}
    for one in cast("list[dict[str, Any]]", state["deployment"]["resources"]):
        kind, urn = one["type"], one["urn"]
        waits_for = frozenset(one.get("dependencies", ())) & found.keys()
        by_value = {each for urns in one.get("propertyDependencies", {}).values() for each in urns}
        refused = {each for each in waits_for if (kind, found[each].type) in _NEEDED}
        needs = waits_for if kind == _STEP else frozenset(by_value | refused) & found.keys()
        at = max((found[each].ends for each in waits_for), default=0.0)
        begins, ends = when.get(urn, (at, at))
        found[urn] = Made(
            type=kind,
            name=urn.rpartition("::")[2],
            begins=begins,
            ends=ends,
            waits_for=waits_for,
            needs=needs,
        )
    return found


def whole(made: Mapping[str, Made]) -> float:
    """Return the seconds from the first resource that began to the last that was made."""
    return max((one.ends for one in made.values()), default=0.0)


def longest(made: Mapping[str, Made], *, truly: bool = True) -> float:
    """Return the seconds of the longest chain of resources that truly need, or else wait for, the other."""
    ends: dict[str, float] = {}
    for urn, one in made.items():
        before = one.needs if truly else one.waits_for
        ends[urn] = max((ends[each] for each in before), default=0.0) + one.seconds
    return max(ends.values(), default=0.0)


def chain(made: Mapping[str, Made]) -> list[str]:
    """Return the URNs of those that the end waited for, the first to begin first."""
    path = [max(made, key=lambda urn: made[urn].ends)]
    while before := made[path[-1]].waits_for:
        path.append(max(before, key=lambda urn: made[urn].ends))
    return path[::-1]


def picture(made: Mapping[str, Made]) -> str:
    """Return an SVG with a bar for each resource that took time; those of the critical path are red."""
    critical = set(chain(made))
    shown = [urn for urn in sorted(made, key=lambda urn: made[urn].begins) if made[urn].seconds]
    scale, height = _BARS / whole(made), _ROW * (len(shown) + 2)
    lines = [_text(0, 0, f"`pulumi up` over time, with latencies of {AS_OF}; in red: the critical path")]
    for row, urn in enumerate(shown, start=1):
        left, width = _LABELS + made[urn].begins * scale, max(made[urn].seconds * scale, 1)
        colour = "#c0392b" if urn in critical else "#7f8c8d"
        place = f'x="{left:.1f}" y="{row * _ROW + 4}" width="{width:.1f}" height="{_ROW - 6}"'
        lines += [_text(0, row, _shown(made[urn])), f'<rect {place} fill="{colour}"/>']
    ticks = (whole(made) * part / 4 for part in range(5))
    lines += [_text(_LABELS + at * scale, len(shown) + 1, f"{at:,.0f} s") for at in ticks]
    style = 'font-family="sans-serif" font-size="12" fill="#333"'
    size = f'width="{_LABELS + _BARS + 60}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{"".join(lines)}</svg>\n'


def _text(x: float, row: int, text: str) -> str:
    return f'<text x="{x:.1f}" y="{row * _ROW + 14}">{escape(text)}</text>'


def _shown(one: Made) -> str:
    return f"{one.name} ({one.type.rpartition(':')[2]})"


def told(made: Mapping[str, Made]) -> Iterator[str]:
    """Yield how long `up` took, that beside the longest chain of true needs, and what it waited for."""
    took, needed = whole(made), longest(made)
    yield f"{took:,.0f} s, {took / needed:.2f} of the longest chain of true needs ({needed:,.0f} s)"
    for urn in chain(made):
        if made[urn].seconds:
            yield f"  {made[urn].begins:6,.0f} s  {_shown(made[urn])}: {made[urn].seconds:,.0f} s"


def deploy(folder: Path, times_as_fast: int) -> tuple[dict[str, Made], float]:
    """Run `pulumi up` on a new stack, in a clone and with a server of its own.

    Return its resources with times as on AWS, and the CPU seconds of engine, program and plugins.
    """
    clone = make_clone(folder / "dynamodb-bulk")
    up = clone.run(".venv/bin/bulk", "local", "up", "--latency", f"aws/{times_as_fast}")
    if up.code:
        raise SystemExit(up.output)
    try:
        stack = Stack(clone, "latency")
        stack.settle(*LOADS)
        stack.well("pulumi stack init")
        before = _cpu_seconds()
        events = list(_events(stack, folder / "events"))
        used = _cpu_seconds() - before
        state = json.loads(stack.well("pulumi stack export").output)
    finally:
        clone.run(".venv/bin/bulk", "local", "down")
    return resources(state, spans(events, times_as_fast)), used


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _events(stack: Stack, log: Path) -> Iterator[Event]:
    """Yield the engine's events, each with the second in which it was reported: its own are whole seconds."""
    command = f"env PULUMI_DEBUG_COMMANDS=true {UP} --event-log {shlex.quote(str(log))}"
    log.touch()
    with log.open() as lines:
        begun, text, over = stack.begin(command), "", False
        while not over:
            over = begun.poll() is not None
            *whole_lines, text = (text + lines.read()).split("\n")
            yield from ((time.monotonic(), json.loads(line)) for line in whole_lines)
            time.sleep(0.01)
    ended = stack.clone.ended(begun)
    if ended.code:
        raise SystemExit(ended.output)


def measure(drawn: Path = PICTURE) -> Iterator[Figure]:
    """Run, draw, and print what `up` waited for."""
    with tempfile.TemporaryDirectory() as folder:
        made, used = deploy(Path(folder), TIMES_AS_FAST)
    drawn.write_text(picture(made))
    print("\n".join(told(made)))
    needed = longest(made)
    yield Figure(
        what="critical path of `pulumi up` with AWS's latencies simulated",
        measured=f"{whole(made):,.0f} s",
        beside=f"longest chain of true needs {needed:,.0f} s: {whole(made) / needed:.2f}",
        conditions=f"a load by DMS and one by import, {len(made)} resources; latencies of {AS_OF}, "
        f"{TIMES_AS_FAST} times as fast; without what comes before the first resource; engine, program and "
        f"plugins took {used:.1f} CPU s; drawn in {drawn}",
    )


def main() -> None:
    """Print the figure, and draw it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("picture", type=Path, nargs="?", default=PICTURE)
    for figure in measure(parser.parse_args().picture):
        print(f"{figure.what}: {figure.measured}; {figure.beside} ({figure.conditions})")


if __name__ == "__main__":
    main()
