"""New tables: how time to live gets enabled, and their warm throughput."""

import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from dynamodb_bulk.aws.refusals import reason
from dynamodb_bulk.spec.errors import LoadFailed
from smoke.probe import Answer, Probe, Question
from smoke.stage import Stage

_TTL_MINUTES = 30


def _ask_time_to_live(stage: Stage) -> Mapping[str, Answer]:
    dynamodb: Any = stage.aws.dynamodb
    table = stage.create_table("ttl")

    def update(*, enabled: bool) -> str:
        wanted = {"Enabled": enabled, "AttributeName": "expires"}
        try:
            dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=wanted)
        except ClientError as error:
            return reason(error)
        return "accepted"

    statuses: dict[str, float] = {}
    start = time.monotonic()

    def look() -> str:
        status = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"]
        statuses.setdefault(status, round(time.monotonic() - start, 1))
        return status

    first, shown = update(enabled=True), look()
    again = update(enabled=False)
    end = "" if again == "accepted" else "ENABLED"
    try:
        if end:
            stage.wait(look, lambda status: status == end, minutes=_TTL_MINUTES, what="time to live")
    except LoadFailed:
        statuses[f"no {end} after {_TTL_MINUTES} minutes"] = round(time.monotonic() - start, 1)
    stage.raw["time-to-live"] = {"first": first, "shown": shown, "again": again, "statuses": statuses}
    return {
        "ttl-statuses": Answer(text=", then ".join(statuses), seconds=statuses.get("ENABLED")),
        "ttl-again": Answer(text=f"shown {shown}: {stage.plain(again)}"),
    }


def _ask_warm_throughput(stage: Stage) -> Mapping[str, Answer]:
    table = stage.create_table("warm")

    def look() -> Any:
        return stage.aws.dynamodb.describe_table(TableName=table)["Table"].get("WarmThroughput") or {}

    first = look()
    warm = stage.wait(
        look, lambda seen: not seen or seen.get("Status") == "ACTIVE", minutes=10, what="warm throughput"
    )
    stage.raw["warm-throughput"] = {"first": first, "then": warm}
    shown = ", ".join(f"{key} {value}" for key, value in sorted(warm.items()))
    return {"warm-throughput": Answer(text=f"{shown or 'none'}; at first {first.get('Status')}")}


PROBES = (
    Probe(
        name="time-to-live",
        creates="1 table",
        minutes=_TTL_MINUTES + 6,
        ask=_ask_time_to_live,
        questions=(
            Question(
                name="ttl-statuses",
                asks="Which statuses follow UpdateTimeToLive, and how long does it take to ENABLED?",
                docs="it may take up to an hour (API_UpdateTimeToLive)",
            ),
            Question(
                name="ttl-again",
                asks="What does AWS answer to an UpdateTimeToLive that follows at once?",
                docs="an update within the hour is refused with ValidationException (API_UpdateTimeToLive)",
            ),
        ),
    ),
    Probe(
        name="warm-throughput",
        creates="1 table",
        minutes=16,
        ask=_ask_warm_throughput,
        questions=(
            Question(
                name="warm-throughput",
                asks="Which warm throughput does a new table on demand show?",
                docs="12,000 reads and 4,000 writes a second, without having been set "
                "(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html)",
            ),
        ),
    ),
)
