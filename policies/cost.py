"""Cost: what a load may use in an environment, and for how long."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from policies.iam_documents import listed
from policies.resources import Resource
from policies.rule import (
    Family,
    Finding,
    Findings,
    Settings,
    at_most,
    expect,
    is_on,
    number,
    switch,
    text,
    texts,
)
from policies.tokens import INSTANCE, SERVERLESS, STEP, TABLE

COST = Family("cost", "Limits of what a load may use in an environment, and for how long.")


@COST.on(
    INSTANCE,
    "instance",
    why="An instance costs money by the hour, even when idle, and twice as much in two zones.",
    remedy="choose a smaller class in `bulk:dms`, or allow this one in the environment's configuration",
    settings={
        "classes": texts(["dms.t3.*", "dms.c6i.*", "dms.r6i.*"], "the classes allowed, with `*`"),
        "storage_gb": number(500, "the maximum storage"),
        "multi_az": switch("whether two zones are allowed", default=True),
    },
)
def instance_is_of_a_size_allowed(instance: Resource, settings: Settings) -> Findings:
    """Check class, storage and zones; the default storage, 50 or 100 GB, is included in the price."""
    classes, most = settings["classes"], settings["storage_gb"]

    def allowed(size: Any) -> bool:
        return any(fnmatchcase(str(size), each) for each in classes)

    yield from expect(instance, "replicationInstanceClass", allowed, f"allowed are {', '.join(classes)}")
    yield from expect(instance, "allocatedStorage", at_most(most), f"at most {most:g} GB are allowed")
    yield from expect(
        instance,
        "multiAz",
        lambda two: not is_on(two) or settings["multi_az"],
        "one zone is enough in this environment",
    )


@COST.on(
    SERVERLESS,
    "serverless",
    why="Serverless replication grows to its maximum, and costs by the unit and hour until deleted.",
    remedy="lower `maxCapacityUnits`, or allow this many in the environment's configuration",
    settings={"units": number(16, "the maximum number of capacity units")},
)
def serverless_is_of_a_size_allowed(config: Resource, settings: Settings) -> Findings:
    """https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Serverless.Components.html."""
    most = settings["units"]
    yield from expect(
        config,
        "computeConfig.maxCapacityUnits",
        lambda units: units is not None and at_most(most)(units),
        f"at most {most:g} units are allowed",
    )


@COST.on(
    TABLE,
    "provisioned",
    why="Provisioned and warm capacity cost money by the hour, even when unused.",
    remedy="use on-demand billing, or allow this much in the environment's configuration",
    settings={
        "read": number(1000, "the maximum read units of a table or an index"),
        "write": number(1000, "the maximum write units of a table or an index"),
        "warm_read": number(12_000, "the maximum warm read units; a new table has 12,000 at no cost"),
        "warm_write": number(4_000, "the maximum warm write units; a new table has 4,000 at no cost"),
    },
)
def provisioned_capacity_has_a_cap(table: Resource, settings: Settings) -> Findings:
    """Check the table and each index."""
    for path, most in _capacities(table, settings):
        yield from expect(table, path, at_most(most), f"at most {most:g} units are allowed")


@COST.on(
    TABLE,
    "on-demand",
    why="On-demand billing is limited only by the account's quota: an endless loop keeps writing.",
    remedy="set `on_demand_maximum` in the dataset's table",
    settings={
        "read": number(40_000, "the maximum read units per second"),
        "write": number(40_000, "the maximum write units per second"),
        "required": switch("whether every on-demand table needs a maximum"),
    },
)
def on_demand_has_a_maximum(table: Resource, settings: Settings) -> Findings:
    """Check the table and each index; -1 means no maximum: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughput.html."""
    if table["billingMode"] != "PAY_PER_REQUEST":
        return
    for kind in ("read", "write"):
        path, most = f"onDemandThroughput.max{kind.title()}RequestUnits", settings[kind]
        for each in (path, *(f"{index}.{path}" for index in _indexes(table))):
            yield from expect(table, each, at_most(most), f"at most {most:g} units are allowed")
        if settings["required"] and table.peek(path) in (None, -1):
            yield Finding(table, path, table.peek(path), f"it has a maximum, of {most:g} or less")


@COST.on(
    STEP,
    "load-ends",
    why="A load without a limit costs money until someone stops it.",
    remedy="set `limit_minutes` of the load",
    settings={"minutes": number(1440, "the maximum duration of a load in minutes")},
)
def load_has_an_end(step: Resource, settings: Settings) -> Findings:
    """Steps that load have a limit, and keep within the one allowed."""
    arguments = step["arguments"]
    if isinstance(arguments, dict) and "method" in arguments:
        most = settings["minutes"]
        yield from expect(
            step,
            "arguments.limit_minutes",
            lambda minutes: minutes is not None and at_most(most)(minutes),
            f"a load ends within {most:g} minutes",
        )


@COST.on(
    frozenset({INSTANCE, SERVERLESS}),
    "window-ends",
    why="DMS that stays after the load costs money by the hour.",
    remedy="tag it with the date of its removal, and close the window (`bulk:window: closed`) by then",
    settings={
        "tag": text("", "the tag with the date, as 2026-12-31; empty: no tag is required"),
        "days": number(14, "the maximum number of days ahead"),
    },
)
def window_has_an_end(resource: Resource, settings: Settings) -> Findings:
    """If the configuration names a tag, check that its date is neither past nor too far ahead."""
    if not settings["tag"]:
        return
    today, days = datetime.now(UTC).date(), int(settings["days"])

    def holds(day: Any) -> bool:
        try:
            return today <= date.fromisoformat(str(day)) <= today + timedelta(days)
        except ValueError:
            return False

    yield from expect(resource, f"tags.{settings['tag']}", holds, f"it names a date within {days} days")


def _capacities(table: Resource, settings: Settings) -> Iterator[tuple[str, float]]:
    for kind in ("read", "write"):
        yield f"{kind}Capacity", settings[kind]
        yield f"warmThroughput.{kind}UnitsPerSecond", settings[f"warm_{kind}"]
        for index in _indexes(table):
            yield f"{index}.{kind}Capacity", settings[kind]
            yield f"{index}.warmThroughput.{kind}UnitsPerSecond", settings[f"warm_{kind}"]


def _indexes(table: Resource) -> list[str]:
    """Return the paths of its global secondary indexes."""
    indexes = listed(table.peek("globalSecondaryIndexes"))
    return [f"globalSecondaryIndexes.{place}" for place in range(len(indexes))]
