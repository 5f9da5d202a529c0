"""Starts a run of the Glue job for a request, or resumes the one for it, and returns its answer."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws, read_object
from dynamodb_bulk.aws.polling import Report, await_turn, poll
from dynamodb_bulk.cleanup.objects import remove_objects
from dynamodb_bulk.conversion.output import Manifest, rejects_key
from dynamodb_bulk.glue.job import ANSWER, REQUEST
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.glue.request import Answer, Request, program_version
from dynamodb_bulk.loads.listing import listed_objects
from dynamodb_bulk.preflight.count import RowCount
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.spec.text import duration

# https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html
_UNDER_WAY = ("WAITING", "STARTING", "RUNNING", "STOPPING")
_ENDS = {
    "TIMEOUT": "it took longer than the job's timeout; raise that",
    "STOPPED": "it was stopped",
    "EXPIRED": "Glue found no capacity for it in time; run it again, or without --flex",
    "ERROR": "the job was deleted",
}
_DIGITS = 32


def answered(job: GlueJob, request: Request, aws: Aws, report: Report) -> Answer:
    """Bring a run for this very request to its end, and return its answer.

    A run for it that is under way is resumed; the answer of one that has ended is taken, if what it wrote is
    still there. Safe to repeat at any point. Raise LoadFailed where a run ends without an answer, and what
    the run refused.
    """
    body = request.model_dump_json().encode()
    of_dataset = f"{job.prefix}{request.action}/{request.name}/"
    prefix = f"{of_dataset}{hashlib.sha256(body).hexdigest()[:_DIGITS]}/"
    answer = _kept(job, prefix, request, aws)
    if answer is None or answer.refusal:  # what was refused may be accepted now
        run = next(_runs_for(job, prefix, aws), None) or _start(job, prefix, body, request, aws, report)
        _follow(job, run, aws, report)
        answer = _kept(job, prefix, request, aws)
    if answer is None:
        raise LoadFailed(f"Glue job {job.name}: the run ended without an answer; run it again")
    kept = (prefix, rejects_key(request.output[1]))
    remove_objects(aws, bucket=job.bucket, prefix=of_dataset, which=lambda key: not key.startswith(kept))
    if answer.refusal:
        raise answer.refusal.error
    return answer


def stop_runs(job: GlueJob, aws: Aws) -> int:
    """Stop all runs that are under way, and return how many these were."""
    runs = [run["Id"] for run in _runs(job, aws) if run["JobRunState"] in _UNDER_WAY]
    for start in range(0, len(runs), 25):
        aws.glue.batch_stop_job_run(JobName=job.name, JobRunIds=runs[start : start + 25])
    return len(runs)


def _start(job: GlueJob, prefix: str, body: bytes, request: Request, aws: Aws, report: Report) -> str:
    arguments = {
        "--bucket": job.bucket,
        "--prefix": prefix,
        "--region": request.region,
        "--version": request.version,
    }

    def begin() -> str:
        key = prefix + REQUEST
        aws.s3.put_object(Bucket=job.bucket, Key=key, Body=body, ContentType="application/json")
        return str(aws.glue.start_job_run(JobName=job.name, Arguments=arguments)["JobRunId"])

    what = f"Glue job {job.name}"
    try:
        return await_turn(begin, limit_seconds=job.limit_minutes * 60, what=what, report=report)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "EntityNotFoundException":
            raise
        raise InputError(what, "the job does not exist", "check its name and Region") from None


def _follow(job: GlueJob, run: str, aws: Aws, report: Report) -> None:
    def look() -> Mapping[str, Any]:
        seen = aws.glue.get_job_run(JobName=job.name, RunId=run)["JobRun"]
        report(_progress(seen, aws.region))
        return seen

    what = f"Glue job {job.name}, run {run}"
    ended = poll(
        look,
        lambda seen: seen["JobRunState"] not in _UNDER_WAY,
        limit_seconds=job.limit_minutes * 60,
        what=what,
        report=report,
    )
    state = ended["JobRunState"]
    if state != "SUCCEEDED":
        why = _ENDS.get(state) or str(ended.get("ErrorMessage") or "no reason given")
        raise LoadFailed(f"{what}: {state}: {why.removeprefix('SystemExit: ')}; its log: {_log(run, aws)}")


def _progress(run: Mapping[str, Any], region: str) -> str:
    took = duration(max(1, int(run.get("ExecutionTime") or 0)))
    link = f"https://{region}.console.aws.amazon.com/gluestudio/home?region={region}#/job/{run['JobName']}/run/{run['Id']}"
    return f"on Glue: {str(run['JobRunState']).lower()}, {took}: {link}"


def _log(run: str, aws: Aws) -> str:
    return f"log group /aws-glue/jobs/error in {aws.region}, stream {run}"


def _kept(job: GlueJob, prefix: str, request: Request, aws: Aws) -> Answer | None:
    """Return the answer to the request; None if there is none, or not all that it says was written."""
    try:
        answer = Answer.model_validate_json(read_object(job.bucket, prefix + ANSWER, aws))
    except aws.s3.exceptions.NoSuchKey:
        return None
    if answer.version != program_version():
        return None
    written = answer.manifest or answer.count
    return answer if written is None or _is_there(written, request, aws) else None


def _is_there(written: Manifest | RowCount, request: Request, aws: Aws) -> bool:
    bucket, prefix = request.output
    there = {each.key: each.size for each in listed_objects(bucket, prefix.rstrip("/"), aws)}
    if written.rejected and rejects_key(prefix) not in there:
        return False
    parts = written.parts if isinstance(written, Manifest) else ()
    return all(there.get(prefix + part["file"]) == part["stored_bytes"] for part in parts)


def _runs_for(job: GlueJob, prefix: str, aws: Aws) -> Iterator[str]:
    for run in _runs(job, aws):
        if run["JobRunState"] in _UNDER_WAY and run.get("Arguments", {}).get("--prefix") == prefix:
            yield run["Id"]


def _runs(job: GlueJob, aws: Aws) -> Iterator[Mapping[str, Any]]:
    try:
        for page in aws.glue.get_paginator("get_job_runs").paginate(JobName=job.name):
            yield from page["JobRuns"]
    except aws.glue.exceptions.EntityNotFoundException:
        return
