"""How long `pulumi up` takes on AWS by what its resources wait for, and a picture of that over time.

`python -m benchmarks.critical_path STATE [PICTURE.svg]` takes what `pulumi stack export` prints. Each
resource of the state begins once all that it depends on is made, as in the engine, and takes the seconds of a
table. Beside that stands the longest chain of resources that truly depend on each other: by a value that one
has of the other, or since AWS refuses the one without the other.
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from markupsafe import escape

from local_aws.dms.lifecycle import LATENCIES

AS_OF = "28 November 2026"
"""What users see on AWS, rounded, with the provider's waits; AWS documents none of it."""
_DMS = LATENCIES["aws"]
_SECONDS: Mapping[str, float] = {
    "aws:cloudwatch/logGroup:LogGroup": 1,
    "aws:dms/endpoint:Endpoint": 3,
    "aws:dms/replicationConfig:ReplicationConfig": 5,
    "aws:dms/replicationInstance:ReplicationInstance": _DMS["instance.creating"],
    "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup": 3,
    "aws:dms/replicationTask:ReplicationTask": _DMS["task.creating"],
    "aws:dms/s3Endpoint:S3Endpoint": 3,
    "aws:dynamodb/table:Table": 10,
    "aws:dynamodb/tableExport:TableExport": 300,
    "aws:ec2/vpcEndpoint:VpcEndpoint": 10,
    "aws:iam/role:Role": 2,
    "aws:s3/bucket:Bucket": 3,
}
_OTHER = 1.0
_STEPS = {"load": _DMS["connection.testing"] + _DMS["task.starting"] + 60, "import": 300, "put": 300}
_STEP_SECONDS = 10.0
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


@dataclass(frozen=True, kw_only=True)
class Made:
    """A resource, how many seconds it takes, what it waits for, and what of that it truly needs: URNs."""

    type: str
    name: str
    seconds: float
    waits_for: frozenset[str]
    needs: frozenset[str]


Times = Mapping[str, tuple[float, float]]
"""From the beginning of `up`, when each resource begins and when it is made, by URN."""


def resources(state: Mapping[str, Any]) -> dict[str, Made]:
    """Return those of an exported state, in its order, in which each comes after what it depends on."""
    found: dict[str, Made] = {}
    for one in cast("list[dict[str, Any]]", state["deployment"]["resources"]):
        kind, urn = one["type"], one["urn"]
        waits_for = frozenset(one.get("dependencies", ())) & found.keys()
        by_value = {each for urns in one.get("propertyDependencies", {}).values() for each in urns}
        refused = {each for each in waits_for if (kind, found[each].type) in _NEEDED}
        needs = waits_for if kind == _STEP else frozenset(by_value | refused) & found.keys()
        name = urn.rpartition("::")[2]
        found[urn] = Made(
            type=kind, name=name, seconds=_seconds(kind, name), waits_for=waits_for, needs=needs
        )
    return found


def times(made: Mapping[str, Made], *, truly: bool = False) -> Times:
    """Return when each begins and is made: once all that it waits for is, or all that it truly needs."""
    found: dict[str, tuple[float, float]] = {}
    for urn, one in made.items():
        begins = max((found[each][1] for each in (one.needs if truly else one.waits_for)), default=0.0)
        found[urn] = begins, begins + one.seconds
    return found


def longest(when: Times) -> float:
    """Return when the last is made."""
    return max((end for _, end in when.values()), default=0.0)


def chain(made: Mapping[str, Made], when: Times) -> list[str]:
    """Return the URNs of those that the end waits for, the first to begin first."""
    path = [max(when, key=lambda urn: when[urn][1])]
    while before := made[path[-1]].waits_for:
        path.append(max(before, key=lambda urn: when[urn][1]))
    return path[::-1]


def picture(made: Mapping[str, Made], when: Times) -> str:
    """Return an SVG with a bar for each resource that takes time; those of the critical path are red."""
    critical = set(chain(made, when))
    shown = [urn for urn in sorted(when, key=lambda urn: when[urn]) if made[urn].seconds]
    scale, height = _BARS / longest(when), _ROW * (len(shown) + 2)
    lines = [_text(0, 0, f"`pulumi up` over time, with latencies of {AS_OF}; in red: the critical path")]
    for row, urn in enumerate(shown, start=1):
        begins, end = when[urn]
        left, width = _LABELS + begins * scale, max((end - begins) * scale, 1)
        colour = "#c0392b" if urn in critical else "#7f8c8d"
        place = f'x="{left:.1f}" y="{row * _ROW + 4}" width="{width:.1f}" height="{_ROW - 6}"'
        lines += [_text(0, row, _shown(made[urn])), f'<rect {place} fill="{colour}"/>']
    ticks = (longest(when) * part / 4 for part in range(5))
    lines += [_text(_LABELS + at * scale, len(shown) + 1, f"{at:,.0f} s") for at in ticks]
    style = 'font-family="sans-serif" font-size="12" fill="#333"'
    size = f'width="{_LABELS + _BARS + 60}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{"".join(lines)}</svg>\n'


def _text(x: float, row: int, text: str) -> str:
    return f'<text x="{x:.1f}" y="{row * _ROW + 14}">{escape(text)}</text>'


def _shown(one: Made) -> str:
    return f"{one.name} ({one.type.rpartition(':')[2]})"


def told(made: Mapping[str, Made]) -> Iterator[str]:
    """Yield how long the critical path is, that beside the chain of true needs, and what it consists of."""
    when = times(made)
    whole, needed = longest(when), longest(times(made, truly=True))
    yield f"{whole:,.0f} s, {whole / needed:.2f} of the longest chain of true needs ({needed:,.0f} s)"
    for urn in chain(made, when):
        if made[urn].seconds:
            yield f"  {when[urn][0]:6,.0f} s  {_shown(made[urn])}"


def _seconds(kind: str, name: str) -> float:
    if kind == _STEP:
        return _STEPS.get(name.rpartition("-")[2], _STEP_SECONDS)
    return 0.0 if kind.startswith(_NOTHING) else _SECONDS.get(kind, _OTHER)


def main() -> None:
    """Print the critical path of a state, and draw it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("state", type=Path)
    parser.add_argument("picture", type=Path, nargs="?")
    given = parser.parse_args()
    made = resources(json.loads(given.state.read_text()))
    if given.picture:
        given.picture.write_text(picture(made, times(made)))
    print("\n".join(told(made)))


if __name__ == "__main__":
    main()
