"""What is known of a load's last run beside its verdict: when it was, what it used, and its metrics."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from dynamodb_bulk.estimate.prices import PriceName


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric of CloudWatch; of a `Sum` the mean per second is shown, so that `unit` is per second, too."""

    title: str
    unit: str
    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: Literal["Sum", "Average"]


@dataclass(frozen=True, kw_only=True)
class Used:
    """What AWS counted and charges for: `units` of those that the price of this name is for, in words."""

    price: PriceName
    units: float
    words: str


@dataclass(frozen=True, kw_only=True)
class LastRun:
    """`began` and `ended` are None where AWS does not tell; `used` is empty where it counts nothing."""

    began: datetime | None = None
    ended: datetime | None = None
    used: tuple[Used, ...] = ()
    metrics: tuple[Metric, ...] = field(default=())


def table_metrics(table: str) -> tuple[Metric, ...]:
    """Return those that DynamoDB keeps of the writes to a table.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    """
    named = (
        ("Consumed write capacity", "write units per second", "ConsumedWriteCapacityUnits"),
        ("Throttled writes", "writes per second", "WriteThrottleEvents"),
    )
    return tuple(
        Metric(
            title=title,
            unit=unit,
            namespace="AWS/DynamoDB",
            name=name,
            dimensions={"TableName": table},
            statistic="Sum",
        )
        for title, unit, name in named
    )
