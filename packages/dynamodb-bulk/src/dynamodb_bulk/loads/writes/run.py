"""Runs one load by writes: counts, writes or follows who does, judges. Safe to repeat at any point."""

import os
import secrets
import socket
from functools import cache
from typing import Any

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.clock import aws_now
from dynamodb_bulk.aws.polling import Report, poll
from dynamodb_bulk.aws.records import Superseded
from dynamodb_bulk.aws.refusals import expired, reason
from dynamodb_bulk.aws.table_identity import described_table, is_active
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.loads.conversion_record import ConversionRecord, versions_digest
from dynamodb_bulk.loads.fixed_rows import refuse_partly_fixed
from dynamodb_bulk.loads.listing import changed_objects
from dynamodb_bulk.loads.row_counts import count_dataset
from dynamodb_bulk.loads.run_record import Outcome, RunRecord
from dynamodb_bulk.loads.source_check import SourceCheck, unchecked
from dynamodb_bulk.loads.verdict import EXAMPLES, Counted, Fates, account, not_good, or_by_themselves
from dynamodb_bulk.loads.writes.capacity import most_units
from dynamodb_bulk.loads.writes.journal import (
    Journal,
    KeptJournal,
    not_running,
    read_journal,
    written_so_far,
)
from dynamodb_bulk.loads.writes.load import WritesLoad
from dynamodb_bulk.loads.writes.writer import Share, Writer
from dynamodb_bulk.spec.errors import LoadFailed
from dynamodb_bulk.spec.text import located, number_of

_TABLE_SECONDS = 1800


