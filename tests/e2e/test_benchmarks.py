"""What the benchmarks measure is what it says it is."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks import critical_path, export
from benchmarks.readings import make

ITEMS = 400


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_export_that_is_measured_becomes_a_file_of_as_many_rows(tmp_path: Path, kind: Any) -> None:
    make(tmp_path, ITEMS, ITEMS)
    assert export.to_files(tmp_path, kind) == ITEMS
    assert export.plain(tmp_path) == ITEMS


def test_critical_path_waits_for_all_and_the_chain_of_true_needs_only_for_values() -> None:
    def resource(kind: str, name: str, *waits: str, **values: list[str]) -> dict[str, Any]:
        urn = f"urn:pulumi:dev::shop::{kind}::{name}"
        return {"urn": urn, "type": kind, "dependencies": waits, "propertyDependencies": values}

    instance, endpoint = (f"aws:dms/replicationInstance:{one}" for one in ("ReplicationInstance", "none"))
    first, second = resource(endpoint, "first"), resource(endpoint, "second")
    last = resource(instance, "last", first["urn"], second["urn"], zone=[second["urn"]])
    loaded = resource("bulk:steps:Step", "orders-load", last["urn"], first["urn"])
    state = {"deployment": {"resources": [first, second, last, loaded]}}
    made = critical_path.resources(state)
    when = critical_path.times(made)
    assert when[last["urn"]] == (1, 481)
    assert made[last["urn"]].needs == {second["urn"]}
    assert made[loaded["urn"]].needs == {last["urn"], first["urn"]}
    assert critical_path.chain(made, when)[-2:] == [last["urn"], loaded["urn"]]
    bars = ElementTree.fromstring(critical_path.picture(made, when)).findall("{*}rect")
    assert len(bars) == 4
