"""A load by writes whose items the workers of a Glue job write: begun here, followed, and added up."""

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.aws.records import Superseded
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.glue.engine import GlueEngine, cores_of
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.glue.request import Wanted
from dynamodb_bulk.glue.shares import Shares, sum_of, writing_place
from dynamodb_bulk.loads.writes.journal import Journal, read_journal, written_so_far
from dynamodb_bulk.loads.writes.load import WritesLoad
from dynamodb_bulk.loads.writes.run import unfinished
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import LoadFailed

# The writers give up by themselves before who follows them does.
_MORE_MINUTES = 30


class GlueWrites:
    """One run, as a process follows it; another one may do the same."""

    def __init__(
        self, load: WritesLoad, dataset: Dataset, files: tuple[SourceFile, ...], aws: Aws, report: Report
    ) -> None:
        self._load, self._dataset, self._files, self._aws = load, dataset, files, aws
        self._report = report
        limit = load.limit_minutes + _MORE_MINUTES
        self._job = GlueJob(name=load.glue_job or "", bucket=load.records_bucket, limit_minutes=limit)

    def run(self, journal: Journal, tag: str, rows: int | None, *, wait: bool, begin: bool) -> Journal | None:
        """Bring the run to its end, and return the load's journal, which has the sums; None without `wait`.

        `journal` and `tag` are of the load, as S3 has them. Raise LoadFailed where not all was written, or no
        run is under way and none is to `begin`.
        """

        def told(text: str) -> None:
            so_far = written_by_glue(self._job, self._load.name, journal.token, self._aws)
            self._report(f"{_told(so_far, rows)}, {text}" if so_far else text)

        engine = GlueEngine(self._dataset, self._job, self._aws, told)
        wanted = Wanted(
            token=journal.token,
            began=journal.began,
            # By an earlier process, maybe a machine's own. Of runs of Glue, the writers' journals tell.
            repeated=journal.processes > 1,
            table=self._load.table,
            cores=cores_of(self._job, self._aws),
            max_write_units=self._load.max_write_units,
            limit_minutes=self._load.limit_minutes,
        )
        if not wait:
            engine.begin_writing(self._files, wanted)
            return None
        try:
            total = engine.write(self._files, wanted, begin=begin)
        except LoadFailed as error:
            done = written_by_glue(self._job, self._load.name, journal.token, self._aws)
            if done and done.state == "ended":  # what ended the run came when all was written
                return self._ended(journal, tag, done)
            raise unfinished(self._load, done.rows if done else 0, rows, error) from error
        return self._ended(journal, tag, total)

    def _ended(self, journal: Journal, tag: str, total: Journal) -> Journal:
        """Keep the sums in the journal of the load, whoever follows the run as well."""
        bucket, name = self._load.records_bucket, self._load.name
        told = total.model_dump(exclude={"token", "owner", "job", "host", "pid", "processes", "began"})
        ended = Journal.model_validate({**journal.model_dump(), **told, "state": "ended"})
        while True:
            try:
                ended.write_over(tag, bucket, name, self._aws)
            except Superseded:
                kept = read_journal(bucket, name, self._aws)
                if kept is None or kept.journal.token != journal.token:
                    raise LoadFailed(
                        f"load {name}: another process has taken the load over; see `bulk status`"
                    ) from None
                tag = kept.tag
            else:
                return ended


def written_by_glue(job: GlueJob, load: str, token: str, aws: Aws) -> Journal | None:
    """Return the sum of what the writers of a run have kept; None where they have not begun."""
    place = writing_place(job, load, token)
    shares = Shares.read(job.bucket, place, aws)
    return sum_of(shares.journals(job.bucket, place, aws)) if shares and shares.shares else None


def _told(so_far: Journal, rows: int | None) -> str:
    return written_so_far(so_far.rows, rows, so_far.rows_per_second, so_far.throttled)
