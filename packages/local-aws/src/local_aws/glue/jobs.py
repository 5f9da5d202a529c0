"""Fix how moto takes Glue jobs: definitions are checked, updated, and run; runs are stopped.

moto lets every run succeed. Sources: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html,
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-runs.html
"""

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.glue.exceptions import (
    AlreadyExistsException,
    ConcurrentRunsExceededException,
    InvalidInputException,
    JobRunNotFoundException,
)
from moto.glue.models import FakeJob, GlueBackend
from moto.glue.responses import GlueResponse

from local_aws.glue.runs import JobRun

WORKERS = (
    "Standard",
    "G.1X",
    "G.2X",
    "G.4X",
    "G.8X",
    "G.12X",
    "G.16X",
    "G.025X",
    "R.1X",
    "R.2X",
    "R.4X",
    "R.8X",
)
VERSIONS = ("0.9", "1.0", "2.0", "3.0", "4.0", "5.0", "5.1")
_FLEX = ("G.1X", "G.2X")
_BOOKMARK = "--job-bookmark-option"
_MINUTES = 480  # the default since Glue 5.0
_ATTRIBUTES = {
    "Role": "role",
    "Command": "command",
    "Description": "description",
    "LogUri": "log_uri",
    "ExecutionProperty": "execution_property",
    "DefaultArguments": "default_arguments",
    "NonOverridableArguments": "non_overridable_arguments",
    "Connections": "connections",
    "MaxRetries": "max_retries",
    "AllocatedCapacity": "allocated_capacity",
    "Timeout": "timeout",
    "MaxCapacity": "max_capacity",
    "SecurityConfiguration": "security_configuration",
    "NotificationProperty": "notification_property",
    "GlueVersion": "glue_version",
    "NumberOfWorkers": "number_of_workers",
    "WorkerType": "worker_type",
    "ExecutionClass": "execution_class",
}
_QUEUES = "job_run_queuing_enabled"
_create, _answer_create, _as_dict = GlueBackend.create_job, GlueResponse.create_job, FakeJob.as_dict


def run_jobs(url: str) -> None:
    """Let the jobs of this process be such as AWS takes, and run against the server with the URL."""

    def started(response: GlueResponse) -> ActionResult:
        asked = _asked(response)
        job = response.glue_backend.get_job(asked["JobName"])
        run = _begun(job, asked, response.region, url)
        return ActionResult({"JobRunId": run.id})

    for owner, name, replacement in (
        (GlueBackend, "create_job", _created),
        (GlueResponse, "create_job", _created_of),
        (FakeJob, "as_dict", _told),
        (GlueResponse, "update_job", _updated),
        (GlueResponse, "start_job_run", started),
        (GlueResponse, "get_job_run", _found),
        (GlueResponse, "get_job_runs", _listed),
        (GlueResponse, "batch_stop_job_run", _stopped),
    ):
        setattr(owner, name, replacement)


def _created(backend: GlueBackend, **given: Any) -> None:
    if given["name"] in backend.jobs:
        raise AlreadyExistsException("Job")
    _check({key: given[name] for key, name in _ATTRIBUTES.items()}, "CreateJob")
    given["tags"] = given["tags"] or {}
    _create(backend, **given)


def _created_of(response: GlueResponse) -> ActionResult:
    """Keep what moto's models do not."""
    answer, asked = _answer_create(response), _asked(response)
    job = response.glue_backend.get_job(asked["Name"])
    setattr(job, _QUEUES, bool(asked.get("JobRunQueuingEnabled")))
    return answer


def _told(job: FakeJob) -> dict[str, Any]:
    return {**_as_dict(job), "JobRunQueuingEnabled": getattr(job, _QUEUES, False)}


def _updated(response: GlueResponse) -> ActionResult:
    """Replace the definition: what the update does not name is unset."""
    asked = _asked(response)
    job, update = response.glue_backend.get_job(asked["JobName"]), asked["JobUpdate"]
    _check(update, "UpdateJob")
    for key, name in _ATTRIBUTES.items():
        setattr(job, name, update.get(key))
    setattr(job, _QUEUES, bool(update.get("JobRunQueuingEnabled")))
    job.default_arguments = job.default_arguments or {}
    job.execution_property = job.execution_property or {}
    return ActionResult({"JobName": job.name})


