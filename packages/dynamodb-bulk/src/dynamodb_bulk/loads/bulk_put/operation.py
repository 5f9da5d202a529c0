"""One load by StartBulkPutItems: a put replaces a whole item, and items that no file names stay unchanged.

AWS calls a bulk put COMPLETED_WITH_ERRORS over a single item that it could not write.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BulkOperationDescription.html
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.loads.bulk_put.load import BulkPutLoad
from dynamodb_bulk.loads.bulk_put.preconditions import check_preconditions
from dynamodb_bulk.loads.bulk_put.report import Fate, reported_items
from dynamodb_bulk.loads.bulk_put.started import StartedBulkPuts
from dynamodb_bulk.loads.operation import LoadOperation
from dynamodb_bulk.loads.run_record import Cleared, RunRecord
from dynamodb_bulk.loads.started import OperationState
from dynamodb_bulk.loads.verdict import EXAMPLES, Counted
from dynamodb_bulk.requests.limits import BULK_PUT_LIMITS, SourceLimits
from dynamodb_bulk.spec.errors import LoadFailed

OUTPUTS = ("ERROR", "CONDITION_CHECK_FAILURE")
WITH_ERRORS = "COMPLETED_WITH_ERRORS"
_WRITTEN = ("COMPLETED", WITH_ERRORS)


class BulkPutOperation(LoadOperation[BulkPutLoad]):
    """A bulk put into a table that exists."""

    started_type = StartedBulkPuts
    _error_examples: tuple[str, ...] = ()

    def check_the_way(self, last: RunRecord | None) -> Cleared | None:  # noqa: ARG002 - nothing has to go
        """See `dynamodb_bulk.loads.bulk_put.preconditions`."""
        check_preconditions(self.load, self.aws, self.report)

    @property
    def limits(self) -> SourceLimits:
        """The same everywhere."""
        return BULK_PUT_LIMITS

    def begin(self, token: str) -> str:
        """Call StartBulkPutItems; both reports are always asked for."""
        try:
            answer: dict[str, Any] = self.aws.bulk.start_bulk_put_items(
                **_request(self.load, self.dataset, token)
            )
        except ClientError as error:
            raise LoadFailed(f"load {self.load.name}: AWS refused the bulk put: {error}") from None
        return answer["BulkOperationDescription"].get("BulkOperationArn", "")

    def progress(self, state: OperationState, counted: Counted) -> str:
        """Return the progress by the bytes that AWS has read, once it has sized the input."""
        of = "" if counted.rows is None else f" of {counted.rows:,}"
        rate = f", {state.processed / state.seconds:,.0f} items/s" if state.seconds >= 1 else ""
        failed = f", {state.errors:,} rejected" if state.errors else ""
        if not state.total_bytes:
            return f"bulk put: {state.processed:,}{of} items; AWS is still sizing the files"
        percent = 100 * state.read_bytes // state.total_bytes
        return f"bulk put {percent} %: {state.processed:,}{of} items{rate}{failed}"

    @classmethod
    def permanent(cls, state: OperationState) -> bool:
        """An item that AWS could not write for its own sake fails again."""
        return state.status == WITH_ERRORS

    def error_examples(self, operation: str) -> tuple[str, ...]:  # noqa: ARG002 - the report was read to count
        """The first errors of the report."""
        return self._error_examples

    def finish(self, state: OperationState) -> OperationState:
        """Count the items whose condition failed: only the report tells."""
        self.report("reading the report")
        fates: Counter[Fate] = Counter()
        examples: dict[Fate, list[str]] = {"rejected": [], "unknown": []}
        expected = bool(self.dataset.condition) or state.errors > 0
        for item in reported_items(*state.report, self.aws, inputs=self.load.files.prefix, expected=expected):
            fates[item.fate] += 1
            if item.fate in examples and len(examples[item.fate]) < EXAMPLES:
                examples[item.fate].append(item.line)
        self._error_examples = tuple(examples["rejected"])
        return replace(
            state,
            condition_failed=fates["condition failed"],
            written=state.written - fates["condition failed"],
            not_known=self._not_known(state, fates, examples["unknown"]) if state.status in _WRITTEN else (),
        )

    def _not_known(
        self, state: OperationState, fates: Counter[Fate], unread: Sequence[str]
    ) -> tuple[str, ...]:
        """Return why the report of a bulk put that completed does not tell what became of every item."""
        place = "s3://{}/{}".format(*state.report)
        found = list(unread[:1])
        if (more := fates["unknown"] - 1) > 0:
            found.append(f"{more:,} more problems")
        if fates["rejected"] != state.errors:
            found.append(
                f"AWS counts {state.errors:,} rejected items, but its report {place} lists "
                f"{fates['rejected']:,}"
            )
        if fates["condition failed"] > state.processed - state.errors:
            found.append(f"the report {place} lists more items than AWS processed")
        if not found:
            return ()
        name = self.load.name
        return (
            f"the numbers of rejected rows and failed conditions are unknown: {'; '.join(found)}; run "
            f"`bulk watch {name}` to read the report again, or `pulumi up` to put the items again",
        )


def _request(load: BulkPutLoad, dataset: Dataset, token: str) -> dict[str, Any]:
    converted, key = load.files.converted, load.kms_key
    source: dict[str, Any] = {
        "S3Bucket": load.files.bucket,
        "S3KeyPrefix": load.files.prefix,
        "InputFormat": "DYNAMODB_JSON" if converted else dataset.source.format.upper(),
        "InputCompressionType": "ZSTD" if converted else dataset.source.compression.upper(),
    }
    if load.files.owner:
        source["S3BucketOwner"] = load.files.owner
    request: dict[str, Any] = {
        "ClientToken": token,
        "TableName": load.table,
        "InputS3Configuration": source,
        "OutputS3Configuration": {
            "OutputType": list(OUTPUTS),
            "S3Bucket": load.records_bucket,
            "S3KeyPrefix": f"{load.reports_prefix}{token}/",
            **({"S3SseAlgorithm": "KMS", "S3SseKmsKeyId": key} if key else {"S3SseAlgorithm": "AES256"}),
        },
    }
    if load.max_write_request_units:
        request["MaxWriteRequestUnits"] = load.max_write_request_units
    if load.performance_tier:
        request["PerformanceTier"] = load.performance_tier
    return request
