"""When a task begins and ends to apply changes, as requests say it.

Source: https://docs.aws.amazon.com/dms/latest/APIReference/API_StartReplicationTask.html
"""

from datetime import UTC, datetime

from local_aws.dataplane.progress import Position
from local_aws.dms.faults import invalid_combination, invalid_value
from local_aws.dms.region import Fields, Request

MEMBERS = ("CdcStartPosition", "CdcStopPosition")
"""Those that a task keeps and shows; CdcStartTime it does not show."""
_SERVER_TIME = "server_time:"


def starts_somewhere(request: Request) -> bool:
    """Return whether the request says where changes begin."""
    return "CdcStartPosition" in request or "CdcStartTime" in request


def check(fields: Fields) -> None:
    """Raise a fault for members that do not fit each other, or one of which cannot be read."""
    if "CdcStartPosition" in fields and "CdcStartTime" in fields:
        raise invalid_combination("Only one of CdcStartPosition and CdcStartTime can be specified.")
    # The guide speaks of start points for tasks of changes alone, and not of what DMS says of others.
    if starts_somewhere(fields) and fields["MigrationType"] != "cdc":
        raise invalid_combination("CdcStartPosition and CdcStartTime are for tasks of MigrationType cdc.")
    start(fields)
    stop_at(fields)


def start(fields: Fields) -> Position:
    """Return where the first changes of a task are."""
    if (moment := fields.get("CdcStartTime")) is not None:
        return Position(since=float(moment))
    text = fields.get("CdcStartPosition")
    if text is None:
        return Position()
    if (found := Position.of_checkpoint(text)) is not None:
        return found
    return Position(since=_seconds(text, "CdcStartPosition"))


def stop_at(fields: Fields) -> float | None:
    """Return when the task ends, in seconds of the epoch; None where it does not end by itself."""
    text = fields.get("CdcStopPosition")
    if text is None:
        return None
    if text.startswith("commit_time:"):
        raise invalid_value("local AWS has no commit times: AWS documents none for changes in files of S3")
    if not text.startswith(_SERVER_TIME):
        raise invalid_value("Invalid CdcStopPosition format")
    return _seconds(text.removeprefix(_SERVER_TIME), "CdcStopPosition")


def _seconds(text: str, member: str) -> float:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise invalid_value(f"Invalid {member} format") from None
