"""What a request for an export may ask for: the table, its time or window, its encryption.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html
"""

import re
from datetime import UTC, datetime
from typing import Any

from moto.dynamodb.models.table import Table

from local_aws import clock
from local_aws.account import ACCOUNT
from local_aws.dataplane.tables import find_table
from local_aws.exports import assumed
from local_aws.exports.run import FULL, INCREMENTAL
from local_aws.history.recovery import Recovery, earliest, recovery_of
from local_aws.operation_arns import denied
from local_aws.protocol import Fault, Request, invalid

_ARN = re.compile(r"arn:[^:]+:dynamodb:([^:]+):(\d{12}):table/([^/]+)(/.*)?")
# Measured: neither empty nor with a tab. That no other control character may be in it is assumed.
_PREFIX = re.compile(r"[^\x00-\x1f\x7f]+")
SHORTEST, LONGEST = 15 * 60, 24 * 3600
VIEW = "NEW_AND_OLD_IMAGES"


def exported_table(region: str, arn: str) -> Table:
    """The table of an ARN; raise ValidationException, AccessDeniedException or TableNotFoundException."""
    found = _ARN.fullmatch(arn)
    if found is None:
        raise invalid(assumed.NOT_AN_ARN)
    of_region, account, name, more = found.groups()
    if more:
        raise invalid(assumed.NOT_A_TABLE)
    if account != ACCOUNT:
        raise denied()
    table = find_table(region, name) if of_region == region else None
    if table is None:
        raise Fault("TableNotFoundException", f"Table not found: {arn}")
    return table


def check_kind(request: Request) -> None:
    """Whether type, window and encryption go together, and the prefix may be; raise ValidationException."""
    if not _PREFIX.fullmatch(prefix := request.get("S3Prefix", "all")):
        raise invalid(assumed.BAD_PREFIX.format(prefix))
    kind, window = request.get("ExportType"), request.get("IncrementalExportSpecification")
    if window is not None and kind != INCREMENTAL:
        raise invalid(assumed.WINDOW_UNWANTED if kind == FULL else assumed.TYPE_MISSING)
    if kind == INCREMENTAL and window is None:
        raise invalid(assumed.WINDOW_MISSING)
    if window is not None and window.get("ExportFromTime") is None:
        raise invalid(assumed.FROM_MISSING)
    if request.get("S3SseKmsKeyId") and request.get("S3SseAlgorithm") != "KMS":
        raise invalid(assumed.KEY_UNWANTED)


def timed(request: Request, table: Table) -> tuple[dict[str, Any], Recovery]:
    """Return the request with its time or window in full, and the recovery that has it.

    Raise InvalidExportTimeException or PointInTimeRecoveryUnavailableException.
    """
    now = clock.now()
    if request.get("ExportType") != INCREMENTAL:
        recovery = _recovery(table)
        time: float = request.get("ExportTime", now)
        first = earliest(table, recovery)
        if not min(first, _made(table)) <= time <= now:
            raise _bad_time(assumed.BAD_TIME)
        if time < first:
            raise _bad_time(assumed.NO_RECOVERY_THEN)
        return {**request, "ExportTime": time}, recovery
    window = {"ExportToTime": now, "ExportViewType": VIEW, **request["IncrementalExportSpecification"]}
    start, stop = float(window["ExportFromTime"]), float(window["ExportToTime"])
    if start < _made(table):
        raise _bad_time(assumed.BEFORE_THE_TABLE.format(_instant(start)))
    if stop > now:
        raise _bad_time(assumed.IN_THE_FUTURE.format(_instant(stop)))
    if start > stop:
        raise _bad_time(assumed.FROM_AFTER_TO)
    if stop - start < SHORTEST:
        raise _bad_time(assumed.TOO_SHORT)
    if stop - start > LONGEST:
        raise _bad_time(assumed.TOO_LONG)
    recovery = _recovery(table)
    if start < earliest(table, recovery):
        raise _bad_time(assumed.NO_RECOVERY_THEN)
    return {**request, "IncrementalExportSpecification": window}, recovery


def _recovery(table: Table) -> Recovery:
    recovery = recovery_of(table)
    if recovery is None:
        raise Fault("PointInTimeRecoveryUnavailableException", assumed.NO_RECOVERY.format(table.name))
    return recovery


def _made(table: Table) -> int:
    """Return when the table was made, in whole seconds."""
    return int(table.created_at.replace(tzinfo=UTC).timestamp())


def _bad_time(message: str) -> Fault:
    return Fault("InvalidExportTimeException", message)


def _instant(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
