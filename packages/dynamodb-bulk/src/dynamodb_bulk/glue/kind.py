"""Runs of a Glue job as `bulk status` and `bulk watch` follow them."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.glue.run import answer_of, newest_run
from dynamodb_bulk.glue.run_log import newest_log
from dynamodb_bulk.glue.run_state import is_good, is_under_way, reason_of
from dynamodb_bulk.loads.kind import Kind, Look
from dynamodb_bulk.loads.log import LogLine
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.one_line import in_one_line
from dynamodb_bulk.spec.errors import InputError

if TYPE_CHECKING:
    from dynamodb_bulk.loads.stack_loads import StackLoads


class GlueRuns(Kind):
    """The last run for a dataset, by the name of its load; of any, by the name of the job, or by its ARN."""

    name = "glue"

    def names(self, stack: "StackLoads") -> tuple[str, ...]:
        """Return the names of the job and of the loads, whose files it may read."""
        return (stack.job.name, *(load.name for load in stack.loads)) if stack.job else ()

    def look(self, name: str, stack: "StackLoads") -> Look:
        """Return what looks at the run, and at its answer when it has ended."""
        job, aws = stack.job or GlueJob(name=name, bucket=""), stack.aws
        return lambda: self._judged(job, name, aws)

    def log(self, name: str, stack: "StackLoads", since: datetime | None = None) -> Iterator[LogLine]:
        """Yield the log of the last run."""
        job = stack.job or GlueJob(name=name, bucket="")
        with _known(job, stack.aws):
            yield from newest_log(job, "" if name == job.name else name, stack.aws, since)

    def arn_status(self, arn: str, aws: Aws) -> LoadStatus | None:
        """Return what Glue says of the job's last run."""
        if ":glue:" not in arn or ":job/" not in arn:
            return None
        job = GlueJob(name=arn.rpartition("/")[2], bucket="")
        run = self._newest(job, "", aws)
        return self._row(job.name, run) if run else self._none(job.name)

    def _judged(self, job: GlueJob, name: str, aws: Aws) -> LoadStatus:
        run = self._newest(job, "" if name == job.name else name, aws)
        if run is None:
            return self._none(name)
        row = self._row(name, run)
        if not is_good(run):
            return row
        answer = answer_of(job, run, aws)
        if answer is None:
            return replace(row, good=False, verdict="SUCCEEDED, but its answer does not exist")
        if error := answer.error:
            return replace(row, good=False, verdict=in_one_line(error) or "refused")
        return replace(row, good=True, verdict="SUCCEEDED")

    def _newest(self, job: GlueJob, name: str, aws: Aws) -> Mapping[str, Any] | None:
        with _known(job, aws):
            return newest_run(job, name, aws)

    def _row(self, name: str, run: Mapping[str, Any]) -> LoadStatus:
        return self.shown(
            name,
            run["JobRunState"],
            float(run.get("ExecutionTime") or 0),
            at_work=is_under_way(run),
            failed=not is_under_way(run) and not is_good(run),
            why=reason_of(run),
        )

    def _none(self, name: str) -> LoadStatus:
        return LoadStatus(load=name, method=self.name, table="", rows_in_files=None, verdict="no run yet")


@contextmanager
def _known(job: GlueJob, aws: Aws) -> Generator[None]:
    """Ask Glue about the job; raise InputError where it does not exist."""
    try:
        yield
    except aws.glue.exceptions.EntityNotFoundException:
        what = "Glue has no such job"
        raise InputError(f"Glue job {job.name}", what, "check its name, account and Region") from None
