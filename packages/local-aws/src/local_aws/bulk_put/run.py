"""One bulk put in progress, in a separate thread.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BulkOperationDescription.html
"""

import json
import random
import threading
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from moto.dynamodb.models.table import Table
from moto.s3.exceptions import MissingBucket
from moto.s3.models import FakeBucket

from dynamodb_bulk.item_files.bulk_put_lines import ITEM
from dynamodb_bulk.items.sizes import item_bytes
from local_aws import hold
from local_aws.bulk_put import assumed
from local_aws.bulk_put.lines import conditional_item
from local_aws.bulk_put.report import CONDITION_CHECK_FAILURE, ERROR, Report
from local_aws.dataplane.item_files import ItemFiles, ItemsRead
from local_aws.dataplane.keys import WRITE as WRITE_BY_KEY
from local_aws.dataplane.keys import find_key, require_key, require_key_of_object, require_key_of_table
from local_aws.dataplane.objects import SourceError, SourceObject, prefix_objects
from local_aws.dataplane.roles import DeniedError
from local_aws.dataplane.shared_bucket import READ, WRITE, NotShared, shared_bucket
from local_aws.dataplane.sink import table_sink
from local_aws.dataplane.tables import demands_of, find_table, keys_of
from local_aws.dataplane.written import Written
from local_aws.protocol import Fields, Request
from local_aws.table_settings.kept import kept

IN_PROGRESS, CANCELLING, CANCELLED = "IN_PROGRESS", "CANCELLING", "CANCELLED"
COMPLETED, WITH_ERRORS, FAILED = "COMPLETED", "COMPLETED_WITH_ERRORS", "FAILED"
UNDER_WAY = (IN_PROGRESS, CANCELLING)
# …/developerguide/BulkPutItems.BestPractices.html
OBJECTS = 50_000
OBJECT_BYTES = 5 * 1024**3
_UNIT_BYTES = 1024


class BulkPutFailure(Exception):
    """The operation cannot continue; the arguments are its FailureCode and its FailureMessage."""


