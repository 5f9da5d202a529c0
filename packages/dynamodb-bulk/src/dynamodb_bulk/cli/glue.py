"""Where commands read the rows of a dataset: here, or by a Glue job."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from dynamodb_bulk.aws import NO_REGION, Aws
from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.spec.errors import InputError

if TYPE_CHECKING:
    from dynamodb_bulk.glue.engine import GlueEngine
    from dynamodb_bulk.glue.place import GlueJob

EngineName = Annotated[
    Literal["local", "glue"],
    Parameter(help="Where rows are read: here, or by the AWS Glue job of a stack, for files in S3."),
]
GlueStack = Annotated[str | None, Parameter(help="The stack of that job; default: the selected one.")]
GlueJobName = Annotated[str | None, Parameter(help="Read rows by the AWS Glue job of this name.")]


@dataclass(frozen=True)
class Glue:
    """The Glue job of that name; without one, that of the stack."""

    job: str | None
    stack: str | None

    @contextmanager
    def engine(self, dataset: Dataset, aws: Aws | None) -> "Generator[GlueEngine]":
        """Give what works on a dataset in S3 by the job, and show how far it is."""
        from dynamodb_bulk.glue.engine import GlueEngine, job_named  # most calls need none of it

        if self.job is None:
            place, aws = _of_stack(self.stack)
        elif aws is None:
            raise NO_REGION
        else:
            place = job_named(self.job, aws)
        with Console(stderr=True, highlight=False).status(dataset.name) as line:
            yield GlueEngine(dataset, place, aws, lambda text: line.update(f"{dataset.name}: {text}"))


def _of_stack(name: str | None) -> "tuple[GlueJob, Aws]":
    from dynamodb_bulk.loads.stack_loads import read_stack_loads

    stack = read_stack_loads(name)
    if stack.job is None:
        where, remedy = "--engine glue", "set `engine: glue` in one of its loads and run `pulumi up`"
        raise InputError(where, "the stack has no Glue job", remedy)
    return stack.job, stack.aws
