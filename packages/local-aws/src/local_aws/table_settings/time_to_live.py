"""Time to live as DynamoDB changes it: not at once, and not twice within an hour.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
The texts are those that DynamoDB's users report.
"""

from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

from local_aws import clock

INTERVAL_SECONDS = 3600
TOO_SOON = "Time to live has been modified multiple times within a fixed interval"
_PASSING = {True: "ENABLING", False: "DISABLING"}
_SETTLED = {True: "ENABLED", False: "DISABLED"}

Settings = dict[str, Any]
_update = DynamoDBBackend.update_time_to_live
_seconds = 0.0


def set_seconds(seconds: float) -> None:
    """Let changes take so long from now on; those in progress, too."""
    global _seconds
    _seconds = seconds


def seconds() -> float:
    """Return how long a change takes."""
    return _seconds


def change_time_to_live(backend: DynamoDBBackend, table_name: str, ttl_spec: Settings) -> Any:
    """As moto, and a change that is invalid is refused."""
    table = backend.get_table(table_name)
    on = _is_on(table)
    if ttl_spec.get("Enabled") is on:
        raise MockValidationException(f"TimeToLive is already {'enabled' if on else 'disabled'}")
    if clock.now() - _changed(table) < INTERVAL_SECONDS:
        raise MockValidationException(TOO_SOON)
    answer = _update(backend, table_name, ttl_spec)
    vars(table)["time_to_live_changed"] = clock.now()
    return answer


def describe_time_to_live(backend: DynamoDBBackend, table_name: str) -> Settings:
    """As moto, with the status of a change in progress, and no attribute once it is off."""
    table = backend.get_table(table_name)
    on = _is_on(table)
    passing = clock.now() - _changed(table) < _seconds
    status = (_PASSING if passing else _SETTLED)[on]
    if status == "DISABLED":
        return {"TimeToLiveStatus": status}
    return {"TimeToLiveStatus": status, "AttributeName": table.ttl["AttributeName"]}


def _is_on(table: Table) -> bool:
    return table.ttl.get("TimeToLiveStatus") == "ENABLED"


def _changed(table: Table) -> float:
    return vars(table).get("time_to_live_changed", float("-inf"))
