"""The Glue job that commands give their work to."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from dynamodb_bulk.aws import NO_REGION, Aws
from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.dataset import Dataset

if TYPE_CHECKING:
    from dynamodb_bulk.glue.engine import GlueEngine

GlueJobName = Annotated[
    str | None,
    Parameter(help="Let this AWS Glue job do the work: for files in S3 that are too large for here."),
]


@contextmanager
def on_glue(job: str, dataset: Dataset, aws: Aws | None) -> "Generator[GlueEngine]":
    """Give what works on a dataset in S3 by the job, and show how far it is."""
    from dynamodb_bulk.glue.engine import GlueEngine, job_named  # most calls need none of it

    console = Console(stderr=True, highlight=False)
    if aws is None:
        raise NO_REGION
    with console.status(dataset.name) as line:
        yield GlueEngine(
            dataset, job_named(job, aws), aws, lambda text: line.update(f"{dataset.name}: {text}")
        )
