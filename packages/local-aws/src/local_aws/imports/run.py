"""One import in progress, in a separate thread.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.HowItWorks.html
"""

import json
import random
import threading
import time
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moto.dynamodb.models.table import Table
from moto.s3.models import FakeBucket

from dynamodb_bulk.csv.compression import Compression
from local_aws import hold
from local_aws.account import ACCOUNT
from local_aws.dataplane.item_files import ItemFiles, ItemsRead
from local_aws.dataplane.keys import require_key_of_object
from local_aws.dataplane.objects import SourceError, prefix_objects
from local_aws.dataplane.roles import DeniedError
from local_aws.dataplane.sink import table_sink
from local_aws.dataplane.tables import demands_of, find_table, keys_of
from local_aws.dataplane.tasklog import put_events
from local_aws.protocol import Fields, Request
from local_aws.table_settings.kept import kept

IN_PROGRESS, COMPLETED, FAILED = "IN_PROGRESS", "COMPLETED", "FAILED"
BAD_ITEMS = "ItemValidationError"
# An import may have so many objects: …/developerguide/S3DataImport.Validation.html
OBJECTS = 50_000
# Of the sources named at the top; the texts are those that DynamoDB's users report.
_SAYS = {
    BAD_ITEMS: "Some of the items failed validation checks and were not imported. Please check CloudWatch "
    "error logs for more details.",
    "S3NoSuchBucket": "The specified bucket does not exist",
    "S3AccessDenied": "Access Denied",
    "ObjectModifiedInS3DuringImport": "An object was modified in S3 while the import was reading it",
}
_LOG_GROUP = "/aws-dynamodb/imports"
_ECHOED = ("InputFormat", "InputFormatOptions", "S3BucketSource", "TableCreationParameters")


class ImportFailure(Exception):
    """The import cannot continue; the text is its FailureCode."""


@dataclass(kw_only=True)
class _Counts:
    processed: int = 0
    imported: int = 0
    errors: int = 0
    bytes: int = 0


