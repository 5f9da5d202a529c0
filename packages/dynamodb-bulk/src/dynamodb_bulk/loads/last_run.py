"""What is known of a load's last run beside its verdict: when it was, what it used, and its metrics."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from dynamodb_bulk.monitoring.metrics import Metric, of_table

if TYPE_CHECKING:
    from dynamodb_bulk.estimate.prices import PriceName


@dataclass(frozen=True, kw_only=True)
class ShownMetric:
    """A metric with a title; of sums the mean per second is shown: their `unit` is per second, too."""

    title: str
    unit: str
    metric: Metric


@dataclass(frozen=True, kw_only=True)
class Used:
    """What AWS counted and charges for: `units` of those that the price of this name is for, in words."""

    price: "PriceName"
    units: float
    words: str


@dataclass(frozen=True, kw_only=True)
class LastRun:
    """`began` and `ended` are None where AWS does not tell; `used` is empty where it counts nothing."""

    began: datetime | None = None
    ended: datetime | None = None
    used: tuple[Used, ...] = ()
    metrics: tuple[ShownMetric, ...] = ()


def table_metrics(table: str) -> tuple[ShownMetric, ...]:
    """Return those that DynamoDB keeps of the writes to a table."""
    named = (
        ("Consumed write capacity", "write units per second", "ConsumedWriteCapacityUnits"),
        ("Throttled writes", "writes per second", "WriteThrottleEvents"),
    )
    return tuple(
        ShownMetric(title=title, unit=unit, metric=of_table(name, table)) for title, unit, name in named
    )