@cache
def _owner() -> str:
    """Name this process: one that begins again what it had to give up needs no new lease."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class WritesRun:
    """One load, as `pulumi up` or `bulk watch` brings it to its end."""

    def __init__(self, load: WritesLoad, aws: Aws, report: Report, check: SourceCheck | None = None) -> None:
        self._load, self._aws, self._report = load, aws, report
        self._check = check or unchecked(load.dataset, aws)

    def start(self, digest: str, *, wait: bool = True) -> str:
        """Bring a run for this digest to its end, and judge it; see `Loader.start`.

        Who writes cannot go away: without `wait`, only a run of Glue is left to itself.
        """
        load = self._load
        last = RunRecord.read(load.records_bucket, load.name, self._aws)
        if loaded := self._loaded_before(last, digest):
            return f"{number_of(loaded.written, 'item')} loaded before; nothing has changed since"
        check = self._check
        check.settle(self._report)
        with check.unchanged():
            counted = count_dataset(
                check.dataset, self._aws, self._report, method=load.method, refuse=check.refuse, by=load.by
            )
            self._refuse_rejected(counted)
            record = self._record(digest, counted)
            journal = self._written(record, counted, wait=wait)
        if journal is None:
            return f"started; follow it with `bulk watch {load.name}`"
        refuse_partly_fixed(load, record, tolerate=load.tolerate)
        return self._concluded(record, journal, counted)

    def resume(self) -> str:
        """Follow the last run to its end, and judge it; only `start` goes on with one that nobody writes."""
        load = self._load
        record = RunRecord.read(load.records_bucket, load.name, self._aws)
        kept = record and self._followed(record, record.counted)
        if record is None or kept is None or kept.journal.token != record.token:
            raise LoadFailed(f"load {load.name}: not started; run `pulumi up`")
        journal = kept.journal
        if journal.job and journal.state != "ended":
            journal = self._by_glue(kept.journal, kept.tag, record.counted, begin=False)
        if journal is None or journal.state != "ended":
            raise LoadFailed(f"load {load.name}: {not_running(kept)}")
        if record.unfixed and record.outcome:  # the journal knows nothing of rows that were fixed since
            return record.outcome.verdict
        return self._concluded(record, journal, record.counted)

    def _loaded_before(self, last: RunRecord | None, digest: str) -> Outcome | None:
        load = self._load
        if last is None or last.digest != digest or last.table != load.table:
            return None
        return last.accepted(load.tolerate)

    def _refuse_rejected(self, counted: Counted) -> None:
        """Raise LoadFailed where more rows are rejected than tolerated: then nothing is written."""
        load, aws = self._load, self._aws
        if ConversionRecord.lets_pass(load.records_bucket, load.name, self._check.data, aws):
            return
        if counted.rejected <= load.tolerate:
            ConversionRecord.delete(load.records_bucket, load.name, aws)
            return
        rows = counted.rows or 0
        tolerated = f" ({load.tolerate:,} tolerated)" if load.tolerate else ""
        verdict = (
            f"{counted.rejected:,} of {number_of(rows, 'row')} do not become items{tolerated}, and nothing "
            "was loaded"
        )
        files = versions_digest(self._check.files)
        ConversionRecord(rows=rows, rejected=counted.rejected, files=files, verdict=verdict).write(
            load.records_bucket, load.name, aws
        )
        lines = [f"load {load.name}: {verdict}", *counted.examples, or_by_themselves(load.name)]
        raise LoadFailed("\n  ".join(lines))

    def _record(self, digest: str, counted: Counted) -> RunRecord:
        """Keep the record of the run for this digest, or of a new one where that may end better."""
        load, aws = self._load, self._aws
        while True:
            last = RunRecord.read(load.records_bucket, load.name, aws)
            same = last is not None and last.digest == digest and last.table == load.table
            if last and same and (last.outcome is None or last.outcome.accepted or last.outcome.permanent):
                return last.recounted(counted).write(load.records_bucket, load.name, aws)
            record = RunRecord.following(
                last, digest, listing=self._check.listing, table=load.table
            ).recounted(counted)
            try:
                return record.write_after(last, load.records_bucket, load.name, aws)
            except Superseded:
                continue  # someone else was faster: its run is followed where it is of the same data

    def _written(self, record: RunRecord, counted: Counted, *, wait: bool) -> Journal | None:
        """Return the journal of the run when it is over, whoever writes it; None without `wait`."""
        load = self._load
        while True:
            kept = self._followed(record, counted)
            if kept and kept.journal.token == record.token and kept.journal.state == "ended":
                return kept.journal
            journal = self._begun(record, kept)
            self._await_table()
            units = most_units(load, journal.began, self._aws)
            try:
                tag = journal.write_over(kept and kept.tag, load.records_bucket, load.name, self._aws)
            except Superseded:
                continue  # someone else was faster
            if load.by:
                return self._by_glue(journal, tag, counted, wait=wait)
            return self._write(journal, tag, counted, units)

    def _by_glue(
        self,
        journal: Journal,
        tag: str,
        counted: Counted,
        *,
        wait: bool = True,
        begin: bool = True,
    ) -> Journal | None:
        from dynamodb_bulk.loads.writes.by_glue import GlueWrites  # few loads need it

        check = self._check
        writes = GlueWrites(self._load, check.dataset, check.files, self._aws, self._report)
        return writes.run(journal, tag, counted.rows, wait=wait, begin=begin)

    def _write(self, journal: Journal, tag: str, counted: Counted, units: float) -> Journal:
        load, check = self._load, self._check
        writer = Writer(
            load,
            Share(kept_as=load.name),
            check.dataset,
            check.files,
            journal,
            tag,
            counted.rows,
            units,
            self._aws,
            self._report,
        )
        try:
            return writer.run()
        except LoadFailed as error:
            raise unfinished(load, writer.done, counted.rows, error) from error
        except Exception as error:
            if not expired(error):
                raise
            raise LoadFailed(
                f"load {load.name}: the credentials expired ({reason(error)}); sign in again "
                "(`aws sso login`, or new keys) and run `pulumi up`, which resumes"
            ) from error

    def _begun(self, record: RunRecord, kept: KeptJournal | None) -> Journal:
        """Return the journal as this process takes it over, or a new one."""
        job = self._load.glue_job or ""
        if kept is None or kept.journal.token != record.token:
            return Journal(token=record.token, owner=_owner(), job=job, began=aws_now())
        return kept.journal.taken_over(_owner(), job=job)

    def _followed(self, record: RunRecord, counted: Counted) -> KeptJournal | None:
        """Return the journal when no other process writes; raise LoadFailed where one writes other data."""
        load, followed = self._load, False

        def look() -> tuple[KeptJournal | None]:
            nonlocal followed
            kept = read_journal(load.records_bucket, load.name, self._aws)
            if kept and kept.journal.job:
                self._refuse_other_run(record, kept.journal)
            if kept is None or not kept.alive or kept.journal.owner == _owner():
                return (kept,)
            journal, followed = kept.journal, True
            if journal.token != record.token:
                raise LoadFailed(
                    f"load {load.name}: {journal.host} is writing other data into {load.table}; stop it with "
                    f"`bulk stop {load.name}`, or wait for its end"
                )
            so_far = written_so_far(journal.rows, counted.rows, journal.rows_per_second, journal.throttled)
            self._report(f"{so_far}, on {journal.host}")
            return (kept,)

        def over(seen: tuple[KeptJournal | None]) -> bool:
            [kept] = seen
            return kept is None or not kept.alive or kept.journal.owner == _owner()

        [kept] = poll(
            look,
            over,
            limit_seconds=load.limit_minutes * 60,
            what=f"load {load.name}",
            report=self._report,
        )
        if followed and kept and kept.journal.state == "stopped":
            raise LoadFailed(f"load {load.name}: {not_running(kept)}")
        return kept

    def _refuse_other_run(self, record: RunRecord, journal: Journal) -> None:
        """Raise LoadFailed where a run of Glue, which this load is not to follow, is writing."""
        from dynamodb_bulk.glue.run import run_told  # few loads need it

        load = self._load
        if (journal.token, journal.job) == (record.token, load.glue_job):
            return
        if run_told(GlueJob(name=journal.job, bucket=load.records_bucket), load.name, self._aws):
            raise LoadFailed(
                f"load {load.name}: Glue job {journal.job} is writing into {load.table} for another run; "
                f"stop it with `bulk stop {load.name}`, or wait for its end"
            )

    def _await_table(self) -> None:
        """Wait for a table that is changing; raise LoadFailed where it does not exist."""
        load = self._load

        def look() -> Any:
            found = described_table(load.table, self._aws)
            if found is None:
                raise LoadFailed(f"load {load.name}: table {load.table} does not exist; check `table.name`")
            return found

        poll(look, is_active, limit_seconds=_TABLE_SECONDS, what=f"table {load.table}", report=self._report)

    def _concluded(self, record: RunRecord, journal: Journal, counted: Counted) -> str:
        """Judge the run, and keep the verdict."""
        load, aws = self._load, self._aws
        fates = Fates(
            written=journal.written,
            condition_failed=journal.condition_failed,
            rejected=journal.rejected,
            read=journal.rows,
        )
        unsure = changed_objects(record.listing, aws)
        verdict = account(counted, fates, reasons=unsure, tolerate=load.tolerate)
        permanent = bool(verdict.reasons) and not unsure
        outcome = Outcome.of(verdict, fates, journal.seconds, permanent=permanent)
        last = RunRecord.read(load.records_bucket, load.name, aws)
        if last is None or last.token != record.token:
            raise LoadFailed(
                f"load {load.name}: its record belongs to a different run, or does not exist; see "
                "`bulk status`"
            )
        record.ended(outcome).write(load.records_bucket, load.name, aws)
        refused = [located(f"AWS says: {one.reason}", one.file, one.line) for one in journal.refused]
        examples = (*counted.examples, *refused)[:EXAMPLES]
        if verdict.reasons:
            raise not_good(load, verdict.words, examples)
        return "\n".join([outcome.loaded("item"), *(f"  tolerated: {line}" for line in examples)])


def unfinished(load: WritesLoad, done: int, rows: int | None, why: object) -> LoadFailed:
    """Return the error that a load ends with whose rows are not all written."""
    of = "" if rows is None else f" of {rows:,}"
    return LoadFailed(f"load {load.name}: {done:,}{of} rows are written; {why}")
