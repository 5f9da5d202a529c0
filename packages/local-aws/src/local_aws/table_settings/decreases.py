"""How often provisioned capacity may be lowered: four times in a day (UTC), beyond that once in an hour.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models.table import GlobalSecondaryIndex, Table

from local_aws.table_settings.kept import Settings

AT_ANY_TIME = 4
_PAUSE = timedelta(hours=1)
_UNITS = ("ReadCapacityUnits", "WriteCapacityUnits")


def take_decreases(table: Table, body: Settings) -> None:
    """Note what an UpdateTable lowers; raise LimitExceededException if that is not allowed now."""
    updates: list[dict[str, Settings]] = body.get("GlobalSecondaryIndexUpdates") or []
    given = [update["Update"] for update in updates if "Update" in update]
    wanted: dict[str, Settings | None] = {
        "": body.get("ProvisionedThroughput"),
        **{one["IndexName"]: one.get("ProvisionedThroughput") for one in given},
    }
    owners: dict[str, Table | GlobalSecondaryIndex] = {"": table}
    owners |= {index.name: index for index in table.global_indexes}
    lowered = [owners[name] for name, units in wanted.items() if units and _lowers(owners.get(name), units)]
    now = datetime.now(UTC)
    for owner in lowered:
        today = decreases_today(owner)
        if len(today) >= AT_ANY_TIME and now - today[-1] < _PAUSE:
            raise JsonRESTError(
                "LimitExceededException",
                "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC "
                f"day. After the first {AT_ANY_TIME} decreases, each subsequent decrease in the same UTC day "
                f"can be performed at most once every 3600 seconds. Number of decreases today: {len(today)}. "
                f"Last decrease at {today[-1]:%A, %B %-d, %Y %-I:%M:%S %p} UTC.",
            )
    for owner in lowered:
        vars(owner)["decreases"] = [*decreases_today(owner), now]


def decreases_today(owner: Table | GlobalSecondaryIndex) -> list[datetime]:
    """Return when its capacity was lowered since midnight UTC, oldest first."""
    today = datetime.now(UTC).date()
    kept: list[datetime] = vars(owner).get("decreases", [])
    return [one for one in kept if one.date() == today]


def _lowers(owner: Table | GlobalSecondaryIndex | None, wanted: dict[str, Any]) -> bool:
    return owner is not None and any(
        int(wanted.get(unit, 0)) < int(owner.throughput.get(unit) or 0) for unit in _UNITS
    )
