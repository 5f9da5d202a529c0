"""Starts a run of the Glue job for a request, or resumes the one for it, and returns its answer."""

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
from dynamodb_bulk.glue.run_state import is_good, is_under_way, reason_of
from dynamodb_bulk.loads.listing import listed_objects
from dynamodb_bulk.preflight.count import RowCount
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.spec.text import duration

_STOP_SECONDS = 1800
# A role that was just made cannot be assumed everywhere at once. What Glue says then is not documented.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
_NO_ROLE = re.compile(r"\bassum\w* .*\brole\b|\brole\b.* assum", re.IGNORECASE)
_ROLE_PAUSES = (5, 10, 20, 40)  # seconds


class _RoleNotUsable(LoadFailed):
    pass


def answered(job: GlueJob, request: Request, aws: Aws, report: Report, *, begin: bool = True) -> Answer:
    """Bring a run for this very request to its end, and return its answer.

    A run for it that is under way is resumed; the answer of one that has ended is taken, if what it wrote is
    still there. Safe to repeat at any point. Raise LoadFailed where a run ends without an answer, did not do
    all, or is not under way and not to `begin`; and what the run refused.
    """
    prefix = prefix_of(job, request)
    of_dataset = _of_dataset(job, request)
    answer = _kept(job, prefix, request, aws)
    if _to_do(answer) and (run := _begun(job, prefix, request, aws, report, begin=begin)):
        _complete(job, run, lambda: _start(job, prefix, request, aws, report), aws, report)
        answer = _kept(job, prefix, request, aws)
    if answer is None:
        what = "the run ended without an answer; run it again"
        told = what if begin else "no run is under way; run `pulumi up`, which resumes"
        raise LoadFailed(f"Glue job {job.name}: {told}")
    kept = (prefix, rejects_key(request.output[1]))
    remove_objects(aws, bucket=job.bucket, prefix=of_dataset, which=lambda key: not key.startswith(kept))
    if error := answer.error:
        raise error
    return answer


def begun(job: GlueJob, request: Request, aws: Aws, report: Report) -> None:
    """Begin a run for this very request, unless one is under way, or has answered."""
    prefix = prefix_of(job, request)
    if _to_do(_kept(job, prefix, request, aws)):
        _begun(job, prefix, request, aws, report)


def prefix_of(job: GlueJob, request: Request) -> str:
    """Return the prefix of what is kept of a request."""
    return f"{_of_dataset(job, request)}{request.identity}/"


def _of_dataset(job: GlueJob, request: Request) -> str:
    return f"{job.prefix}{request.action}/{request.name}/"


def _to_do(answer: Answer | None) -> bool:
    """What was refused may be accepted now."""
    return answer is None or answer.error is not None


def _begun(
    job: GlueJob, prefix: str, request: Request, aws: Aws, report: Report, *, begin: bool = True
) -> str:
    """Return the run for the request that is under way, or a new one."""
    here = (run["Id"] for run in _under_way(job, aws) if _prefix_of(run) == prefix)
    return next(here, "") or (_start(job, prefix, request, aws, report) if begin else "")


def stop_runs(job: GlueJob, aws: Aws, name: str = "") -> int:
    """Stop the runs under way, all of them or those of one dataset, and return how many these were."""
    runs = [run["Id"] for run in _under_way(job, aws, name)]
    for start in range(0, len(runs), 25):
        aws.glue.batch_stop_job_run(JobName=job.name, JobRunIds=runs[start : start + 25])
    return len(runs)


def end_runs(job: GlueJob, aws: Aws, report: Report = lambda _: None, name: str = "") -> int:
    """Stop all runs, or those of one dataset, and return how many these were when all have ended."""
    stopped = stop_runs(job, aws, name)
    poll(
        lambda: not any(_under_way(job, aws, name)),
        bool,
        limit_seconds=_STOP_SECONDS,
        what=f"Glue job {job.name}, ending its runs",
        report=report,
    )
    return stopped


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


def _start(job: GlueJob, prefix: str, request: Request, aws: Aws, report: Report) -> str:
    body = request.model_dump_json().encode()
    arguments = {
        "--bucket": job.bucket,
        "--prefix": prefix,
        "--region": request.region,
        "--version": request.version,
    }

    def begin() -> str:
        key = prefix + REQUEST
        aws.s3.delete_object(Bucket=job.bucket, Key=prefix + ANSWER)  # of an earlier run, that it refused
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
        lambda seen: not is_under_way(seen),
        limit_seconds=job.limit_minutes * 60,
        what=what,
        report=report,
    )
    if not is_good(ended):
        why = reason_of(ended) or "no reason given"
        kind = _RoleNotUsable if _NO_ROLE.search(why) else LoadFailed
        log = f"log group {job.log_groups[0]} in {aws.region}, stream {run}"
        raise kind(f"{what}: {ended['JobRunState']}: {why}; its log: {log}")


def _progress(run: Mapping[str, Any], region: str) -> str:
    took = duration(max(1, int(run.get("ExecutionTime") or 0)))
    link = f"https://{region}.console.aws.amazon.com/gluestudio/home?region={region}#/job/{run['JobName']}/run/{run['Id']}"
    state, why = str(run["JobRunState"]).lower(), reason_of(run)
    return f"on Glue: {state}{f' ({why})' if why else ''}, {took}: {link}"


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
        if is_under_way(run) and name in ("", _dataset_of(job, run)):
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
