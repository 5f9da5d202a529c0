"""Checks, counts and converts a dataset in S3 by a Glue job, as one machine does it here."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.aws.records import Superseded
from dynamodb_bulk.cleanup.objects import remove_objects
from dynamodb_bulk.conversion.convert import fingerprint, refuse_conditions, refuse_many_parts
from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.conversion.output import Manifest, rejects_key
from dynamodb_bulk.csv.batches import Rejected
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.glue.choice import Workers
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.glue.request import (
    Action,
    Answer,
    DatasetTexts,
    Request,
    Wanted,
    files_in_s3,
    program_version,
)
from dynamodb_bulk.glue.run import answered, begun
from dynamodb_bulk.glue.shares import Shares, writing_place
from dynamodb_bulk.glue.work import Work
from dynamodb_bulk.loads.listing import listed_objects
from dynamodb_bulk.loads.writes.journal import Journal
from dynamodb_bulk.preflight.count import Reject, RowCount
from dynamodb_bulk.preflight.report import CheckReport
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.model import S3_LOCATION


@dataclass(frozen=True)
class GlueEngine:
    """A dataset in S3 and the job that works on it; raises InputError for one that is not in S3."""

    dataset: Dataset
    job: GlueJob
    aws: Aws
    report: Report

    def check(
        self, files: Sequence[SourceFile], beside: Sequence[str], examples: int, method: str
    ) -> CheckReport:
        """Return what `check_dataset` returns."""
        answer = self._answer("check", files, examples=examples)
        if answer.check is None:
            raise LoadFailed(f"Glue job {self.job.name}: the answer holds no check")
        work = Work(dataset=self.dataset, files=files, examples=examples, method=method)
        return answer.check.report(work, beside, answer.seconds)

    def count(self, files: Sequence[SourceFile], reject: Reject, examples: int) -> RowCount:
        """Return what `count_rows` returns, and give `reject` the same rows."""
        kind = fingerprint(self.dataset, tuple(files), Options())
        output = (self.job.bucket, f"{self.job.prefix}count/{self.dataset.name}/{kind}")
        answer = self._answer("count", files, examples=examples, output=output)
        if answer.count is None:
            raise LoadFailed(f"Glue job {self.job.name}: the answer holds no count")
        if answer.count.rejected:
            body = self.aws.s3.get_object(Bucket=output[0], Key=rejects_key(output[1]))["Body"]
            for line in body.iter_lines():
                reject(Rejected(**json.loads(line)))
        return answer.count

    def convert(self, files: Sequence[SourceFile], options: Options, out: str) -> Manifest:
        """Write items under `out`, a place in S3, in a folder of the dataset's, and return the manifest.

        Files of an earlier conversion there are replaced; raise InputError where anything else is.
        """
        place = S3_LOCATION.fullmatch(out)
        if place is None:
            raise InputError("--out", f"{out!r} is not a place in S3", "write s3://bucket/prefix/")
        bucket, prefix = place["bucket"], place["prefix"]
        prefix = f"{prefix.rstrip('/')}/" if prefix else ""
        return self.convert_to(files, options, bucket, f"{prefix}{self.dataset.name}/")

    def convert_to(self, files: Sequence[SourceFile], options: Options, bucket: str, prefix: str) -> Manifest:
        """Write items under a prefix that is for them alone."""
        refuse_conditions(options)
        if not options.shuffle:
            raise InputError("--shuffle", "Glue writes items in random order", "add it")
        refuse_many_parts(self.dataset, files, options)
        for each in listed_objects(bucket, prefix, self.aws):
            if not each.key.startswith(f"{prefix}part-"):
                where = f"s3://{bucket}/{each.key}"
                raise InputError(where, "not a file of a conversion", "use another place")
        kind = fingerprint(self.dataset, tuple(files), options)
        answer = self._answer("convert", files, options=options, fingerprint=kind, output=(bucket, prefix))
        if answer.manifest is None:
            raise LoadFailed(f"Glue job {self.job.name}: the answer holds no manifest")
        kept = {prefix + part["file"] for part in answer.manifest.parts}
        remove_objects(self.aws, bucket=bucket, prefix=prefix, which=lambda key: key not in kept)
        return answer.manifest

    def write(self, files: Sequence[SourceFile], wanted: Wanted, *, begin: bool = True) -> Journal:
        """Write the items into the table, and return the sum of what the writers did.

        Unless it is to `begin` a run, there has to be one. Raise LoadFailed where not all is written.
        """
        request = self._writing(files, wanted)
        answer = answered(self.job, request, self.aws, self.report, begin=begin)
        if answer.written is None:
            raise LoadFailed(f"Glue job {self.job.name}: the answer does not say what was written")
        return answer.written

    def begin_writing(self, files: Sequence[SourceFile], wanted: Wanted) -> None:
        """Begin to write, and leave the run to itself."""
        begun(self.job, self._writing(files, wanted), self.aws, self.report)

    def _writing(self, files: Sequence[SourceFile], wanted: Wanted) -> Request:
        bucket, place = self.job.bucket, writing_place(self.job, self.dataset.name, wanted.token)
        with suppress(Superseded):  # an earlier run has cut the files
            Shares().write_over(None, bucket, place, self.aws)
        return self._request("write", files, wanted=wanted, output=(bucket, place))

    def _answer(self, action: Action, files: Sequence[SourceFile], **more: object) -> Answer:
        return answered(self.job, self._request(action, files, **more), self.aws, self.report)

    def _request(self, action: Action, files: Sequence[SourceFile], **more: object) -> Request:
        location = self.dataset.location
        if location is None:
            where = display_path(self.dataset.path)
            raise InputError(where, "its files are not in S3, where Glue reads", "use --engine local")
        return Request.model_validate(
            {
                "version": program_version(),
                "action": action,
                "region": self.aws.region,
                "name": self.dataset.name,
                "dataset": DatasetTexts.of(self.dataset),
                "bucket": location.bucket,
                "files": files_in_s3(location.bucket, files),
                **more,
            }
        )


def cores_of(job: GlueJob, aws: Aws) -> int:
    """Return the vCPUs of the job's workers, as it is now."""
    found = aws.glue.get_job(JobName=job.name)["Job"]
    kind: Any = found.get("WorkerType", "G.1X")
    return max(1, Workers(worker_type=kind, number=found.get("NumberOfWorkers", 2)).cores)


def job_named(name: str, aws: Aws) -> GlueJob:
    """Return a job of this program, which says itself where its requests go; raise InputError for others."""
    what = f"Glue job {name}"
    try:
        arguments: dict[str, str] = aws.glue.get_job(JobName=name)["Job"].get("DefaultArguments", {})
    except aws.glue.exceptions.EntityNotFoundException:
        raise InputError(what, "does not exist", "check its name and the Region") from None
    if not arguments.get("--bucket"):
        remedy = "name one that `pulumi up` made for `engine: glue`"
        raise InputError(what, "is not a job of this program", remedy)
    return GlueJob(name=name, bucket=arguments["--bucket"])
