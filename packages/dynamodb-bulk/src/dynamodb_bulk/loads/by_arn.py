"""What an ARN names, without a stack: an operation of DynamoDB, a task of DMS, an export, a Glue job."""

from typing import Any

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.glue.run_state import is_good, is_under_way, reason_of
from dynamodb_bulk.loads.progress import Progress
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.spec.errors import InputError

_KINDS = "give the ARN of an import, a bulk put, a DMS task, an export or a Glue job"


def is_arn(text: str) -> bool:
    """Return whether the text is meant as an ARN, which no load can be called."""
    return text.startswith("arn:")


def aws_of_arn(arn: str) -> Aws:
    """Return clients of the Region in the ARN; raise InputError where it has none."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or not parts[3]:
        raise InputError(arn, "is not the ARN of a load", _KINDS)
    return Aws(region=parts[3])


def arn_status(arn: str, aws: Aws) -> LoadStatus:
    """Return what AWS says of what the ARN names; raise InputError where there is nothing like it.

    Nothing is called good, since the files are not known.
    """
    for loader in LOADERS.values():
        if row := loader.arn_status(arn, aws):
            return row
    if "/export/" in arn:
        return _export(arn, aws)
    if ":glue:" in arn and ":job/" in arn:
        return _last_run(arn, aws)
    raise InputError(arn, "is not the ARN of a load", _KINDS)


def _export(arn: str, aws: Aws) -> LoadStatus:
    try:
        found: dict[str, Any] = dict(aws.dynamodb.describe_export(ExportArn=arn)["ExportDescription"])
    except aws.dynamodb.exceptions.ExportNotFoundException:
        raise InputError(arn, "AWS knows no such export", "check the ARN and its account") from None
    status, start, end = found.get("ExportStatus", ""), found.get("StartTime"), found.get("EndTime")
    items = found.get("ItemCount")
    return _row(
        arn,
        "export",
        status,
        (end - start).total_seconds() if start and end else 0.0,
        table=arn.partition(":table/")[2].partition("/")[0],
        items=items,
        why=found.get("FailureMessage", ""),
        size=found.get("BilledSizeBytes"),
        at_work=status == "IN_PROGRESS",
        failed=status == "FAILED",
    )


def _last_run(arn: str, aws: Aws) -> LoadStatus:
    job = arn.rpartition("/")[2]
    try:
        runs = aws.glue.get_job_runs(JobName=job, MaxResults=1).get("JobRuns", [])
    except aws.glue.exceptions.EntityNotFoundException:
        raise InputError(arn, "Glue has no such job", "check the ARN and its account") from None
    if not runs:
        return LoadStatus(load=job, method="glue", table="")
    run = runs[0]
    return _row(
        arn,
        "glue",
        run["JobRunState"],
        run.get("ExecutionTime", 0),
        why=reason_of(run),
        at_work=is_under_way(run),
        failed=not is_under_way(run) and not is_good(run),
    )


def _row(
    arn: str,
    method: str,
    status: str,
    seconds: float,
    *,
    table: str = "",
    items: int | None = None,
    why: str = "",
    size: int | None = None,
    at_work: bool,
    failed: bool,
) -> LoadStatus:
    return LoadStatus(
        load=arn.rpartition("/")[2],
        method=method,
        table=table,
        rows_in_files=None,
        items_written=items or 0,
        seconds=seconds,
        good=False if failed else None,
        verdict=f"{status}: {why}" if why else status,
        progress=Progress(state=status, seconds=seconds, rows=items, bytes=size) if at_work else None,
    )
