"""What the rest of a stack needs of a load, whatever its method."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from components.table import LoadTable
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.loads.base import Loader
from dynamodb_bulk.loads.source_check import SourceCheck
from dynamodb_bulk.loads.source_digest import Contents


class LoadComponent(pulumi.ComponentResource):
    """Base of the components that load a dataset, one per method."""

    table: LoadTable
    contents: Contents
    digest: str  # of the data
    failed_runs: pulumi.Output[int]  # as `StepArgs` has it
    ready: list[pulumi.Resource]  # what another load into the table depends on


def load_work(
    loader: Loader[Any], check: SourceCheck, client: Aws, *, wait: bool = True
) -> Callable[[Mapping[str, Any], str, Report], str]:
    """Return the work of a step that loads by a method."""

    def work(arguments: Mapping[str, Any], digest: str, report: Report) -> str:
        load = loader.load_type.model_validate(arguments)
        return check.told(loader.start(load, digest, client, report, wait=wait, check=check))

    return work
