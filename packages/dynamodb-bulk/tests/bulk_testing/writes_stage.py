"""What a test of a load by writes arranges: a dataset of CSV, its table, its load and its records."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.source_check import Place, SourceCheck
from dynamodb_bulk.loads.source_digest import data_digest, source_contents
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.loads.writes.journal import KeptJournal, read_journal
from dynamodb_bulk.loads.writes.load import WritesLoad
from dynamodb_bulk.loads.writes.loader import WRITES
from local_aws.testing.stage import Stage

LOAD = "orders"
DATASET = """
name: orders
source: {files: ['*.csv'], header: true}
columns:
  - {name: id, type: STRING, length: 20}
  - {name: version, type: INT4}
  - {name: note, type: CLOB}
table: {partition_key: {name: id}}
"""


@dataclass
class WritesStage:
    """One load into one table that exists."""

    stage: Stage
    folder: Path
    url: str = ""
    condition: str = ""
    aws: Aws = field(init=False)

    def __post_init__(self) -> None:
        self.aws = Aws(region=self.stage.region)
        self.stage.make_bucket()
        self.table = self.stage.named("written")

    def rows(self, *rows: tuple[str, int, str], file: str = "a.csv") -> None:
        """Make these the rows of a file of the dataset."""
        condition = f"condition: {self.condition}\n" if self.condition else ""
        (self.folder / "dataset.yaml").write_text(DATASET + condition)
        lines = [f"{key},{version},{note}" for key, version, note in rows]
        (self.folder / file).write_text("\n".join(["id,version,note", *lines]) + "\n")

    def count(self, rows: int, *, version: int = 1) -> None:
        """Make so many rows the data."""
        self.rows(*((f"k{number:06}", version, "x" * (number % 50)) for number in range(rows)))

    def load(self, **fields: Any) -> WritesLoad:
        given: dict[str, Any] = {
            "name": LOAD,
            "table": self.table,
            "records_bucket": self.stage.bucket,
            **fields,
        }
        return WritesLoad(dataset=self.folder / "dataset.yaml", **given)

    def up(
        self,
        report: Report = lambda _: None,
        *,
        place: Place | None = None,
        wait: bool = True,
        **fields: Any,
    ) -> str:
        """What `pulumi up` runs for the data; raise LoadFailed if it is not good."""
        dataset = open_dataset(self.folder / "dataset.yaml")
        contents = source_contents(dataset, self.aws)
        digest = f"{data_digest(contents)[:20]}{dataset.condition}"
        check = SourceCheck(contents, self.aws, place)
        return WRITES.start(self.load(**fields), digest, self.aws, report, wait=wait, check=check)

    def status(self) -> LoadStatus:
        return WRITES.status(self.load(), self.aws)

    def record(self) -> RunRecord:
        found = RunRecord.read(self.stage.bucket, LOAD, self.aws)
        assert found
        return found

    def journal(self) -> KeptJournal:
        found = read_journal(self.stage.bucket, LOAD, self.aws)
        assert found
        return found

    def items(self) -> dict[str, int]:
        """The version of each item of the table, by its key."""
        found: dict[str, int] = {}
        for page in self.stage.dynamodb.get_paginator("scan").paginate(TableName=self.table):
            for item in page["Items"]:
                found[item["id"]["S"]] = int(item["version"]["N"])
        return found
