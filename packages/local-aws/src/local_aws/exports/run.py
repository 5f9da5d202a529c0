"""One export in progress, in a separate thread.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

import hashlib
import json
import threading
import time
import traceback
from datetime import UTC, datetime
from typing import Any

from moto.dynamodb.models.table import Table

from local_aws import clock
from local_aws.account import new_id
from local_aws.exports import assumed
from local_aws.exports.destination import Destination, ExportFailure
from local_aws.exports.files import DataFiles
from local_aws.exports.records import Records
from local_aws.history.current_items import Unreadable
from local_aws.history.recovery import table_id
from local_aws.protocol import Fields, Request

IN_PROGRESS, COMPLETED, FAILED = "IN_PROGRESS", "COMPLETED", "FAILED"
FULL, INCREMENTAL = "FULL_EXPORT", "INCREMENTAL_EXPORT"
_VERSION = "2020-06-30"
_ECHOED = (
    *("S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseKmsKeyId", "ExportType"),
    *("FilterSpecification", "ClientToken"),
)
_WINDOW = "IncrementalExportSpecification"


class ExportRun:
    """An export: what it was asked for, how far it is, how it ended."""

    def __init__(self, region: str, table: Table, request: Request, seconds: float) -> None:
        self.status = IN_PROGRESS
        self.start = clock.now()
        self.id = new_id(self.start)
        self.arn = assumed.export_arn(region, table.name, self.id)
        self.table_arn: str = table.table_arn
        self.table_id = table_id(table)
        self._request = request
        self._items = self._bytes = 0
        self._least = time.monotonic() + seconds
        self._end: float | None = None
        self._failure = ("", "")

    @property
    def incremental(self) -> bool:
        """Whether it has changes, not items."""
        return self._request.get("ExportType", FULL) == INCREMENTAL

    def begin(self, records: Records) -> None:
        """Start reading; the records, which hold on to the table's items, are let go of in the end."""
        threading.Thread(target=self._run, args=(records,), daemon=True).start()

    def summary(self) -> Fields:
        """As ListExports has it."""
        return {
            "ExportArn": self.arn,
            "ExportStatus": self.status,
            "ExportType": self._request.get("ExportType", FULL),
        }

    def description(self) -> Fields:
        """As DescribeExport has it: no type where none was asked for, counts only when it is complete."""
        code, message = self._failure
        times = (
            {_WINDOW: self._request[_WINDOW]}
            if self.incremental
            else {"ExportTime": self._request["ExportTime"]}
        )
        return {
            "ExportArn": self.arn,
            "ExportStatus": self.status,
            "TableArn": self.table_arn,
            "TableId": self.table_id,
            "StartTime": self.start,
            "ExportFormat": self._format,
            "S3SseAlgorithm": self._request.get("S3SseAlgorithm", "AES256"),
            **times,
            **{name: self._request[name] for name in _ECHOED if name in self._request},
            **({"EndTime": self._end} if self._end else {}),
            **({"FailureCode": code, "FailureMessage": message} if code else {}),
            **(self._counts() if self.status == COMPLETED else {}),
        }

    @property
    def _format(self) -> str:
        return self._request.get("ExportFormat", "DYNAMODB_JSON")

    @property
    def _above(self) -> str:
        """Where all exports of the prefix are, which is joined by one slash."""
        prefix: str = self._request.get("S3Prefix", "")
        return f"{prefix}{'' if prefix.endswith('/') or not prefix else '/'}AWSDynamoDB/"

    @property
    def _folder(self) -> str:
        return f"{self._above}{self.id}/"

    def _counts(self) -> Fields:
        return {
            "ExportManifest": f"{self._folder}manifest-summary.json",
            "ItemCount": self._items,
            "BilledSizeBytes": self._billed,
        }

    @property
    def _billed(self) -> int:
        return max(self._bytes, assumed.LEAST_BILLED) if self.incremental else self._bytes

    def _run(self, records: Records) -> None:
        outcome = FAILED
        try:
            destination = Destination(self._request)
            destination.put(f"{self._folder}_started", b"")
            self._write(destination, records)
            outcome = COMPLETED
        except ExportFailure as error:
            self._failure = error.args
        except Unreadable as error:
            self._failure = (assumed.NO_TABLE, str(error))
        except Exception as error:  # noqa: BLE001 - the caller learns of it from the export
            traceback.print_exc()
            self._failure = ("InternalServerError", f"{type(error).__name__}: {error}")
        finally:
            self._rest()
            self._end = self._end or clock.now()
            self.status = outcome

    def _rest(self) -> None:
        time.sleep(max(0.0, self._least - time.monotonic()))

    def _write(self, destination: Destination, records: Records) -> None:
        # The data of all incremental exports of a prefix are in one folder.
        folder = f"{self._above if self.incremental else self._folder}data/"
        ending = ".ion.gz" if self._format == "ION" else ".json.gz"
        files = DataFiles(folder, ending, destination.put)
        for partition_key, line in records.lines():
            files.add(partition_key, line)
        files.close()
        self._items, self._bytes = records.count, records.bytes
        self._rest()
        self._end = clock.now()
        lines = [json.dumps(entry, separators=(",", ":")) + "\n" for entry in files.entries]
        self._manifest(destination, "manifest-files", "".join(lines))
        self._manifest(destination, "manifest-summary", json.dumps(self._summary_manifest()))

    def _manifest(self, destination: Destination, name: str, text: str) -> None:
        content = text.encode()
        digest = hashlib.md5(content, usedforsecurity=False).digest()
        destination.put(f"{self._folder}{name}.json", content)
        destination.put(f"{self._folder}{name}{assumed.CHECKSUM}", assumed.checksum(digest).encode())

    def _summary_manifest(self) -> Fields:
        request = self._request
        window: dict[str, Any] = request.get(_WINDOW, {})
        times = (
            {
                "exportFromTime": _instant(window["ExportFromTime"]),
                "exportToTime": _instant(window["ExportToTime"]),
            }
            if self.incremental
            else {"exportTime": _instant(request["ExportTime"])}
        )
        kinds = (
            {"outputView": window["ExportViewType"], "exportType": INCREMENTAL} if self.incremental else {}
        )
        return {
            "version": _VERSION,
            "exportArn": self.arn,
            "startTime": _instant(self.start),
            "endTime": _instant(self._end or clock.now()),
            "tableArn": self.table_arn,
            "tableId": self.table_id,
            **times,
            "s3Bucket": request["S3Bucket"],
            "s3Prefix": request.get("S3Prefix"),
            "s3SseAlgorithm": request.get("S3SseAlgorithm", "AES256"),
            "s3SseKmsKeyId": request.get("S3SseKmsKeyId"),
            "manifestFilesS3Key": f"{self._folder}manifest-files.json",
            "billedSizeBytes": self._billed,
            "itemCount": self._items,
            "outputFormat": self._format,
            **kinds,
        }


def _instant(seconds: float) -> str:
    """Return a time as manifests have it: 2020-11-04T07:28:34.028Z."""
    found = datetime.fromtimestamp(seconds, UTC)
    return f"{found:%Y-%m-%dT%H:%M:%S}.{found.microsecond // 1000:03d}Z"
