"""A load through DMS that is arranged whole: its task, its files on both sides, what its runs said."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.dms.loader import DMS
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.spec.errors import LoadFailed
from local_aws.testing.stage import Stage

DATASET = """\
name: orders
source: {files: ["*.csv"]}
columns:
  - {name: id, type: STRING, length: 20, primary_key: true, nullable: false}
  - {name: total, type: NUMERIC, precision: 10, scale: 2}
  - {name: note, type: STRING, length: 100}
table: {partition_key: {name: id}}
"""


@dataclass
class Arranged:
    """A task in a state of its own, its files on both sides, and what the run said."""

    stage: Stage
    folder: Path
    load: TaskLoad
    aws: Aws
    said: list[str]

    def files(self, text: str) -> None:
        (self.folder / "rows.csv").write_text(text)
        self.stage.files(LOAD001=text)

    def run(self, digest: str = "one", **options: Any) -> None:
        self.said.append(DMS.start(self.load, digest, self.aws, self.said.append, **options))

    def keep(self, record: RunRecord) -> None:
        record.write(self.load.records_bucket, self.load.name, self.aws)

    def status(self) -> LoadStatus:
        return DMS.status(self.load, self.aws)

    def record(self) -> RunRecord | None:
        return RunRecord.read(self.load.records_bucket, self.load.name, self.aws)

    def starts(self) -> str:
        """When the task last began, which changes with every start."""
        return str(self.stage.task_fields(self.load.task_arn)["ReplicationTaskStats"]["StartDate"])

    def failure(self, digest: str = "one") -> str:
        with pytest.raises(LoadFailed) as caught:
            self.run(digest)
        return str(caught.value)
