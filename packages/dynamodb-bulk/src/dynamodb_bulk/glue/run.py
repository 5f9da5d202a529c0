"""Starts a run of the Glue job for a request, or resumes the one for it, and returns its answer."""

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
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
UNDER_WAY = ("WAITING", "STARTING", "RUNNING", "STOPPING")
_ENDS = {
    "TIMEOUT": "it took longer than the job's timeout; raise that",
    "STOPPED": "it was stopped",
    # Not described there; with Flex, runs wait for capacity.
    "EXPIRED": "Glue did not begin it in time; run it again, or without `flex`",
    "ERROR": "the job was deleted",
}
_DIGITS = 32
_STOP_SECONDS = 1800
# A role that was just made cannot be assumed everywhere at once. What Glue says then is not documented.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
_NO_ROLE = re.compile(r"\bassum\w* .*\brole\b|\brole\b.* assum", re.IGNORECASE)
_ROLE_PAUSES = (5, 10, 20, 40)  # seconds


class _RoleNotUsable(LoadFailed):
    pass


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
        here = (run["Id"] for run in _under_way(job, aws) if _prefix_of(run) == prefix)

        def begin() -> str:
            return _start(job, prefix, body, request, aws, report)

        _complete(job, next(here, "") or begin(), begin, aws, report)
        answer = _kept(job, prefix, request, aws)
    if answer is None:
        raise LoadFailed(f"Glue job {job.name}: the run ended without an answer; run it again")
    kept = (prefix, rejects_key(request.output[1]))
    remove_objects(aws, bucket=job.bucket, prefix=of_dataset, which=lambda key: not key.startswith(kept))
    if answer.refusal:
        raise answer.refusal.error
    return answer


def stop_runs(job: GlueJob, aws: Aws, name: str = "") -> int:
    """Stop the runs under way, all of them or those of one dataset, and return how many these were."""
    runs = [run["Id"] for run in _under_way(job, aws, name)]
    for start in range(0, len(runs), 25):
        aws.glue.batch_stop_job_run(JobName=job.name, JobRunIds=runs[start : start + 25])
    return len(runs)


def end_runs(job: GlueJob, aws: Aws, report: Report = lambda _: None) -> None:
    """Stop all runs, and return when none is under way any more."""
    stop_runs(job, aws)
    poll(
        lambda: not any(_under_way(job, aws)),
        bool,
        limit_seconds=_STOP_SECONDS,
        what=f"Glue job {job.name}, ending its runs",
        report=report,
    )


def follow_runs(job: GlueJob, name: str, aws: Aws, report: Report) -> None:
    """Return when no run for the dataset of that name is under way, however they end."""

    def look() -> str:
        told = run_told(job, name, aws)
        if told:
            report(told)
        return told

    limit = job.limit_minutes * 60
    poll(look, lambda told: not told, limit_seconds=limit, what=f"Glue job {job.name}", report=report)


def run_told(job: GlueJob, name: str, aws: Aws) -> str:
    """Return how the run under way for the dataset of that name stands; empty if there is none."""
    run = next(_under_way(job, aws, name), None)
    return _progress(run, aws.region) if run else ""


def newest_run(job: GlueJob, name: str, aws: Aws) -> Mapping[str, Any] | None:
    """Return the last run for the dataset of that name, or of any without one; None if there was none.

    Glue lists the newest first. Raise its EntityNotFoundException where the job does not exist.
    """
    for page in aws.glue.get_paginator("get_job_runs").paginate(JobName=job.name):
        for run in page["JobRuns"]:
            if not name or _dataset_of(job, run) == name:
                return run
    return None


def answer_of(job: GlueJob, run: Mapping[str, Any], aws: Aws) -> Answer | None:
    """Return the answer that a run has written; None if it does not exist."""
    try:
        return Answer.model_validate_json(read_object(job.bucket, _prefix_of(run) + ANSWER, aws))
    except aws.s3.exceptions.NoSuchKey:
        return None


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


def _complete(job: GlueJob, run: str, begin: Callable[[], str], aws: Aws, report: Report) -> None:
    """Follow a run to its end; begin another one while Glue cannot assume the role yet."""
    for pause in _ROLE_PAUSES:
        try:
            return _follow(job, run, aws, report)
        except _RoleNotUsable as error:
            report(f"{error}; trying again")
            time.sleep(pause)
            run = begin()
    return _follow(job, run, aws, report)


def _follow(job: GlueJob, run: str, aws: Aws, report: Report) -> None:
    def look() -> Mapping[str, Any]:
        seen = aws.glue.get_job_run(JobName=job.name, RunId=run)["JobRun"]
        report(_progress(seen, aws.region))
        return seen

    what = f"Glue job {job.name}, run {run}"
    ended = poll(
        look,
        lambda seen: seen["JobRunState"] not in UNDER_WAY,
        limit_seconds=job.limit_minutes * 60,
        what=what,
        report=report,
    )
    state = ended["JobRunState"]
    if state != "SUCCEEDED":
        why = _ENDS.get(state) or str(ended.get("ErrorMessage") or "no reason given")
        kind = _RoleNotUsable if _NO_ROLE.search(why) else LoadFailed
        log = f"log group {job.log_groups[0]} in {aws.region}, stream {run}"
        raise kind(f"{what}: {state}: {why.removeprefix('SystemExit: ')}; its log: {log}")


def _progress(run: Mapping[str, Any], region: str) -> str:
    took = duration(max(1, int(run.get("ExecutionTime") or 0)))
    link = f"https://{region}.console.aws.amazon.com/gluestudio/home?region={region}#/job/{run['JobName']}/run/{run['Id']}"
    return f"on Glue: {str(run['JobRunState']).lower()}, {took}: {link}"


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


def _under_way(job: GlueJob, aws: Aws, name: str = "") -> Iterator[Mapping[str, Any]]:
    for run in _runs(job, aws):
        if run["JobRunState"] in UNDER_WAY and name in ("", _dataset_of(job, run)):
            yield run


def _dataset_of(job: GlueJob, run: Mapping[str, Any]) -> str:
    _, _, of_action = _prefix_of(run).removeprefix(job.prefix).partition("/")
    return of_action.partition("/")[0]


def _prefix_of(run: Mapping[str, Any]) -> str:
    return run.get("Arguments", {}).get("--prefix", "")


def _runs(job: GlueJob, aws: Aws) -> Iterator[Mapping[str, Any]]:
    try:
        for page in aws.glue.get_paginator("get_job_runs").paginate(JobName=job.name):
            yield from page["JobRuns"]
    except aws.glue.exceptions.EntityNotFoundException:
        return
