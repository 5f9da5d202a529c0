"""The record of a load's last run, kept next to the stack's files in S3.

It tells a later `pulumi up` whether what is running or finished was begun for the same data and documents.
Some fields have another name in S3, the one that the first versions wrote: those read it, too.
"""

import secrets
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.records import StoredRecord
from dynamodb_bulk.loads.listing import Listing
from dynamodb_bulk.loads.verdict import NOT_COUNTED, Counted, Fates, Verdict
from dynamodb_bulk.spec.text import duration, number_of

REPORTS = "reports/"


def _stored_as(stored: str, name: str, default: Any) -> Any:
    return Field(default=default, validation_alias=AliasChoices(name, stored), serialization_alias=stored)


class Outcome(BaseModel):
    """The result of a run: items by their fate, its seconds at AWS, the verdict in words.

    `not_counted`: AWS reported no error, but nobody counted the rows, so that it is not good. `permanent`:
    the same data would fail in the same way again.
    """

    model_config = ConfigDict(frozen=True, serialize_by_alias=True)

    good: bool
    verdict: str
    not_counted: bool = False
    written: int = 0
    condition_failed: int = _stored_as("refused", "condition_failed", 0)
    rejected: int = 0
    seconds: float = 0.0
    permanent: bool = _stored_as("final", "permanent", default=False)

    @classmethod
    def of(cls, verdict: Verdict, fates: Fates, seconds: float, *, permanent: bool = False) -> "Outcome":
        """The outcome of a run that was judged."""
        return cls(
            good=verdict.good,
            verdict=verdict.words,
            not_counted=verdict.not_counted,
            written=fates.written,
            condition_failed=fates.condition_failed,
            rejected=fates.rejected,
            seconds=seconds,
            permanent=permanent,
        )

    def loaded(self, noun: str) -> str:
        """What was loaded, in a sentence; `noun`: what AWS counts."""
        failed = f", {self.condition_failed:,} condition failed" if self.condition_failed else ""
        rejected = f", {self.rejected:,} rejected and tolerated" if self.rejected else ""
        return f"{number_of(self.written, noun)} loaded in {duration(self.seconds)}{failed}{rejected}"

    @property
    def accepted(self) -> bool:
        """Whether the same data is not loaded again."""
        return self.good or self.not_counted


class Cleared(BaseModel):
    """The table that goes before a run begins, by what DynamoDB calls it; `loaded`: its load was accepted."""

    model_config = ConfigDict(frozen=True)

    table_id: str
    loaded: bool
    why: str


class RunRecord(StoredRecord):
    """One run: the digest of all it depends on, what its files held, and how it ended when it was judged.

    `run_suffix` tells it from a run of the same number for a stack that is gone. `operation` is the ARN of
    the import or bulk operation, `earlier` those of the runs before, `attempt` the number of the run,
    `table_id` what DynamoDB calls the table of that name that it filled. `failed_runs` counts the runs before
    it that may have left other items than those of the data that was loaded well before them. `listing` is of
    the objects that AWS reads, when the run began. Whoever goes on with the run deletes the table that it
    `clears`, if that is still there. `unfixed`: the outcome before rejected rows were fixed and
    loaded by themselves.
    """

    stored_at = "runs/{}.json"

    digest: str
    rows_in_files: int | None = None
    rejected_in_files: int = 0
    duplicates_in_files: int = 0
    attempt: int = 1
    run_suffix: str = _stored_as("nonce", "run_suffix", "")
    operation: str = ""
    task: str = ""
    started_before: str = ""
    earlier: tuple[str, ...] = ()
    table: str = ""
    table_id: str = ""
    table_generation: int = _stored_as("incarnation", "table_generation", 1)
    failed_runs: int = _stored_as("spoiled", "failed_runs", 0)
    clears: Cleared | None = None
    listing: Listing | None = None
    unfixed: Outcome | None = None
    outcome: Outcome | None = None

    @field_validator("outcome")
    @classmethod
    def _uncounted(cls, outcome: Outcome | None, info: ValidationInfo) -> Outcome | None:
        """Earlier versions called a load good whose rows were not counted."""
        if outcome is None or not outcome.good or info.data.get("rows_in_files", 0) is not None:
            return outcome
        return outcome.model_copy(update={"good": False, "not_counted": True, "verdict": NOT_COUNTED})

    @classmethod
    def following(cls, last: "RunRecord | None", digest: str, **fields: Any) -> "RunRecord":
        """Return the record of a new run for this digest, after the last one."""
        return cls(
            digest=digest,
            attempt=last.attempt + 1 if last else 1,
            run_suffix=secrets.token_hex(4),
            failed_runs=last.failed_runs_before(digest) if last else 0,
            earlier=last.operations if last else (),
            **fields,
        )

    def accepted(self, tolerate: int) -> Outcome | None:
        """Return the outcome where the same data need not be loaded again; None where it must be."""
        if self.outcome is None or not self.outcome.accepted:
            return None
        return self.outcome if self.outcome.rejected + self.duplicates_in_files <= tolerate else None

    @property
    def token(self) -> str:
        """The client token: for AWS a repeated start of one run is the same, and another run is another.

        AWS knows a token for eight hours, longer than a stack may live, whose next life begins at 1 again.
        """
        return f"{self.digest[:40]}-{self.attempt}{self.run_suffix and '-'}{self.run_suffix}"

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

    def recounted(self, counted: Counted) -> "RunRecord":
        """Return the record with these counts of its files."""
        return self.model_copy(
            update={
                "rows_in_files": counted.rows,
                "rejected_in_files": counted.rejected,
                "duplicates_in_files": counted.duplicates,
            }
        )

    def is_run(self, task: str, started: str) -> bool:
        """Return whether the task's run that began at `started` is this one, so was started after the record.

        Of a record without a task, as earlier versions wrote it, that is not known.
        """
        return self.task == task and bool(started) and started != self.started_before

    def failed_runs_before(self, digest: str) -> int:
        """`failed_runs` of a run for this digest that comes now; one under way for it is that very run."""
        good = self.outcome.accepted if self.outcome else self.digest == digest
        return self.failed_runs + (not good)

    def ended(self, outcome: Outcome, *, table_id: str = "") -> "RunRecord":
        """The record with how it ended."""
        failed = self.failed_runs_before(self.digest)
        return self.model_copy(
            update={"outcome": outcome, "table_id": table_id or self.table_id, "failed_runs": failed}
        )


def failed_runs(bucket: str, load: str, digest: str, aws: Aws) -> int:
    """`RunRecord.failed_runs_before` of the last run, 0 without one.

    It is more than when the data was last loaded when a run for other data began since, and did not end well:
    then the data must be loaded again, though it is what was loaded last.
    """
    record = RunRecord.read(bucket, load, aws)
    return record.failed_runs_before(digest) if record else 0


def reports_prefix(load: str) -> str:
    """Return where the bulk puts of a load report, in the stack's bucket."""
    return f"{REPORTS}{load}/"
