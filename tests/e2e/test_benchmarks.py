"""What the benchmarks measure is what it says it is."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks import critical_path, export
from benchmarks.readings import make

ITEMS = 400
INSTANCE = "aws:dms/replicationInstance:ReplicationInstance"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_export_that_is_measured_becomes_a_file_of_as_many_rows(tmp_path: Path, kind: Any) -> None:
    make(tmp_path, ITEMS, ITEMS)
    assert export.to_files(tmp_path, kind) == ITEMS
    assert export.plain(tmp_path) == ITEMS


def _urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::bulk:components:Load${kind}::{name}"


def _events(urn: str, begins: float, ends: float) -> list[critical_path.Event]:
    told = {"metadata": {"urn": urn, "op": "create"}}
    return [(begins, {"resourcePreEvent": told}), (ends, {"resOutputsEvent": told})]


def test_critical_path_is_of_what_was_waited_for_and_the_chain_of_true_needs_only_of_values() -> None:
    endpoint = "aws:dms/endpoint:Endpoint"
    first, second = _urn(endpoint, "first"), _urn(endpoint, "second")
    last, loaded = _urn(INSTANCE, "last"), _urn("bulk:steps:Step", "orders-load")
    component = "urn:pulumi:dev::shop::bulk:components:Load::orders"
    timed = [(10, {"summaryEvent": {}}), *_events(component, 10, 90), *_events(first, 12, 15)]
    timed += [*_events(second, 11, 12), *_events(last, 15.5, 63.5), *_events(loaded, 64, 70)]

    def entry(urn: str, *waits: str, **values: list[str]) -> dict[str, Any]:
        kind = urn.split("::")[2].rpartition("$")[2]
        return {"urn": urn, "type": kind, "dependencies": waits, "propertyDependencies": values}

    entries = [entry(component), entry(first), entry(second), entry(last, first, second, zone=[second])]
    entries.append(entry(loaded, last, first))
    when = critical_path.spans(timed, scale=10)
    made = critical_path.resources({"deployment": {"resources": entries}}, when)
    assert (made[last].begins, made[last].ends) == (45, 525)
    assert made[last].needs == {second}
    assert made[loaded].needs == {last, first}
    assert critical_path.whole(made) == 590
    assert critical_path.longest(made) == 10 + 480 + 60
    assert critical_path.longest(made, truly=False) == 30 + 480 + 60
    assert critical_path.chain(made) == [first, last, loaded]
    bars = ElementTree.fromstring(critical_path.picture(made)).findall("{*}rect")
    assert len(bars) == 4


def test_up_waits_for_at_most_a_tenth_more_than_its_longest_chain_of_true_needs(tmp_path: Path) -> None:
    made, _ = critical_path.deploy(tmp_path, 40)
    [instance] = [one for one in made.values() if one.type == INSTANCE]
    assert instance.seconds > 480  # as on AWS
    assert critical_path.longest(made, truly=False) <= 1.1 * critical_path.longest(made)
