"""`bulk_put`: items into a table that exists by StartBulkPutItems."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.conversion.options import Format
from dynamodb_bulk.loads.base import Abilities, LoadFacts, MethodEstimate
from dynamodb_bulk.loads.bulk_put.load import BulkPutLoad
from dynamodb_bulk.loads.bulk_put.started import StartedBulkPuts
from dynamodb_bulk.loads.log import LogLine
from dynamodb_bulk.loads.operation_loader import OperationLoader
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.permissions.grants import EVERYTHING, Permissions, called
from dynamodb_bulk.requests.limits import BULK_PUT_LIMITS, SourceLimits

if TYPE_CHECKING:
    from dynamodb_bulk.dataset import Dataset
    from dynamodb_bulk.estimate.prices import Prices
    from dynamodb_bulk.estimate.size import DatasetSize
    from dynamodb_bulk.loads.bulk_put.operation import BulkPutOperation
    from dynamodb_bulk.loads.bulk_put.report import ReportedItem

_LEAST_CEILING = 1_024  # the smallest MaxWriteRequestUnits


class BulkPutLoader(OperationLoader[BulkPutLoad]):
    """StartBulkPutItems as a method of loading."""

    name = "bulk_put"
    engine = "bulk put"
    load_type = BulkPutLoad
    started_type = StartedBulkPuts
    abilities = Abilities(
        options=frozenset(
            {
                "wait",
                "into",
                "tolerate",
                "count_up_to",
                "engine",
                "max_write_request_units",
                "performance_tier",
            }
        ),
        checks=frozenset({"too-many-files", "file-too-large"}),
        existing_table=True,
        condition=True,
    )
    # Neither the guide's permissions nor the resource types of these actions are known: what is here is what
    # ImportTable's and an export's are, by analogy.
    permissions = Permissions(
        calls=(
            called(EVERYTHING, "dynamodb:ListBulkOperations", "deploy", "preview"),
            called(EVERYTHING, "dynamodb:DescribeBulkOperation CancelBulkOperation", "deploy", "operate"),
            called("tables", "dynamodb:StartBulkPutItems", "deploy"),
            called("other tables", "dynamodb:StartBulkPutItems", "deploy"),
        )
    )

    @property
    def operation_type(self) -> "type[BulkPutOperation]":
        """Bulk puts, for which files are read."""
        from dynamodb_bulk.loads.bulk_put.operation import BulkPutOperation

        return BulkPutOperation

    def reason(self, facts: LoadFacts) -> str:
        """An import would do where there is neither."""
        why = "each item has a condition" if facts.condition else "the table exists already"
        return f"{why}, which ImportTable does not take and bulk put does"

    def limits(self, region: str | None) -> SourceLimits:  # noqa: ARG002
        """See `BULK_PUT_LIMITS`."""
        return BULK_PUT_LIMITS

    def converts(self, dataset: "Dataset", aws: Aws | None = None) -> bool:  # noqa: ARG002
        """Return whether the files hold rows, or each item needs a condition beside it."""
        return not dataset.source.holds_items or dataset.condition is not None

    def offered(self, aws: Aws) -> bool:
        """Not every Region has it, nor does every boto3 know it."""
        from dynamodb_bulk.loads.bulk_put.preconditions import in_region, known

        return known(aws) and in_region(aws)

    def rejected_items(self, load: BulkPutLoad, aws: Aws) -> Iterator[tuple[Mapping[str, Any], str]]:
        """Read the last report; an item is named where its record holds it."""
        from dynamodb_bulk.item_files.bulk_put_lines import ITEM

        for one in self._report(load, aws):
            if one.fate == "rejected" and isinstance(one.record.get(ITEM), dict):
                yield one.record[ITEM], one.reason or "no reason"

    def log(
        self,
        load: BulkPutLoad,
        aws: Aws,
        since: datetime | None = None,  # noqa: ARG002 - it has no times
    ) -> Iterator[LogLine]:
        """The last report: AWS writes no other log of a bulk put."""
        return (LogLine(text=f"{one.fate}: {one.line}") for one in self._report(load, aws))

    def _report(self, load: BulkPutLoad, aws: Aws) -> "Iterator[ReportedItem]":
        from dynamodb_bulk.loads.bulk_put.report import reported_items

        record = RunRecord.read(load.records_bucket, load.name, aws)
        started = self._started(aws, load.records_bucket, load.name)
        state = started.describe(record.operation) if record and record.operation else None
        return reported_items(*state.report, aws, inputs=load.files.prefix) if state else iter(())

    def estimate(
        self,
        dataset: "Dataset",
        size: "DatasetSize",
        prices: "Prices",  # noqa: ARG002
        convert_to: Format = "dynamodb_json",  # noqa: ARG002
    ) -> MethodEstimate:
        """Only the least time at the lowest ceiling is known."""
        from dynamodb_bulk.estimate.size import write_units_with_indexes

        least = write_units_with_indexes(dataset, size) / _LEAST_CEILING
        return MethodEstimate(
            method=self.name,
            shortest=None,
            longest=None,
            usd=None,
            basis=f"AWS publishes neither a rate nor a price; with the lowest MaxWriteRequestUnits, "
            f"{_LEAST_CEILING:,}, it takes at least {least:,.0f} s",
        )


BULK_PUT = BulkPutLoader()
