"""Point-in-time recovery: which tables have it, since when, and the log that it keeps of each.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

from local_aws import clock
from local_aws.history.log import ChangeLog

_DAY = 24 * 3600
# "LatestRestorableDateTime is typically 5 minutes before the current time", UpdateContinuousBackups.
_BEHIND = 300
_DESCRIPTION = "PointInTimeRecoveryDescription"


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """Holds since when a table has recovery, in whole seconds of the epoch, and its changes since then."""

    started: int
    log: ChangeLog


# By TableId, so that a table of the same name made later has none of it.
_kept: dict[str, Recovery] = {}


def recovery_of(table: Table) -> Recovery | None:
    """Return the recovery of a table, None if it is off."""
    return _kept.get(table_id(table)) if _kept else None


def any_recovery() -> bool:
    """Return whether some table has it."""
    return bool(_kept)


def log_of(table: Table) -> ChangeLog | None:
    """Return where changes of a table are to be recorded, None if they are not."""
    found = recovery_of(table)
    return found.log if found else None


def earliest(table: Table, recovery: Recovery) -> int:
    """Return the first second of the epoch that a table can be had as of."""
    days: int = table.continuous_backups[_DESCRIPTION].get("RecoveryPeriodInDays", 35)
    return max(recovery.started, int(clock.now()) - days * _DAY)


def table_id(table: Table) -> str:
    """Return the id that tells a table from others of its name."""
    kept: dict[str, Any] = vars(table).get("kept_settings", {})
    return kept.get("TableId") or table.describe()["TableDescription"]["TableId"]


def keep_history() -> None:
    """Let the tables of this process record their changes while their recovery is on."""
    update, describe = DynamoDBBackend.update_continuous_backups, DynamoDBBackend.describe_continuous_backups
    create, delete = DynamoDBBackend.create_table, DynamoDBBackend.delete_table

    def create_table(backend: DynamoDBBackend, name: str, **arguments: Any) -> Table:
        table = create(backend, name, **arguments)
        table.created_at += timedelta(seconds=clock.ahead())
        return table

    def update_continuous_backups(
        backend: DynamoDBBackend, table_name: str, point_in_time_spec: dict[str, Any]
    ) -> Any:
        update(backend, table_name, point_in_time_spec)
        table = backend.get_table(table_name)
        if not point_in_time_spec["PointInTimeRecoveryEnabled"]:
            _kept.pop(table_id(table), None)
        elif table_id(table) not in _kept:
            _kept[table_id(table)] = Recovery(started=int(clock.now()), log=ChangeLog())
        return describe_continuous_backups(backend, table_name)

    def describe_continuous_backups(backend: DynamoDBBackend, table_name: str) -> Any:
        found = describe(backend, table_name)
        table = backend.get_table(table_name)
        if recovery := recovery_of(table):
            first = earliest(table, recovery)
            found[_DESCRIPTION] |= {
                "EarliestRestorableDateTime": first,
                "LatestRestorableDateTime": max(first, int(clock.now()) - _BEHIND),
            }
        return found

    def delete_table(backend: DynamoDBBackend, name: str) -> Table:
        table = delete(backend, name)
        _kept.pop(table_id(table), None)
        return table

    for replacement in (create_table, update_continuous_backups, describe_continuous_backups, delete_table):
        setattr(DynamoDBBackend, replacement.__name__, replacement)