def _begun(job: FakeJob, asked: Mapping[str, Any], region: str, url: str) -> JobRun:
    runs = _runs(job)
    most = int((job.execution_property or {}).get("MaxConcurrentRuns") or 1)
    queued = bool(asked.get("JobRunQueuingEnabled", getattr(job, _QUEUES, False)))
    if sum(not run.is_over for run in runs) >= most and not queued:
        raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for {job.name}")
    given: Any = (job.default_arguments, asked.get("Arguments"), job.non_overridable_arguments)
    arguments: dict[str, str] = {}
    for some in given:
        arguments.update(some or {})
    timeout = asked.get("Timeout") or job.timeout or _MINUTES

    def room() -> bool:
        """Whether those that were started before leave room."""
        before = runs[runs.index(run) + 1 :]
        return sum(not one.is_over for one in before) < most

    run = JobRun(
        job=job.as_dict(),
        region=region,
        url=url,
        arguments=arguments,
        timeout=int(timeout),
        queued=queued,
        room=room,
    )
    runs.insert(0, run)
    run.start()
    return run


def _found(response: GlueResponse) -> ActionResult:
    asked = _asked(response)
    job = response.glue_backend.get_job(asked["JobName"])
    return ActionResult({"JobRun": _run(job, asked["RunId"]).as_dict()})


def _listed(response: GlueResponse) -> ActionResult:
    """The newest first."""
    asked = _asked(response)
    job = response.glue_backend.get_job(asked["JobName"])
    start, most = int(asked.get("NextToken") or 0), int(asked.get("MaxResults") or 200)
    runs = _runs(job)
    more = str(start + most) if start + most < len(runs) else None
    return ActionResult({"JobRuns": [run.as_dict() for run in runs[start : start + most]], "NextToken": more})


def _stopped(response: GlueResponse) -> ActionResult:
    asked = _asked(response)
    job = response.glue_backend.get_job(asked["JobName"])
    done: list[dict[str, str]] = []
    errors: list[dict[str, Any]] = []
    known = {run.id: run for run in _runs(job)}
    for run_id in asked["JobRunIds"]:
        named = {"JobName": job.name, "JobRunId": run_id}
        if run_id in known and not known[run_id].is_over:
            known[run_id].stop()
            done.append(named)
        else:
            code = "InvalidInputException" if run_id in known else "JobRunNotFoundException"
            detail = {"ErrorCode": code, "ErrorMessage": f"{run_id} is not running"}
            errors.append({**named, "ErrorDetail": detail})
    return ActionResult({"SuccessfulSubmissions": done, "Errors": errors})


def _check(job: Mapping[str, Any], operation: str) -> None:
    def refuse(what: str) -> None:
        raise InvalidInputException(operation, what)

    version, kind = job.get("GlueVersion"), job.get("WorkerType")
    if not (job.get("Command") or {}).get("ScriptLocation"):
        refuse("Command.ScriptLocation is required")
    if version and version not in VERSIONS:
        refuse(f"GlueVersion {version} is not supported")
    if kind and kind not in WORKERS:
        refuse(f"WorkerType {kind} is not supported")
    if (kind is None) != (job.get("NumberOfWorkers") is None):
        refuse("WorkerType and NumberOfWorkers have to be given together")
    if kind and job.get("MaxCapacity"):
        refuse("Please do not set Max Capacity if using Worker Type and Number of Workers")
    if kind and int(job.get("NumberOfWorkers") or 0) < 2:
        refuse("Number of workers has to be 2 or more")
    if job.get("ExecutionClass") == "FLEX" and kind not in _FLEX:
        refuse("ExecutionClass FLEX is for worker types G.1X and G.2X")
    if (job.get("DefaultArguments") or {}).get(_BOOKMARK, "job-bookmark-disable") != "job-bookmark-disable":
        refuse("local AWS keeps no job bookmarks")


def _runs(job: FakeJob) -> list[JobRun]:
    runs: Any = job.job_runs
    return runs


def _run(job: FakeJob, run_id: str) -> JobRun:
    for run in _runs(job):
        if run.id == run_id:
            return run
    raise JobRunNotFoundException(run_id)


def _asked(response: GlueResponse) -> dict[str, Any]:
    found: Any = response.parameters
    return found
