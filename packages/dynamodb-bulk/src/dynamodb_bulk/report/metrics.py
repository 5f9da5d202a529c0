"""The metrics of a load's last run, as CloudWatch has them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.clock import aws_now
from dynamodb_bulk.loads.last_run import ShownMetric
from dynamodb_bulk.monitoring.metrics import Metric

_MINUTE = 60
_MOST_POINTS = 120
# How long CloudWatch keeps points of a minute, of five, and of an hour, in days:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
_KEPT_DAYS = ((15, _MINUTE), (63, 300), (455, 3600))


@dataclass(frozen=True, kw_only=True)
class Series:
    """The values of a metric by time, in its unit; `total`: the sum of all, None where it is of averages."""

    shown: ShownMetric
    points: tuple[tuple[datetime, float], ...]
    total: float | None = None


def read_series(
    metrics: Sequence[ShownMetric], began: datetime, ended: datetime, aws: Aws
) -> tuple[Series, ...]:
    """Return the metrics from the beginning to the end of a run; those without a point are left out."""
    period = _period(began, ended)
    queries = [_query(f"m{number}", one.metric, period) for number, one in enumerate(metrics)]
    first = datetime.fromtimestamp(began.timestamp() // period * period, UTC)
    pages = aws.cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries,
        StartTime=first,
        EndTime=ended + timedelta(seconds=period),
        ScanBy="TimestampAscending",
    )
    found: dict[str, list[tuple[datetime, float]]] = {}
    for page in pages:
        for result in page["MetricDataResults"]:
            found.setdefault(result["Id"], []).extend(
                zip(result["Timestamps"], result["Values"], strict=True)
            )
    return tuple(
        _series(one, sorted(points), period)
        for number, one in enumerate(metrics)
        if (points := found.get(f"m{number}"))
    )


def _period(began: datetime, ended: datetime) -> int:
    """Return the seconds of a point: the least that CloudWatch still has, and that gives not too many."""
    age = (aws_now() - began).days
    least = next((period for days, period in _KEPT_DAYS if age < days), _KEPT_DAYS[-1][1])
    return max(1, math.ceil((ended - began).total_seconds() / least / _MOST_POINTS)) * least


def _query(name: str, metric: Metric, period: int) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
    described = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": described, "Period": period, "Stat": metric.statistic}}


def _series(shown: ShownMetric, points: Sequence[tuple[datetime, float]], period: int) -> Series:
    if shown.metric.statistic != "Sum":
        return Series(shown=shown, points=tuple(points))
    rates = tuple((time, value / period) for time, value in points)
    return Series(shown=shown, points=rates, total=sum(value for _, value in points))
