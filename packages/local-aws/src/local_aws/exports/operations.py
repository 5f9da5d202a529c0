"""ExportTableToPointInTime, DescribeExport and ListExports.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
"""

import re

from moto.dynamodb.models.table import Table

from local_aws import clock
from local_aws.dataplane.tables import find_table
from local_aws.exports import assumed
from local_aws.exports.destination import key_arn
from local_aws.exports.records import Changes, Items, Records, changes
from local_aws.exports.request import VIEW, check_kind, exported_table, timed
from local_aws.exports.run import IN_PROGRESS, INCREMENTAL, ExportRun
from local_aws.exports.selection import Selection
from local_aws.exports.source import snapshot
from local_aws.history.log import MICROS
from local_aws.history.recovery import Recovery, table_id
from local_aws.idempotency import Mismatch, Tokens
from local_aws.operation_arns import check_arn
from local_aws.paging import page
from local_aws.protocol import Fault, Fields, Operation, Request

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
AT_ONCE = 300
_PAGE = 25
_TOKENS = 7
_KEPT_SECONDS = 90 * 24 * 3600
_EXPORT = re.compile(r"table/[a-zA-Z0-9_.-]{3,255}/export/[^/]+")


class Exports:
    """The exports of all regions, youngest last; `seconds` is the least time that one takes."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._runs: dict[str, list[ExportRun]] = {}
        self._tokens: Tokens[ExportRun] = Tokens()

    @property
    def operations(self) -> dict[str, Operation]:
        """By their names in the API."""
        return {
            "ExportTableToPointInTime": self.export,
            "DescribeExport": self.describe,
            "ListExports": self.listed,
        }

    def export(self, region: str, request: Request) -> Fields:
        """Begin an export, or describe the one that the same request began."""
        try:
            run = self._tokens.once(region, request, self._begun)
        except Mismatch:
            raise Fault("ExportConflictException", assumed.CONFLICT) from None
        return {"ExportDescription": run.description()}

    def describe(self, region: str, request: Request) -> Fields:
        """Describe an export, whether its table is still there or not."""
        arn: str = request["ExportArn"]
        check_arn(arn, region, _EXPORT, "Export")
        for run in self._known(region):
            if run.arn == arn:
                return {"ExportDescription": run.description()}
        raise Fault("ExportNotFoundException", f"Export not found: Export not found: {arn}")

    def listed(self, region: str, request: Request) -> Fields:
        """Return the exports, youngest first; those of a table that was deleted are not found by its ARN."""
        runs = self._known(region)[::-1]
        if arn := request.get("TableArn"):
            table = find_table(region, arn)
            wanted = table_id(table) if table else None
            runs = [run for run in runs if run.table_id == wanted]
        size, token = request.get("MaxResults", _PAGE), request.get("NextToken")
        return page("ExportSummaries", runs, size, token, _TOKENS)

    def _known(self, region: str) -> list[ExportRun]:
        """Return the exports of the last 90 days."""
        return [run for run in self._runs.get(region, []) if run.start > clock.now() - _KEPT_SECONDS]

    def _begun(self, region: str, request: Request) -> ExportRun:
        if key := request.get("S3SseKmsKeyId"):
            request = {**request, "S3SseKmsKeyId": key_arn(key, region)}
        table = exported_table(region, request["TableArn"])
        check_kind(request)
        selection = Selection(table, request.get("FilterSpecification"))
        complete, recovery = timed(request, table)
        runs = self._runs.setdefault(region, [])
        if sum(run.status == IN_PROGRESS for run in runs) >= AT_ONCE:
            raise Fault("LimitExceededException", f"{AT_ONCE} exports are under way, the most that may be")
        records = _records(table, complete, recovery, selection)
        run = ExportRun(region, table, complete, self._seconds)
        runs.append(run)
        run.begin(records)
        return run


def _records(table: Table, request: Request, recovery: Recovery, selection: Selection) -> Records:
    form: str = request.get("ExportFormat", "DYNAMODB_JSON")
    if request.get("ExportType") == INCREMENTAL:
        window = request["IncrementalExportSpecification"]
        start, stop = (int(window[name] * MICROS) for name in ("ExportFromTime", "ExportToTime"))
        found = changes(table, recovery.log, start, stop)
        return Changes(found, table.table_key_attrs, selection, form, old=window["ExportViewType"] == VIEW)
    # Without a time in the request, what was written a time ago is in.
    time = request["ExportTime"]
    at = snapshot(table, recovery.log, int(time * MICROS))
    return Items(at, selection, form)
