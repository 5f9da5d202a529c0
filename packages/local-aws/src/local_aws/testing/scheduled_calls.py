"""What a state machine of one state would call, evaluated as Step Functions does it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from aws_croniter import AwsCroniter
from jsonata import Jsonata

SCHEDULED = "<aws.scheduler.scheduled-time>"


def arguments(definition: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the first state, given the input of an execution.

    https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    """
    machine = json.loads(definition)
    assert machine["QueryLanguage"] == "JSONata"
    return _evaluated(machine["States"][machine["StartAt"]]["Arguments"], {"input": dict(given)})


def filled(text: str, moment: datetime) -> dict[str, Any]:
    """A schedule's input as its target gets it, at the time that the schedule is for."""
    return json.loads(text.replace(SCHEDULED, f"{moment:%Y-%m-%dT%H:%M:%SZ}"))


def moments(expression: str, after: datetime, days: int = 1) -> list[datetime]:
    """The times of a cron expression in some days."""
    inner = expression.removeprefix("cron(").removesuffix(")")
    cron = AwsCroniter(inner)
    return cron.get_all_schedule_bw_dates(after.astimezone(UTC), after + timedelta(days=days))


@cache
def _parsed(expression: str) -> Jsonata:
    return Jsonata(expression)


def _evaluated(value: Any, states: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _evaluated(inner, states) for key, inner in value.items()}
    if isinstance(value, str) and value.startswith("{%") and value.endswith("%}"):
        expression = _parsed(value[2:-2].strip())
        frame = expression.create_frame()
        frame.bind("states", states)
        return expression.evaluate(None, frame)
    return value
