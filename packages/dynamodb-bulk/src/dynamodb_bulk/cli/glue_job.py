"""`bulk glue-job stop`: stop what an AWS Glue job of this program does."""

from typing import Annotated, Literal

from cyclopts import Parameter

from dynamodb_bulk.aws import NO_REGION, aws_in
from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.glue.engine import job_named
from dynamodb_bulk.glue.run import stop_runs
from dynamodb_bulk.spec.text import number_of


def command(
    action: Annotated[Literal["stop"], Parameter(help="Stop its runs.")],
    name: Annotated[str, Parameter(help="The name of the job.")],
    /,
    *,
    region: Annotated[str | None, Parameter(help="The Region; default: AWS_REGION.")] = None,
) -> int:
    """Stop all runs of an AWS Glue job that `engine: glue` made; `bulk stop` stops those of one load."""
    aws = aws_in(region)
    if aws is None:
        raise NO_REGION
    stopped = number_of(stop_runs(job_named(name, aws), aws), "run")
    Console(highlight=False, soft_wrap=True).print(f"{name}: {stopped} {action}ped")
    return 0
