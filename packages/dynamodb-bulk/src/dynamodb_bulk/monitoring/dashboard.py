"""The dashboard of a stack: how its loads go, and how what carries them is."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dynamodb_bulk.monitoring.metrics import Metric, of_instance, of_job, of_rule, of_table, of_task

_WIDTH, _HEIGHT, _COLUMNS = 12, 6, 2
_TEXT_HEIGHT = 2


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What is shown: tables by the loads that fill them, DMS tasks and Glue jobs by loads, and the rules.

    `tasks`: their ARNs, or those of the configs of serverless replications, which have no `instance`.
    `rules`: those by which notices of the stack go out.
    """

    title: str
    region: str
    tables: Mapping[str, str]
    rules: Sequence[str]
    tasks: Mapping[str, str] = field(default_factory=dict[str, str])
    jobs: Mapping[str, str] = field(default_factory=dict[str, str])
    instance: str = ""


def dashboard_body(watched: Watched) -> str:
    """Return the body that PutDashboard takes."""
    widgets: list[dict[str, Any]] = [
        {
            "type": "text",
            "x": 0,
            "y": 0,
            "width": _WIDTH * _COLUMNS,
            "height": _TEXT_HEIGHT,
            "properties": {"markdown": f"# {watched.title}\n{_NOTE}"},
        }
    ]
    for number, (title, metrics) in enumerate(_graphs(watched)):
        row, column = divmod(number, _COLUMNS)
        place = {"x": column * _WIDTH, "y": _TEXT_HEIGHT + row * _HEIGHT, "width": _WIDTH, "height": _HEIGHT}
        shown = {
            "title": title,
            "region": watched.region,
            "view": "timeSeries",
            "period": 60,
            "metrics": [metric.in_widget for metric in metrics],
        }
        widgets.append({"type": "metric", **place, "properties": shown})
    return json.dumps({"widgets": widgets})


# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.HowItWorks.html: an import
# consumes no write capacity of its table.
_NOTE = (
    "An import by ImportTable shows in none of these, since it consumes no capacity of its table: "
    "`bulk watch` shows how far it is."
)


def _graphs(watched: Watched) -> Iterator[tuple[str, list[Metric]]]:
    tables = list(dict.fromkeys(watched.tables.values()))
    yield (
        "Load progress: write units consumed",
        [of_table("ConsumedWriteCapacityUnits", one) for one in tables],
    )
    yield (
        "Latency of writes (ms)",
        [
            of_table("SuccessfulRequestLatency", one, "p99", operation=operation)
            for one in tables
            for operation in ("BatchWriteItem", "PutItem")
        ],
    )
    yield "Throttled writes", [of_table("WriteThrottleEvents", one) for one in tables]
    yield (
        "Errors of DynamoDB, and failed conditions",
        [
            *(
                of_table("SystemErrors", one, operation=operation)
                for one in tables
                for operation in ("BatchWriteItem", "PutItem")
            ),
            *(of_table("ConditionalCheckFailedRequests", one) for one in tables),
        ],
    )
    if watched.tasks:
        yield from _of_dms(watched)
    for load, job in watched.jobs.items():
        yield (
            f"Glue job {job} ({load}): tasks of Spark",
            [
                of_job(f"glue.driver.aggregate.{name}", job, "count", "Sum")
                for name in ("numCompletedTasks", "numFailedTasks")
            ],
        )
        yield (
            f"Glue job {job} ({load}): CPU and memory, from 0 to 1",
            [
                of_job("glue.ALL.system.cpuSystemLoad", job, "gauge", "Average"),
                of_job("glue.ALL.jvm.heap.usage", job, "gauge", "Average"),
            ],
        )
    yield (
        "Notices: events that matched, and deliveries that failed",
        [of_rule(name, rule) for rule in watched.rules for name in ("TriggeredRules", "FailedInvocations")],
    )


def _of_dms(watched: Watched) -> Iterator[tuple[str, list[Metric]]]:
    def of_tasks(*names: str) -> list[Metric]:
        return [of_task(name, watched.instance, arn) for arn in watched.tasks.values() for name in names]

    yield "DMS: rows per second of full loads", of_tasks("FullLoadThroughputRowsTarget")
    yield "DMS: seconds behind the source", of_tasks("CDCLatencySource", "CDCLatencyTarget")
    if not watched.instance:
        yield "DMS: CPU (%)", of_tasks("CPUUtilization")
        return
    yield "DMS instance: CPU (%)", [of_instance("CPUUtilization", watched.instance)]
    yield (
        "DMS instance: memory and storage (bytes)",
        [of_instance(name, watched.instance) for name in ("FreeableMemory", "SwapUsage", "FreeStorageSpace")],
    )
