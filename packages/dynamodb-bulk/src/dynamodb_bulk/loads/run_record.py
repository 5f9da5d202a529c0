"""The record of a load's last run, kept next to the stack's files in S3.

It tells a later `pulumi up` whether what is running or finished was begun for the same data and documents.
"""

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from dynamodb_bulk.aws import Aws, records
from dynamodb_bulk.loads.listing import Listing
from dynamodb_bulk.loads.row_counts import Counted
from dynamodb_bulk.loads.verdict import NOT_COUNTED

REPORTS = "reports/"


class Outcome(BaseModel):
    """The result of a run: items by their fate, its seconds at AWS, the verdict in words.

    `not_counted`: AWS reported no error, but no one counted the rows, so that it is not good. `final`: the
    same data would fail in the same way again.
    """

    model_config = ConfigDict(frozen=True)

    good: bool
    verdict: str
    not_counted: bool = False
    written: int = 0
    refused: int = 0
    rejected: int = 0
    seconds: float = 0.0
    final: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the same data is not loaded again."""
        return self.good or self.not_counted


class RunRecord(BaseModel):
    """One run: the digest of all it depends on, what its files held, and how it ended when it was judged.

    `nonce` tells it from a run of the same number for a stack that is gone. `operation` is the ARN of the
    import or bulk operation, `earlier` those of the runs before, `attempt` the number of the run, `table_id`
    what DynamoDB calls the table of that name that it filled. `spoiled` counts the runs before it that may
    have left other items than those of the data that was loaded well before them. `listing` is of the objects
    that AWS reads, when the run began.
    """

    model_config = ConfigDict(frozen=True)

    digest: str
    rows_in_files: int | None
    rejected_in_files: int = 0
    duplicates_in_files: int = 0
    attempt: int = 1
    nonce: str = ""
    operation: str = ""
    task: str = ""
    started_before: str = ""
    earlier: tuple[str, ...] = ()
    table: str = ""
    table_id: str = ""
    incarnation: int = 1
    spoiled: int = 0
    listing: Listing | None = None
    outcome: Outcome | None = None

    @field_validator("outcome")
    @classmethod
    def _uncounted(cls, outcome: Outcome | None, info: ValidationInfo) -> Outcome | None:
        """Earlier versions called a load good whose rows were not counted."""
        if outcome is None or not outcome.good or info.data.get("rows_in_files", 0) is not None:
            return outcome
        return outcome.model_copy(update={"good": False, "not_counted": True, "verdict": NOT_COUNTED})

    @property
    def token(self) -> str:
        """The client token: for AWS a repeated start of one run is the same, and another run is another.

        AWS knows a token for eight hours, longer than a stack may live, whose next life begins at 1 again.
        """
        return f"{self.digest[:40]}-{self.attempt}{self.nonce and '-'}{self.nonce}"

    @property
    def operations(self) -> tuple[str, ...]:
        """Every operation that AWS was asked for, oldest first."""
        return (*self.earlier, self.operation) if self.operation else self.earlier

    @property
    def counted(self) -> Counted:
        """The counts of its files."""
        return Counted(
            rows=self.rows_in_files, rejected=self.rejected_in_files, duplicates=self.duplicates_in_files
        )

    def is_run(self, task: str, started: str) -> bool:
        """Return whether the task's run that began at `started` is this one, so was started after the record.

        Of a record without a task, as earlier versions wrote it, that is not known.
        """
        return self.task == task and bool(started) and started != self.started_before

    def spoiled_before(self, digest: str) -> int:
        """`spoiled` of a run for this digest that comes now; one in progress for it is that very run."""
        good = self.outcome.accepted if self.outcome else self.digest == digest
        return self.spoiled + (not good)

    def ended(self, outcome: Outcome, *, table_id: str = "") -> "RunRecord":
        """Return the record with how it ended."""
        spoiled = self.spoiled_before(self.digest)
        return self.model_copy(
            update={"outcome": outcome, "table_id": table_id or self.table_id, "spoiled": spoiled}
        )


def read_record(bucket: str, load: str, aws: Aws) -> RunRecord | None:
    """Return the record of the last run, or None when there was none."""
    return records.read(RunRecord, bucket, record_key(load), aws)


def spoiled_runs(bucket: str, load: str, digest: str, aws: Aws) -> int:
    """`RunRecord.spoiled_before` of the last run, 0 without one.

    It is more than when the data was last loaded when a run for other data began since, and did not end well:
    then the data must be loaded again, though it is what was loaded last.
    """
    record = read_record(bucket, load, aws)
    return record.spoiled_before(digest) if record else 0


def write_record(bucket: str, load: str, record: RunRecord, aws: Aws) -> RunRecord:
    """Keep the record in place of the one before."""
    records.write(record, bucket, record_key(load), aws)
    return record


def reports_prefix(load: str) -> str:
    """Return where the bulk puts of a load report, in the stack's bucket."""
    return f"{REPORTS}{load}/"


def record_key(load: str) -> str:
    """Return the record's key in the stack's bucket."""
    return f"runs/{load}.json"
