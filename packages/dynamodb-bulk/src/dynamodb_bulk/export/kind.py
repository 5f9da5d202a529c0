"""Exports as `bulk status` and `bulk watch` follow them."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.export.record import ExportStatus, described_status, export_status
from dynamodb_bulk.loads.kind import Kind, Look
from dynamodb_bulk.loads.progress import Progress
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.spec.errors import InputError

if TYPE_CHECKING:
    from dynamodb_bulk.loads.stack_loads import StackLoads


class Exports(Kind):
    """The exports of a stack, or any by its ARN."""

    name = "export"

    def names(self, stack: "StackLoads") -> tuple[str, ...]:
        """Return the names that `bulk:exports` gives them."""
        return tuple(export.name for export in stack.exports)

    def look(self, name: str, stack: "StackLoads") -> Look:
        """Return what looks at its record, and at AWS before there is one."""
        export = next(each for each in stack.exports if each.name == name)
        return lambda: self._row(export_status(export, stack.aws))

    def arn_status(self, arn: str, aws: Aws) -> LoadStatus | None:
        """Return what AWS says of the export."""
        if "/export/" not in arn:
            return None
        try:
            found: dict[str, Any] = aws.bulk.describe_export(ExportArn=arn)["ExportDescription"]
        except aws.dynamodb.exceptions.ExportNotFoundException:
            raise InputError(arn, "AWS knows no such export", "check the ARN and its account") from None
        table = arn.partition(":table/")[2].partition("/")[0]
        row = ExportStatus(export=arn.rpartition("/")[2], table=table, type="", format="")
        return self._row(described_status(row, found))

    def _row(self, status: ExportStatus) -> LoadStatus:
        row = self.shown(
            status.export,
            status.verdict,
            status.seconds,
            at_work=status.at_work,
            failed=status.good is False,
        )
        progress = row.progress and Progress(
            state=status.verdict, seconds=status.seconds, rows=status.items or None
        )
        return replace(
            row, table=status.table, items_written=status.items, good=status.good, progress=progress
        )
