"""`bulk glue-job`: make, stop and delete the AWS Glue job that `--glue-job` names."""

from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from dynamodb_bulk.aws import NO_REGION, aws_in
from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.glue.definition import Definition, WorkerType, delete_job
from dynamodb_bulk.glue.engine import job_named
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.glue.run import stop_runs
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.text import number_of


def command(
    action: Annotated[
        Literal["make", "stop", "delete"],
        Parameter(help="Create or update the job; stop its runs; or delete it, its runs and its objects."),
    ],
    name: Annotated[str, Parameter(help="The name of the job.")],
    /,
    *,
    bucket: Annotated[
        str | None, Parameter(help="make: the bucket for its code and its requests, under glue/.")
    ] = None,
    role: Annotated[str | None, Parameter(help="make: the ARN of the role that it runs as.")] = None,
    workers: Annotated[int, Parameter(help="make: how many workers.", validator=Number(gte=2, lte=299))] = 10,
    worker_type: Annotated[WorkerType, Parameter(help="make: their type.")] = "G.1X",
    flex: Annotated[bool, Parameter(negative="", help="make: run on spare capacity, for less.")] = False,
    timeout_minutes: Annotated[
        int, Parameter(help="make: how long a run may take.", validator=Number(gte=1, lte=7 * 24 * 60))
    ] = 480,
    region: Annotated[str | None, Parameter(help="The Region; default: AWS_REGION.")] = None,
) -> int:
    """Make, stop or delete the AWS Glue job that `check` and `convert` can give their work to.

    Make it again after an update of this program: a job of another version refuses the work.
    """
    aws = aws_in(region)
    if aws is None:
        raise NO_REGION
    console = Console(highlight=False, soft_wrap=True)
    if action == "stop":
        console.print(f"{name}: {number_of(stop_runs(job_named(name, aws), aws), 'run')} stopped")
        return 0
    if action == "delete":
        console.print(f"{name}: deleted, {number_of(delete_job(name, aws), 'run')} stopped")
        return 0
    if bucket is None or role is None:
        missing = "--bucket" if bucket is None else "--role"
        raise InputError(missing, "missing", "see docs/conversion.md, On AWS Glue")
    definition = Definition(
        job=GlueJob(name=name, bucket=bucket),
        role=role,
        workers=workers,
        worker_type=worker_type,
        flex=flex,
        timeout_minutes=timeout_minutes,
    )
    console.print(f"{name}: {'created' if definition.make(aws) else 'updated'}")
    return 0
