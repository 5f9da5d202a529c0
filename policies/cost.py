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
from policies.tokens import INSTANCE, SERVERLESS, STASH, TABLE

COST = Family("cost", "What a load may use in an environment, and for how long.")


@COST.on(
    INSTANCE,
    "instance",
    why="An instance costs by the hour, whether it loads or not; in two zones, twice.",
    remedy="choose a smaller one under `bulk:dms`, or allow this one in the environment's configuration",
    settings={
        "classes": texts(["dms.t3.*", "dms.c6i.*", "dms.r6i.*"], "the classes allowed, with `*`"),
        "storage_gb": number(500, "the most storage"),
        "multi_az": switch("whether it may stand in two zones", default=True),
    },
)
def instance_is_of_a_size_allowed(instance: Resource, settings: Settings) -> Findings:
    """Class, storage and zones; AWS's own default storage, 50 or 100 GB, is in the price of the class."""
    classes, most = settings["classes"], settings["storage_gb"]

    def allowed(size: Any) -> bool:
        return any(fnmatchcase(str(size), each) for each in classes)

    yield from expect(instance, "replicationInstanceClass", allowed, f"allowed are {', '.join(classes)}")
    yield from expect(instance, "allocatedStorage", at_most(most), f"at most {most:g} GB are allowed")
    yield from expect(
        instance, "multiAz", lambda two: not is_on(two) or settings["multi_az"], "one zone is enough here"
    )


@COST.on(
    SERVERLESS,
    "serverless",
    why="Serverless replication grows to its most, and costs by the unit and hour until it is deleted.",
    remedy="lower `maxCapacityUnits`, or allow this many in the environment's configuration",
    settings={"units": number(16, "the most capacity units")},
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
    why="Provisioned and warm capacity cost by the hour, whether it is used or not.",
    remedy="use on-demand billing, or allow this much in the environment's configuration",
    settings={
        "read": number(1000, "the most read units of a table or an index"),
        "write": number(1000, "the most write units of a table or an index"),
        "warm_read": number(12_000, "the most warm read units; a new table has 12,000 for nothing"),
        "warm_write": number(4_000, "the most warm write units; a new table has 4,000 for nothing"),
    },
)
def provisioned_capacity_has_a_cap(table: Resource, settings: Settings) -> Findings:
    """Return the capacity of the table and of each index."""
    for path, most in _capacities(table, settings):
        yield from expect(table, path, at_most(most), f"at most {most:g} units are allowed")


@COST.on(
    TABLE,
    "on-demand",
    why="On-demand billing has no end of its own but the account's quota: a loop writes until someone looks.",
    remedy="set `on_demand_maximum` in the dataset's table",
    settings={
        "read": number(40_000, "the most read units a second"),
        "write": number(40_000, "the most write units a second"),
        "required": switch("whether every on-demand table has to have a maximum"),
    },
)
def on_demand_has_a_maximum(table: Resource, settings: Settings) -> Findings:
    """Of the table and of each index; a maximum of -1 is none: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughput.html."""
    if table["billingMode"] != "PAY_PER_REQUEST":
        return
    for kind in ("read", "write"):
        path, most = f"onDemandThroughput.max{kind.title()}RequestUnits", settings[kind]
        for each in (path, *(f"{index}.{path}" for index in _indexes(table))):
            yield from expect(table, each, at_most(most), f"at most {most:g} units are allowed")
        if settings["required"] and table.peek(path) in (None, -1):
            yield Finding(table, path, table.peek(path), f"it has a maximum, of {most:g} or less")


@COST.on(
    STASH,
    "load-ends",
    why="A load that nobody ends is paid for until somebody notices.",
    remedy="set `limit_minutes` of the load",
    settings={"minutes": number(1440, "the most minutes that a load may take")},
)
def load_has_an_end(step: Resource, settings: Settings) -> Findings:
    """Steps that load have a limit, and keep within the one allowed."""
    arguments = step["input.arguments"]
    if isinstance(arguments, dict) and "method" in arguments:
        most = settings["minutes"]
        yield from expect(
            step,
            "input.arguments.limit_minutes",
            lambda minutes: minutes is not None and at_most(most)(minutes),
            f"a load ends within {most:g} minutes",
        )


@COST.on(
    frozenset({INSTANCE, SERVERLESS}),
    "window-ends",
    why="DMS that is not taken away after the load is paid for by the hour.",
    remedy="tag it with the day it goes, and close the window (`bulk:window: closed`) by then",
    settings={
        "tag": text("", "the tag that holds the day, as 2026-12-31; empty: none is asked for"),
        "days": number(14, "the most days ahead"),
    },
)
def window_has_an_end(resource: Resource, settings: Settings) -> Findings:
    """Return where the configuration names a tag: a day that is neither past nor too far."""
    if not settings["tag"]:
        return
    today, days = datetime.now(UTC).date(), int(settings["days"])

    def holds(day: Any) -> bool:
        try:
            return today <= date.fromisoformat(str(day)) <= today + timedelta(days)
        except ValueError:
            return False

    yield from expect(resource, f"tags.{settings['tag']}", holds, f"it names a day within {days} days")


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
