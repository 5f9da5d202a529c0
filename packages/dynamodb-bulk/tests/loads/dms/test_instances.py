"""The class of a replication instance: what a Region offers, and what loads need of it."""

import re
from datetime import UTC, datetime

import pytest

from dynamodb_bulk.dms.maintenance import is_open, weekly_window
from dynamodb_bulk.loads.dms.instances import (
    Demand,
    Orderable,
    choose,
    memory_of_class,
    memory_of_load,
    require_offered,
)
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.errors import InputError

GIB = 1024**3
WHERE = "Pulumi.dev.yaml: bulk:dms"
NAMES = ("dms.t3.micro", "dms.t3.medium", "dms.c5.large", "dms.c6i.large", "dms.c6i.xlarge", "dms.r6i.large")


def _offered(*names: str, engines: tuple[str, ...] = ("3.6.1", "3.10.0", "3.5.4")) -> list[Orderable]:
    zones = ("eu-west-1a", "eu-west-1b")
    return [
        Orderable(name=name, engine=engine, storage=(5, 6144), zones=zones)
        for name in names or NAMES
        for engine in engines
    ]


@pytest.mark.parametrize(
    ("rows", "memory", "changes", "name"),
    [
        (0, 0, False, "dms.t3.medium"),
        (1_000_000, 2 * GIB, False, "dms.t3.medium"),
        (1_000_000, 2 * GIB + 1, False, "dms.c6i.xlarge"),
        (1_000_001, 0, False, "dms.c6i.large"),
        (None, 0, False, "dms.c6i.large"),
        (1_000_001, 0, True, "dms.r6i.large"),
        (1_000, 4 * GIB, True, "dms.r6i.large"),
    ],
)
def test_class_follows_rows_memory_and_changes(
    rows: int | None, memory: int, changes: bool, name: str
) -> None:
    chosen = choose(_offered(), Demand(rows=rows, memory=memory, changes=changes), None, WHERE)
    assert (chosen.name, chosen.engine) == (name, "3.10.0")


def test_class_is_of_an_older_family_where_the_region_has_no_newer() -> None:
    demand = Demand(rows=None, memory=0)
    assert choose(_offered("dms.c5.large"), demand, "3.5.4", WHERE).engine == "3.5.4"


def test_class_is_refused_when_none_has_the_memory() -> None:
    with pytest.raises(InputError, match=r"no class here has twice the 100\.0 GiB"):
        choose(_offered(), Demand(rows=1, memory=100 * GIB), None, WHERE)


def test_engine_is_no_beta_unless_it_is_named() -> None:
    offered = [
        Orderable(name="dms.t3.medium", engine="3.7.0", storage=(5, 6144), beta=True),
        *_offered("dms.t3.medium", engines=("3.6.1",)),
    ]
    none, named = (
        require_offered("dms.t3.medium", offered, each, 50, WHERE, multi_az=False) for each in (None, "3.7.0")
    )
    assert (none.engine, named.engine) == ("3.6.1", "3.7.0")


def test_class_that_is_not_offered_is_refused_with_the_nearest() -> None:
    wanted = re.escape(f"{WHERE}.instance_class: dms.c7i.large is not offered")
    with pytest.raises(InputError, match=f"{wanted}.*nearest: dms.c6i.large, dms.c5.large, dms.t3.medium"):
        require_offered("dms.c7i.large", _offered(), None, 50, WHERE, multi_az=False)


@pytest.mark.parametrize(
    ("engine", "storage", "zones", "key"),
    [
        ("3.4.7", 50, ("a", "b"), "engine_version"),
        (None, 4, ("a", "b"), "storage_gb"),
        (None, 50, ("a",), "multi_az"),
    ],
)
def test_setting_that_the_region_does_not_offer_is_refused_at_its_key(
    engine: str | None, storage: int, zones: tuple[str, ...], key: str
) -> None:
    offered = [Orderable(name="dms.t3.medium", engine="3.6.1", storage=(5, 6144), zones=zones)]
    with pytest.raises(InputError, match=re.escape(f"{WHERE}.{key}: ")):
        require_offered("dms.t3.medium", offered, engine, storage, WHERE, multi_az=True)


@pytest.mark.parametrize(
    ("name", "gib"),
    [
        ("dms.t3.micro", 1),
        ("dms.t3.large", 8),
        ("dms.c5.large", 4),
        ("dms.c6i.xlarge", 8),
        ("dms.c5.9xlarge", 72),
        ("dms.r7i.2xlarge", 64),
        ("dms.x9.huge", 0),
    ],
)
def test_memory_of_a_class_is_as_documented(name: str, gib: int) -> None:
    assert memory_of_class(name) == gib * GIB


def test_memory_of_a_load_is_by_its_lobs_and_longest_values() -> None:
    columns = [
        Column(name="a", type="CLOB"),
        Column(name="b", type="STRING", length=100),
        Column(name="c", type="INT4"),
    ]
    assert memory_of_load(columns, 32, 10_000) == 10_000 * (32 * 1024 + 100 + 8)


@pytest.mark.parametrize(
    ("window", "moment", "expected"),
    [
        ("sat:06:00-sat:06:30", "2026-11-28T06:00", True),
        ("sat:06:00-sat:06:30", "2026-11-28T06:30", False),
        ("Sun:23:45-Mon:00:15", "2026-11-29T23:50", True),
        ("sun:23:45-mon:00:15", "2026-11-30T00:14", True),
        ("sun:23:45-mon:00:15", "2026-11-30T00:15", False),
    ],
)
def test_maintenance_window_is_open_from_its_begin_to_its_end(
    window: str, moment: str, expected: bool
) -> None:
    assert is_open(window, datetime.fromisoformat(moment).replace(tzinfo=UTC)) is expected


@pytest.mark.parametrize(
    "text", ["sun:06:00", "Sun:06:00-sun:06:30", "sun:24:00-mon:01:00", "sun:06:00-sun:06:29"]
)
def test_maintenance_window_that_aws_does_not_take_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected days and times|shorter than 30 minutes"):
        weekly_window(text)
