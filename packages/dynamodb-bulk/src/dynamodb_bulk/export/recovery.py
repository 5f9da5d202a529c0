"""Point-in-time recovery of a table, without which nothing of it can be exported.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.export.request import ExportOrder, iso
from dynamodb_bulk.spec.errors import InputError

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import PointInTimeRecoveryDescriptionTypeDef

_COMMAND = (
    "aws dynamodb update-continuous-backups --table-name {} "
    "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true; exports reach back to that time"
)
TURN_ON = f"turn it on: {_COMMAND}"
"""What to do about a table that belongs to no stack."""
TURN_ON_ANY = f"turn it on: `point_in_time_recovery: true` in the dataset of a stack's table, or {_COMMAND}"
"""What to do about a table that may belong to a stack."""


def recovery_of(table: str, aws: Aws) -> "PointInTimeRecoveryDescriptionTypeDef | None":
    """Return the window of its recovery; None if it is off."""
    answer = aws.dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    found = answer.get("PointInTimeRecoveryDescription", {})
    return found if found.get("PointInTimeRecoveryStatus") == "ENABLED" else None


def check_recovery(order: ExportOrder, aws: Aws) -> None:
    """Raise InputError if the table has no recovery, or a time of the order is outside its window."""
    recovery = recovery_of(order.table, aws)
    where = f"export of {order.table}"
    if recovery is None:
        raise InputError(where, "point-in-time recovery is off", TURN_ON_ANY.format(order.table))
    earliest, latest = recovery.get("EarliestRestorableDateTime"), recovery.get("LatestRestorableDateTime")
    for key in ("at", "since", "until"):
        moment: datetime | None = getattr(order, key)
        if moment and earliest and moment < earliest.replace(microsecond=0):
            raise InputError(where, f"`{key}` {iso(moment)} is before the earliest time that can be exported",
                             f"its recovery goes back to {iso(earliest)}")  # fmt: skip
        # The local clock may be behind AWS's.
        if moment and moment > max(datetime.now(UTC), latest or datetime.now(UTC)):
            last = iso(latest or datetime.now(UTC))
            raise InputError(where, f"`{key}` {iso(moment)} is in the future",
                             f"the latest time that can be exported is {last}")  # fmt: skip
