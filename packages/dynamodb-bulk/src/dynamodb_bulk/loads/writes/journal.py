"""The journal of a load by writes: how far it has come, who writes, and who wants it to stop.

It is kept in the stack's bucket, and replaced only where it is what the writer knows of it.
"""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.records import StoredRecord, Superseded
from dynamodb_bulk.loads.run_record import REPORTS

# A writer renews its journal each few seconds; after so many without that it is gone.
LEASE_SECONDS = 60
MOST_NAMED = 1_000  # refused items, whose number is kept beside them
State = Literal["writing", "stopping", "stopped", "ended"]


class RefusedItem(BaseModel):
    """An item that DynamoDB refused for its own sake: where it is from, its key in DynamoDB JSON, and why."""

    model_config = ConfigDict(frozen=True)

    file: str
    line: int
    key: Mapping[str, Any]
    reason: str


class Journal(StoredRecord):
    """One run, by its record's client token.

    Of `source`, the number of a file, the first `items` and `rejects` are done, and all files before it. The
    counts are of these rows alone; `refused` are the first of the `rejected` that DynamoDB refused. `owner`
    is the process that writes, number `pid` on `host`, and the last of so many `processes`, whose
    `seconds` are added up. Where the Glue job called `job` writes, its writers have journals of their own,
    and this one counts nothing before their end.
    """

    stored_at = REPORTS + "{}/journal.json"

    token: str
    owner: str
    job: str = ""
    host: str = Field(default_factory=socket.gethostname)
    pid: int = Field(default_factory=os.getpid)
    processes: int = 1
    state: State = "writing"
    began: datetime
    source: int = 0
    items: int = 0
    rejects: int = 0
    written: int = 0
    condition_failed: int = 0
    rejected: int = 0
    refused: tuple[RefusedItem, ...] = ()
    units: float = 0.0
    seconds: float = 0.0
    rows_per_second: float = 0.0
    throttled: str = ""

    def taken_over(self, owner: str, **more: Any) -> Self:
        """Return it as a process of this machine takes it over."""
        taken = {"owner": owner, "host": socket.gethostname(), "pid": os.getpid(), "state": "writing"}
        return self.model_copy(update={**taken, "processes": self.processes + 1, **more})

    @property
    def rows(self) -> int:
        """How many rows are accounted for."""
        return self.written + self.condition_failed + self.rejected


class ShareJournal(Journal):
    """The journal of one of the writers of a Glue job, kept in the bucket by its whole key."""

    stored_at = "{}"


@dataclass(frozen=True, kw_only=True)
class KeptJournal:
    """A journal as S3 has it: its entity tag, when it was written, and its age in seconds, by S3's clock."""

    journal: Journal
    tag: str
    written: datetime
    age: float

    @property
    def alive(self) -> bool:
        """Whether its writer is still at work; on another machine it may be gone for as long as a lease.

        Who follows a Glue job does not write: another one may follow it as well.
        """
        journal = self.journal
        at_work = journal.state in ("writing", "stopping") and not journal.job and self.age < LEASE_SECONDS
        return at_work and (journal.host != socket.gethostname() or _runs(journal.pid))

    @property
    def time(self) -> str:
        """When it was written, in this machine's time zone."""
        return f"{self.written.astimezone():%H:%M}"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is someone else's
    return True


def read_journal(bucket: str, load: str, aws: Aws, kind: type[Journal] = Journal) -> KeptJournal | None:
    """Return the journal; None if there is none, or only one of a different version."""
    try:
        answer = aws.s3.get_object(Bucket=bucket, Key=kind.key(load))
        journal = kind.model_validate_json(answer["Body"].read())
    except (aws.s3.exceptions.NoSuchKey, aws.s3.exceptions.NoSuchBucket, ValidationError):
        return None
    written = answer["LastModified"]
    told = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    now = parsedate_to_datetime(told) if told else datetime.now(UTC)
    age = (now - written).total_seconds()
    return KeptJournal(journal=journal, tag=answer["ETag"], written=written, age=age)


def ask_to_stop(bucket: str, load: str, aws: Aws) -> KeptJournal | None:
    """Write into the journal that the writer is to stop; return it, None if nobody writes."""
    while True:
        found = read_journal(bucket, load, aws)
        if found is None or not found.alive or found.journal.state == "stopping":
            return found if found and found.alive else None
        asked = found.journal.model_copy(update={"state": "stopping"})
        try:
            asked.write_over(found.tag, bucket, load, aws)
        except Superseded:
            continue  # the writer was faster
        return found


def written_so_far(done: int, rows: int | None, rows_per_second: float, throttled: str) -> str:
    """Return one line on the writing."""
    percent = f" {100 * done // rows} %" if rows else ""
    of = "" if rows is None else f" of {rows:,}"
    rate = f", {rows_per_second:,.0f} rows/s" if rows_per_second else ""
    return f"writing{percent}: {done:,}{of} rows{rate}{f', {throttled}' if throttled else ''}"


def not_running(kept: KeptJournal) -> str:
    """Return since when nobody writes any more, and what to do."""
    how = "stopped at" if kept.journal.state == "stopped" else "not running since"
    when = "not running" if kept.journal.job else f"{how} {kept.time}"  # Glue's writers keep other journals
    return f"{when}: run `pulumi up` to resume"