class BulkPutRun:
    """A bulk put: what it was asked for, how far it is, how it ended."""

    def __init__(self, arn: str, request: Request, table: Table, seconds: float) -> None:
        self.arn = arn
        self.request = request
        self.status = IN_PROGRESS
        self.start = time.time()
        self._table = table
        self._table_id = table.describe()["TableDescription"]["TableId"]
        self._seconds = seconds
        self._end: float | None = None
        self._failure = ("", "")
        self._cancel = threading.Event()
        self._total: int | None = None
        self._processed = self._failed = self._read_bytes = self._put_bytes = 0
        self._pace = _Pace(request.get("MaxWriteRequestUnits"))

    @property
    def table_name(self) -> str:
        """The table that it writes to."""
        return str(self._table.name)

    def begin(self) -> None:
        """Start reading."""
        threading.Thread(target=self._run, daemon=True).start()

    def cancel(self) -> None:
        """Let it end soon; what is written stays."""
        if self.status == IN_PROGRESS:
            self.status = CANCELLING
            self._cancel.set()

    def summary(self) -> Fields:
        """As ListBulkOperations has it."""
        return {
            "BulkOperationArn": self.arn,
            "BulkOperationStatus": self.status,
            "StartTime": self.start,
            **({"EndTime": self._end} if self._end else {}),
        }

    def description(self) -> Fields:
        """As DescribeBulkOperation has it."""
        code, message = self._failure
        optional = {
            "TotalInputBytes": self._total,
            "FailureCode": code or None,
            "FailureMessage": message or None,
            "MaxWriteRequestUnits": self.request.get("MaxWriteRequestUnits"),
        }
        return {
            **self.summary(),
            "TableDetails": [{"TableName": self.table_name, "TableId": self._table_id}],
            "ClientToken": self.request["ClientToken"],
            "InputS3Configuration": {"InputCompressionType": "NONE", **self.request["InputS3Configuration"]},
            "OutputS3Configuration": self.request["OutputS3Configuration"],
            "PerformanceTier": self.request.get("PerformanceTier", "STANDARD"),
            "ProcessedItemCount": self._processed,
            "FailedItemCount": self._failed,
            "ProcessedInputBytes": self._read_bytes,
            "BulkOperationUsage": [self._usage()],
            **{name: value for name, value in optional.items() if value is not None},
        }

    def _usage(self) -> Fields:
        usage = {"BulkPutBytes": self._put_bytes}
        return {"TableName": self.table_name, **usage, "Table": usage}

    def _run(self) -> None:
        report = Report(self.request["OutputS3Configuration"], self.arn)
        outcome = FAILED
        try:
            self._load(report)
            self._rest()
            if self._cancel.is_set():
                outcome, self._failure = CANCELLED, (assumed.CANCELLED_BY_USER, "Cancelled by the user")
            else:
                report.write()
                outcome = WITH_ERRORS if self._failed else COMPLETED
        except BulkPutFailure as error:
            self._failure = error.args
        except DeniedError as error:
            self._failure = (assumed.DENIED, str(error))
        except SourceError as error:
            self._failure = (assumed.CHANGED, str(error))
        except Exception as error:  # noqa: BLE001 - the caller learns of it from the operation
            traceback.print_exc()
            self._failure = ("InternalServerError", f"{type(error).__name__}: {error}")
        finally:
            report.close()
            self._end = time.time()
            self.status = outcome

    def _rest(self) -> None:
        self._cancel.wait(max(0.0, self.start + self._seconds - time.time()))

    def _load(self, report: Report) -> None:
        source: dict[str, Any] = self.request["InputS3Configuration"]
        output: dict[str, Any] = self.request["OutputS3Configuration"]
        reports = _find_bucket(output, WRITE)
        if key := output.get("S3SseKmsKeyId"):
            require_key(find_key(key, reports.region_name), WRITE_BY_KEY, "s3", None)
        bucket = _find_bucket(source, READ)
        objects = prefix_objects(bucket, source.get("S3KeyPrefix", ""))
        _check_objects(objects)
        self._total = sum(found.size for found in objects)
        files = ItemFiles(
            format=source["InputFormat"],
            compression=source.get("InputCompressionType", "NONE").lower(),
            keys=keys_of(self._table),
            demands=demands_of(self._table),
            parse=conditional_item,
        )
        hold.wait(self._cancel.is_set)
        # Objects are read in parallel: nothing is promised of the order of items in different ones.
        random.Random(self.arn).shuffle(objects)  # noqa: S311
        sink = table_sink(self._table)
        require_key_of_table(self._table)
        for found in objects:
            require_key_of_object(found.body, bucket)
            for read in files.read(found):
                if self._cancel.is_set():
                    return
                self._check_table()
                conditions = read.conditions if any(read.conditions) else None
                self._count(found, read, sink.put(read.items, conditions), report)
            if not found.is_current(bucket):
                raise BulkPutFailure(assumed.CHANGED, f"{found.url} changed while it was being read")

    def _check_table(self) -> None:
        if find_table(str(self._table.region_name), self.table_name) is not self._table:
            raise BulkPutFailure(assumed.NO_TABLE, f"The table {self.table_name} was deleted")

    def _count(self, found: SourceObject, read: ItemsRead, written: Written, report: Report) -> None:
        failed = [(read.places[position], why) for position, why in written.failed]
        report.add(ERROR, _errors(found, sorted([*read.bad, *failed])))
        report.add(CONDITION_CHECK_FAILURE, _refusals(found, read, written))
        left = {*(position for position, _ in written.failed), *(each.position for each in written.refused)}
        sizes = [item_bytes(item) for position, item in enumerate(read.items) if position not in left]
        self._processed += read.count
        self._failed += len(read.bad) + len(failed)
        self._read_bytes += read.stored_bytes
        self._put_bytes += sum(sizes)
        self._pace.used(sum(-(-size // _UNIT_BYTES) for size in sizes), self._cancel)


def writable(table: Table) -> str:
    """Return why the table accepts no bulk put now, or an empty text.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Considerations.html
    """
    if kept(table).get("TableStatus", "ACTIVE") not in ("ACTIVE", "UPDATING"):
        return f"The table {table.name} is not active"
    if any(getattr(index, "status", "ACTIVE") == "CREATING" for index in table.global_indexes):
        return f"An index of the table {table.name} is being created"
    return ""


def _errors(found: SourceObject, errors: Sequence[tuple[int, str]]) -> Iterator[Fields]:
    for place, why in errors:
        yield {"ErrorCode": assumed.BAD_ITEM, "ErrorMessage": why, **_pointer(found, place)}


def _refusals(found: SourceObject, read: ItemsRead, written: Written) -> Iterator[Fields]:
    for refusal in written.refused:
        existing = {"ExistingItem": json.loads(refusal.existing)} if refusal.existing else {}
        item = json.loads(read.items[refusal.position])
        yield {ITEM: item, **existing, **_pointer(found, read.places[refusal.position])}


def _pointer(found: SourceObject, place: int) -> Fields:
    bucket = found.url.removeprefix("s3://").partition("/")[0]
    return {"S3Pointer": {"Bucket": bucket, "Key": found.key, "ItemIndex": place}}


def _find_bucket(where: Request, actions: Iterable[str]) -> FakeBucket:
    try:
        return shared_bucket(where, actions)
    except NotShared:
        raise BulkPutFailure(assumed.DENIED, f"Access to the bucket {where['S3Bucket']} is denied") from None
    except MissingBucket:
        raise BulkPutFailure(assumed.NO_BUCKET, f"The bucket {where['S3Bucket']} does not exist") from None


def _check_objects(objects: Sequence[SourceObject]) -> None:
    if len(objects) > OBJECTS:
        raise BulkPutFailure(assumed.TOO_MANY, f"{len(objects):,} objects, {OBJECTS:,} are allowed")
    for found in objects:
        if found.size > OBJECT_BYTES:
            raise BulkPutFailure(assumed.TOO_MANY, f"{found.url} has {found.size:,} bytes, 5 GB are allowed")


class _Pace:
    """Holds back so that no more write request units are used in a second than were allowed."""

    def __init__(self, units: int | None) -> None:
        self._units = units
        self._free = time.monotonic()

    def used(self, units: int, cancel: threading.Event) -> None:
        if self._units:
            self._free = max(self._free, time.monotonic()) + units / self._units
            cancel.wait(max(0.0, self._free - time.monotonic() - 1))
