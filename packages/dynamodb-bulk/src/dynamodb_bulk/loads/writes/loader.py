"""`writes`: items by BatchWriteItem and PutItem, from the machine that runs `pulumi up`, or from Glue."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report, poll
from dynamodb_bulk.conversion.options import Format
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.loads.base import Abilities, Loader, LoadFacts, MethodEstimate
from dynamodb_bulk.loads.conversion_record import ConversionRecord
from dynamodb_bulk.loads.last_run import LastRun, Used, table_metrics
from dynamodb_bulk.loads.log import LogLine
from dynamodb_bulk.loads.progress import Progress
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.status import LoadStatus, recorded
from dynamodb_bulk.loads.writes.capacity import NEW_TABLE_UNITS
from dynamodb_bulk.loads.writes.journal import (
    KeptJournal,
    ask_to_stop,
    not_running,
    read_journal,
    written_so_far,
)
from dynamodb_bulk.loads.writes.load import WritesLoad
from dynamodb_bulk.permissions.grants import EVERYTHING, Permissions, called
from dynamodb_bulk.spec.table import Provisioned
from dynamodb_bulk.spec.text import duration

if TYPE_CHECKING:
    from dynamodb_bulk.dataset import Dataset
    from dynamodb_bulk.estimate.prices import Prices
    from dynamodb_bulk.estimate.size import DatasetSize
    from dynamodb_bulk.loads.source_check import SourceCheck

# Longer, and an import is as fast and always cheaper.
MOST_SECONDS = 120
MOST_USD = 0.10
_STOP_SECONDS = 300


class WritesLoader(Loader[WritesLoad]):
    """Throttled puts as a method of loading."""

    name = "writes"
    engine = "throttled writes"
    load_type = WritesLoad
    abilities = Abilities(
        options=frozenset({"into", "tolerate", "max_write_units", "engine", "write_units"}),
        existing_table=True,
        condition=True,
        global_table=True,
        glue_writes=True,
    )
    permissions = Permissions(
        calls=(
            called("tables", "dynamodb:BatchWriteItem PutItem", "deploy"),
            called("other tables", "dynamodb:BatchWriteItem PutItem", "deploy"),
            called(EVERYTHING, "cloudwatch:GetMetricStatistics", "deploy"),
        )
    )

    def preferred(self, facts: LoadFacts) -> str | None:
        """Take it for what it loads sooner than an import begins, and for global tables that exist."""
        if facts.global_table and (facts.existing_table or facts.condition):
            return "the table is a global table, which supports neither an import nor bulk put"
        found = facts.estimates.get(self.name)
        if facts.options - self.abilities.options:
            return None
        if found is None or found.usd is None or found.longest is None:
            return None
        if found.longest > MOST_SECONDS or found.usd[1] > MOST_USD:
            return None
        return f"its writes take about {duration(max(found.longest, 1))} and cost {found.cost} USD"

    def reason(self, facts: LoadFacts) -> str:  # noqa: ARG002
        """The last resort."""
        return "no other method can load it"

    def estimate(
        self,
        dataset: "Dataset",
        size: "DatasetSize",
        prices: "Prices",
        convert_to: Format = "dynamodb_json",  # noqa: ARG002
    ) -> MethodEstimate:
        """By the write units, at what the table takes: an index takes its own at the same time."""
        from dynamodb_bulk.estimate.size import write_units_with_indexes

        billing = dataset.table.billing
        if isinstance(billing, Provisioned):
            per_second, how = billing.write, f"{billing.write:,} provisioned units/s"
        else:
            per_second = NEW_TABLE_UNITS
            how = f"{per_second:,} units/s, which a new on-demand table takes"
        units = write_units_with_indexes(dataset, size)
        cost = prices.usd("write_request_million", units * (1 + len(dataset.table.replicas)) / 1e6)
        seconds = size.write_units / per_second
        return MethodEstimate(
            method=self.name,
            shortest=seconds,
            longest=seconds,
            usd=None if cost is None else (cost, cost),
            basis=f"{units:,} write units at {how}, from this machine",
        )

    def start(
        self,
        load: WritesLoad,
        digest: str,
        aws: Aws,
        report: Report,
        *,
        wait: bool = True,
        check: "SourceCheck | None" = None,
    ) -> str:
        """See `WritesRun.start`."""
        from dynamodb_bulk.loads.writes.run import WritesRun

        return WritesRun(load, aws, report, check).start(digest, wait=wait)

    def resume(self, load: WritesLoad, aws: Aws, report: Report) -> str:
        """See `WritesRun.resume`; a count by its Glue job ends before."""
        from dynamodb_bulk.loads.writes.run import WritesRun

        kept = read_journal(load.records_bucket, load.name, aws) if load.by else None
        if load.by and not (kept and kept.journal.job and kept.journal.state != "ended"):
            from dynamodb_bulk.glue.run import follow_runs  # few loads need it

            follow_runs(load.by, load.name, aws, report)
        return WritesRun(load, aws, report).resume()

    def status(self, load: WritesLoad, aws: Aws) -> LoadStatus:
        """The verdict on the last run, or what its journal says."""
        record = RunRecord.read(load.records_bucket, load.name, aws)
        row = LoadStatus(load=load.name, method=self.name, table=load.table)
        kept = None if record is None or record.outcome else _read(load, aws)
        if record and kept and kept.journal.token == record.token:
            return self._written(replace(row, rows_in_files=record.rows_in_files), kept, load, aws)
        if load.by and (counting := on_glue(load.by, load.name, aws)):
            return replace(row, verdict=counting)
        if conversion := ConversionRecord.current(load, aws):
            return conversion.shown(row)
        if record is None:
            return row
        if record.outcome:
            return recorded(row, record.rows_in_files, record.outcome)
        return replace(row, rows_in_files=record.rows_in_files)

    def _written(self, row: LoadStatus, kept: KeptJournal, load: WritesLoad, aws: Aws) -> LoadStatus:
        """Return the row of a load that is not judged yet."""
        journal, at_work, told = kept.journal, kept.alive, ""
        if journal.job:
            from dynamodb_bulk.loads.writes.by_glue import written_by_glue  # few loads need it

            job = GlueJob(name=journal.job, bucket=load.records_bucket)
            told = on_glue(job, load.name, aws)
            at_work = bool(told)
            journal = written_by_glue(job, load.name, journal.token, aws) or journal
        row = replace(
            row,
            items_written=journal.written,
            condition_failed=journal.condition_failed,
            rejected=journal.rejected,
            seconds=round(journal.seconds, 1),
        )
        rows = row.rows_in_files
        if not at_work:
            over = f"ended, not judged yet: run `bulk watch {load.name}`"
            return replace(row, verdict=over if journal.state == "ended" else not_running(kept))
        so_far = written_so_far(journal.rows, rows, journal.rows_per_second, journal.throttled)
        return replace(
            row,
            verdict=f"{so_far}, {told}" if told else so_far,
            progress=Progress(
                state=journal.state,
                seconds=journal.seconds,
                rows=journal.rows,
                total_rows=rows,
                log=journal.throttled,
            ),
        )

    def rejected_items(self, load: WritesLoad, aws: Aws) -> Iterator[tuple[Mapping[str, Any], str]]:
        """Read the journal, which has the keys of the first that DynamoDB refused."""
        kept = read_journal(load.records_bucket, load.name, aws)
        for one in kept.journal.refused if kept else ():
            yield one.key, one.reason

    def log(self, load: WritesLoad, aws: Aws, since: datetime | None = None) -> Iterator[LogLine]:
        """The last run of its Glue job; who writes from this machine logs nothing at AWS."""
        if load.by is None:
            return iter(())
        from dynamodb_bulk.glue.run_log import newest_log  # few loads need it

        return newest_log(load.by, load.name, aws, since)

    def last_run(self, load: WritesLoad, aws: Aws) -> LastRun:
        """Read the journal: when the first process began, and when the last one wrote to it."""
        metrics = table_metrics(load.table)
        kept = read_journal(load.records_bucket, load.name, aws)
        if kept is None:
            return LastRun(metrics=metrics)
        journal = kept.journal
        return LastRun(
            began=journal.began,
            ended=kept.written if journal.state == "ended" else None,
            used=(
                Used(
                    price="write_request_million",
                    units=journal.units / 1e6,
                    words=f"{journal.units:,.0f} write units that DynamoDB counted",
                ),
            ),
            metrics=metrics,
        )

    def stop(self, load: WritesLoad, aws: Aws, report: Report) -> str:
        """Stop who writes, or the Glue job that counts, and wait for its end; what is written is kept."""
        kept = _ended(load.records_bucket, load.name, aws, report)
        if kept is None:
            counting = load.by and _ended_on_glue(load.by, load.name, aws, report)
            return "its run on Glue is stopped; nothing was loaded" if counting else "nothing is running"
        written = f"{self.status(load, aws).items_written:,} items were written"
        if kept.journal.state == "ended":
            return f"ended before it could be stopped: {written}"
        return f"stopped: {written} and are kept"

    def end(self, aws: Aws, *, bucket: str, load: str) -> None:
        """Stop, and wait."""
        _ended(bucket, load, aws, lambda _: None)


WRITES = WritesLoader()


def on_glue(job: GlueJob, load: str, aws: Aws) -> str:
    """Return how the run of a Glue job for a load stands; empty if there is none."""
    from dynamodb_bulk.glue.run import run_told  # few loads need it

    return run_told(job, load, aws)


def _read(load: WritesLoad, aws: Aws) -> KeptJournal | None:
    return read_journal(load.records_bucket, load.name, aws)


def _ended(bucket: str, load: str, aws: Aws, report: Report) -> KeptJournal | None:
    """Return the journal of a writer that was asked to stop, when it has or is gone; None if none wrote."""
    kept = read_journal(bucket, load, aws)
    if kept and kept.journal.job:
        return (
            kept if _ended_on_glue(GlueJob(name=kept.journal.job, bucket=bucket), load, aws, report) else None
        )
    asked = ask_to_stop(bucket, load, aws)
    if asked is None:
        return None
    report(f"waiting for {asked.journal.host} to stop")
    return poll(
        lambda: read_journal(bucket, load, aws) or asked,
        lambda found: not found.alive or found.journal.token != asked.journal.token,
        limit_seconds=_STOP_SECONDS,
        what=f"the end of load {load}",
    )


def _ended_on_glue(job: GlueJob, load: str, aws: Aws, report: Report) -> bool:
    """Return whether a run of a Glue job for a load was under way, when it has stopped."""
    from dynamodb_bulk.glue.run import end_runs  # few loads need it

    return bool(end_runs(job, aws, report, load))