class ImportRun:
    """An import: what it was asked for, how far it is, how it ended. Counts stay 0 until then."""

    def __init__(self, arn: str, region: str, request: Request, table_id: str, seconds: float) -> None:
        self.arn = arn
        self.request = request
        self.status = IN_PROGRESS
        self._table_id = table_id
        self.start = time.time()
        self._region = region
        self._seconds = seconds
        self._end: float | None = None
        self._failure = ("", "")
        self._counts = _Counts()

    @property
    def table_name(self) -> str:
        """The table that it makes."""
        return self.request["TableCreationParameters"]["TableName"]

    @property
    def table_arn(self) -> str:
        """The ARN of that table."""
        return self.arn.rpartition("/import/")[0]

    def begin(self, bucket: FakeBucket | None, failure: str) -> None:
        """Start reading the bucket; without one, it is over with the failure's code, and makes no table."""
        table = find_table(self._region, self.table_name)
        if table is not None and bucket is not None:
            kept(table)["TableStatus"] = "CREATING"
        work = threading.Thread(target=self._run, args=(bucket, table, failure), daemon=True)
        work.start()

    def summary(self) -> Fields:
        """As ListImports has it."""
        return {
            "ImportArn": self.arn,
            "ImportStatus": self.status,
            "TableArn": self.table_arn,
            "S3BucketSource": self.request["S3BucketSource"],
            "CloudWatchLogGroupArn": _log_group_arn(self._region),
            "InputFormat": self.request["InputFormat"],
            "StartTime": self.start,
            **({"EndTime": self._end} if self._end else {}),
        }

    def description(self) -> Fields:
        """As DescribeImport has it."""
        over = self._end is not None
        counts = self._counts if over else _Counts()
        code, message = self._failure
        return {
            **self.summary(),
            **{name: self.request[name] for name in _ECHOED if name in self.request},
            "TableId": self._table_id,
            "ClientToken": self.request["ClientToken"],
            "InputCompressionType": self.request.get("InputCompressionType", "NONE"),
            **({"ProcessedSizeBytes": counts.bytes} if counts.bytes else {}),
            "ProcessedItemCount": counts.processed,
            "ImportedItemCount": counts.imported,
            "ErrorCount": counts.errors,
            **({"FailureCode": code, "FailureMessage": message} if code else {}),
        }

    def _run(self, bucket: FakeBucket | None, table: Table | None, failure: str) -> None:
        try:
            if bucket is None or table is None:
                raise ImportFailure(failure)
            self._read(bucket, table)
            if self._counts.errors:
                raise ImportFailure(BAD_ITEMS)
        except ImportFailure as error:
            self._failure = (str(error), _SAYS.get(str(error), str(error)))
        except DeniedError as error:
            self._failure = ("S3AccessDenied", str(error))
        except SourceError as error:
            self._failure = ("ObjectModifiedInS3DuringImport", str(error))
        except Exception as error:  # noqa: BLE001 - the caller learns of it from the import
            traceback.print_exc()
            self._failure = ("InternalServerError", f"{type(error).__name__}: {error}")
        finally:
            time.sleep(max(0.0, self.start + self._seconds - time.time()))
            if table is not None:
                kept(table).pop("TableStatus", None)
            self.status = FAILED if self._failure[0] else COMPLETED
            self._end = time.time()

    def _read(self, bucket: FakeBucket, table: Table) -> None:
        request = self.request
        files = item_files(request, table)
        sink = table_sink(table)
        objects = prefix_objects(bucket, request["S3BucketSource"].get("S3KeyPrefix", ""))
        if len(objects) > OBJECTS:
            raise ImportFailure(f"an import takes {OBJECTS:,} objects, the prefix has {len(objects):,}")
        hold.wait()
        # Items of one key overwrite each other in no order that AWS promises.
        chance = random.Random(self.arn)  # noqa: S311
        chance.shuffle(objects)
        for found in objects:
            require_key_of_object(found.body, bucket)
            for read in files.read(found):
                order = list(range(len(read.items)))
                chance.shuffle(order)
                written = sink.put([read.items[place] for place in order])
                failed = [(read.places[order[position]], why) for position, why in written.failed]
                errors = sorted([*read.bad, *failed])
                _log(self._region, self.arn, bucket.name, found.key, errors)
                self._count(read, written.stored, len(errors))
            if not found.is_current(bucket):
                raise ImportFailure("ObjectModifiedInS3DuringImport")

    def _count(self, read: ItemsRead, stored: int, errors: int) -> None:
        self._counts.processed += read.count
        self._counts.imported += stored
        self._counts.errors += errors
        self._counts.bytes += read.bytes


def item_files(request: Request, table: Table) -> ItemFiles:
    """Return how the objects of an import are to be read."""
    options: dict[str, Any] = request.get("InputFormatOptions", {}).get("Csv", {})
    compression: Compression = request.get("InputCompressionType", "NONE").lower()
    return ItemFiles(
        format=request["InputFormat"],
        compression=compression,
        keys=keys_of(table),
        demands=demands_of(table),
        delimiter=options.get("Delimiter", ","),
        header=tuple(options.get("HeaderList", ())),
    )


def _log(region: str, import_arn: str, bucket: str, key: str, errors: Iterable[tuple[int, str]]) -> None:
    """Log items of an object, each with its place, from 0, and its fault; kept for ever, as by AWS.

    The stream is `<import id>/error`, made with its first event:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Validation.html
    """
    now = int(time.time() * 1000)
    events: list[dict[str, object]] = [
        {
            "timestamp": now,
            "message": json.dumps(
                {
                    "itemS3Pointer": {"bucket": bucket, "key": key, "itemIndex": place},
                    "importArn": import_arn,
                    "errorMessages": [reason],
                }
            ),
        }
        for place, reason in errors
    ]
    if events:
        put_events(region, _LOG_GROUP, f"{import_arn.rpartition('/')[2]}/error", events)


def _log_group_arn(region: str) -> str:
    return f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{_LOG_GROUP}:*"
