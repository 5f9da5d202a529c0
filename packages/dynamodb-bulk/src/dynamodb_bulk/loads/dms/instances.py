"""The replication instance of a stack: the classes that a Region offers, and the one that its loads need.

Sources: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.Types.html and
https://docs.aws.amazon.com/dms/latest/APIReference/API_DescribeOrderableReplicationInstances.html
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws, is_denied
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.dms.task_setting_model import SECTIONS
from dynamodb_bulk.estimate.size import sample
from dynamodb_bulk.sources.locating import source_files
from dynamodb_bulk.spec.columns import Column
from dynamodb_bulk.spec.errors import InputError

# AWS names T3 for light work with bursts, C for work on the CPU and R for ongoing changes, without figures:
# how many rows are light is this program's choice. T3 below medium has less memory than DMS's own minimum.
LIGHT_ROWS = 1_000_000
_LIGHT = ("dms.t3.medium", "dms.t3.large")
_LOADING, _CHANGING = ("c6i", "c7i", "c5"), ("r6i", "r7i", "r5")
_T3_GIB = {"micro": 1, "small": 2, "medium": 4, "large": 8}
_GIB_OF_LARGE = {"c": 4, "r": 16}
_GIB = 1024**3


@dataclass(frozen=True, kw_only=True)
class Orderable:
    """A class that a Region offers with an engine version; storage in GB; `zones` are those that have it."""

    name: str
    engine: str
    storage: tuple[int, int]
    zones: tuple[str, ...] = ()
    beta: bool = False


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What the loads of a stack need: `rows` of all files, None if not known, and `memory` in bytes.

    `changes`: one of them applies changes.
    """

    rows: int | None
    memory: int
    changes: bool = False


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A class and engine version that the Region offers, and the rule that led there."""

    name: str
    engine: str
    why: str = ""


def orderable(aws: Aws) -> tuple[Orderable, ...]:
    """Return what the Region offers; nothing where the caller may not ask."""
    pages = aws.dms.get_paginator("describe_orderable_replication_instances").paginate()
    try:
        return tuple(
            Orderable(
                name=each.get("ReplicationInstanceClass", ""),
                engine=each.get("EngineVersion", ""),
                storage=(each.get("MinAllocatedStorage", 0), each.get("MaxAllocatedStorage", 0)),
                zones=tuple(each.get("AvailabilityZones", ())),
                beta=each.get("ReleaseStatus") == "beta",
            )
            for page in pages
            for each in page.get("OrderableReplicationInstances", [])
        )
    except ClientError as error:
        if not is_denied(error):
            raise
        return ()


def instance_demand(datasets: Sequence[Dataset], aws: Aws) -> Demand:
    """Return what loads of the datasets need, the rows by samples of their files."""
    rows: int | None = 0
    memory = 0
    for dataset in datasets:
        lob = _setting(dataset, "TargetMetadata", "LobMaxSize")
        commit = _setting(dataset, "FullLoadSettings", "CommitRate")
        memory += memory_of_load(dataset.columns, lob, commit)
        with suppress(InputError):  # the load itself reports files that cannot be read
            if dataset.loads_files and rows is not None:
                rows += sample(dataset, source_files(dataset, aws)).rows
            continue
        rows = None
    return Demand(rows=rows, memory=memory, changes=any(one.changes for one in datasets))


def _setting(dataset: Dataset, section: str, key: str) -> int:
    """Return a number of the task settings, or the default that AWS documents for it."""
    written: Mapping[str, Any] | None = dataset.task_settings.get(section)
    return int((written or {}).get(key) or SECTIONS[section].settings[key].default or 0)


def memory_of_load(columns: Iterable[Column], lob_kilobytes: int, commit_rate: int) -> int:
    """Return the bytes that DMS holds at once for a load.

    Of a LOB column AWS documents `LobMaxSize` times `CommitRate`. Of other columns it documents nothing: they
    are counted in the same way, by their longest value.
    https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.LOBSupport.html
    """
    longest = (
        lob_kilobytes * 1024 if column.type in ("CLOB", "NCLOB", "BLOB") else column.length or 8
        for column in columns
    )
    return commit_rate * sum(longest)


def choose(offered: Sequence[Orderable], demand: Demand, engine: str | None, where: str) -> Chosen:
    """Return the class that the loads need; raise InputError where the Region offers none that fits.

    AWS publishes no size for a number of rows. The rule: T3 up to a million rows, else C, and R where changes
    are applied, of the first size with twice the memory that the loads hold at once. `engine`: the version
    to have it with, else the latest. `where`: the settings of the instance.
    """
    versions = {each.name: each for each in usable(offered, engine)}
    light = demand.rows is not None and demand.rows <= LIGHT_ROWS
    families = _CHANGING if demand.changes else _LOADING
    rest = sorted(versions, key=memory_of_class)
    order = [
        *(_LIGHT if light else ()),
        *(name for family in families for name in rest if name.startswith(f"dms.{family}.")),
    ]
    for name in order:
        if name in versions and memory_of_class(name) >= 2 * demand.memory:
            return Chosen(name=name, engine=versions[name].engine, why=_why(demand, light=light))
    raise InputError(
        f"{where}.instance_class",
        f"not set, and no class here has twice the {_gib(demand.memory)} that the loads hold at once",
        "set it, or lower LobMaxSize or CommitRate in the task settings",
    )


def require_parquet(engine: str | None, where: str) -> None:
    """Raise InputError for an engine version that does not read Parquet from S3.

    Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html#CHAP_Source.S3.Parquet
    """
    if engine and _version(engine) < (3, 5, 3):
        what = f"{engine} does not read Parquet files: 3.5.3 is the first that does"
        raise InputError(f"{where}.engine_version", what, "name a later one")


def require_offered(
    name: str,
    offered: Sequence[Orderable],
    engine: str | None,
    storage_gb: int,
    where: str,
    *,
    multi_az: bool,
) -> Chosen:
    """Return a class with the engine version that it gets; raise InputError for what is not offered.

    `where`: the settings of the instance.
    """
    of_class = [each for each in offered if each.name == name]
    if not of_class:
        near = ", ".join(_nearest(name, {each.name for each in offered}))
        raise InputError(
            f"{where}.instance_class", f"{name} is not offered in this Region", f"nearest: {near}"
        )
    found = next((each for each in usable(of_class, engine)), None)
    if found is None:
        versions = ", ".join(sorted({each.engine for each in of_class}, key=_version, reverse=True))
        what = f"{engine} is not offered for {name} in this Region"
        raise InputError(f"{where}.engine_version", what, f"offered: {versions}")
    least, most = found.storage
    if not least <= storage_gb <= most:
        what = f"{name} has {least:,} to {most:,} GB in this Region"
        raise InputError(f"{where}.storage_gb", what, "change it")
    if multi_az and len(found.zones) == 1:
        what = f"this Region has {name} only in {found.zones[0]}"
        raise InputError(f"{where}.multi_az", what, "remove it, or choose another class")
    return Chosen(name=name, engine=found.engine)


def usable(offered: Iterable[Orderable], engine: str | None) -> list[Orderable]:
    """Return those of an engine version, or of each class that of the latest one that is no beta."""
    latest: dict[str, Orderable] = {}
    for each in offered:
        before = latest.get(each.name)
        wanted = each.engine == engine if engine else not each.beta
        if wanted and (before is None or _version(each.engine) > _version(before.engine)):
            latest[each.name] = each
    return list(latest.values())


def memory_of_class(name: str) -> int:
    """Return the memory of a class in bytes; 0 where it is of no family that this program knows."""
    family, _, size = name.removeprefix("dms.").partition(".")
    if family.startswith("t"):
        return _T3_GIB.get(size, 0) * _GIB
    larges = re.fullmatch(r"(\d*)(x?)large", size)
    if larges is None:
        return 0
    return _GIB_OF_LARGE.get(family[:1], 0) * (2 * int(larges[1] or 1) if larges[2] else 1) * _GIB


def _why(demand: Demand, *, light: bool) -> str:
    if demand.rows is None:
        rows = "the number of rows is unknown"
    else:
        rows = f"about {demand.rows:,} rows are {'at most' if light else 'more than'} {LIGHT_ROWS:,}"
    held = f"{_gib(demand.memory)} of rows are held at once"
    return f"{rows}{', changes are applied' if demand.changes else ''} and {held}"


def _gib(size: int) -> str:
    return f"{size / _GIB:,.1f} GiB" if size >= _GIB // 10 else "under 0.1 GiB"


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def _nearest(name: str, others: Iterable[str], count: int = 3) -> list[str]:
    """Return the classes of nearly the same memory, those of similar names first."""
    wanted = memory_of_class(name)

    def distance(other: str) -> tuple[float, float, str]:
        ratio = SequenceMatcher(None, name, other).ratio()
        return (abs(memory_of_class(other) - wanted) if wanted else 0, -ratio, other)

    return sorted(others, key=distance)[:count]
