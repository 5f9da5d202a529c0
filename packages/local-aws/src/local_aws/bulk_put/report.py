"""The report of a bulk put: the items that were not written, kept on disk until the operation is over."""

import gzip
import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from moto.s3.models import s3_backends

from local_aws.account import ACCOUNT, PARTITION
from local_aws.bulk_put.assumed import MANIFEST, report_file, report_folder

ERROR = "ERROR"
CONDITION_CHECK_FAILURE = "CONDITION_CHECK_FAILURE"
_PART_RECORDS = 100_000


class Report:
    """Records of the outputs that were asked for."""

    def __init__(self, output: Mapping[str, Any], arn: str) -> None:
        self._output = output
        self._folder = report_folder(output.get("S3KeyPrefix", ""), arn)
        self._arn = arn
        self._kept = tempfile.TemporaryDirectory(prefix="bulk-put-")
        self._open: dict[str, gzip.GzipFile] = {}
        self._counts: dict[str, int] = dict.fromkeys(cast("list[str]", output["OutputType"]), 0)

    def add(self, output: str, records: Iterable[Mapping[str, Any]]) -> None:
        """Keep records for the end."""
        if output not in self._counts:
            return
        for record in records:
            part, at = divmod(self._counts[output], _PART_RECORDS)
            if at == 0:
                self._finish(output)
                self._open[output] = gzip.GzipFile(self._part(output, part), "wb", compresslevel=1)
            self._open[output].write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
            self._counts[output] += 1

    def write(self) -> None:
        """Write what was kept to the output bucket, and a manifest of it."""
        files: list[str] = []
        for output, count in self._counts.items():
            self._finish(output)
            for part in range(-(-count // _PART_RECORDS)):
                files.append(report_file(output, part))
                self._put(files[-1], self._part(output, part).read_bytes())
        manifest = {"BulkOperationArn": self._arn, "Counts": self._counts, "Files": files}
        self._put(MANIFEST, json.dumps(manifest).encode())

    def close(self) -> None:
        """Forget what was kept."""
        for output in self._counts:
            self._finish(output)
        self._kept.cleanup()

    def _finish(self, output: str) -> None:
        if file := self._open.pop(output, None):
            file.close()

    def _part(self, output: str, part: int) -> Path:
        return Path(self._kept.name) / f"{output}-{part}"

    def _put(self, name: str, content: bytes) -> None:
        algorithm = self._output.get("S3SseAlgorithm")
        s3_backends[ACCOUNT][PARTITION].put_object(
            self._output["S3Bucket"],
            self._folder + name,
            content,
            encryption={"KMS": "aws:kms", "AES256": "AES256"}.get(str(algorithm)),
            kms_key_id=self._output.get("S3SseKmsKeyId"),
        )
