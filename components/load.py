"""What the rest of a stack needs of a load, whatever its method."""

import pulumi

from components.table import LoadTable
from dynamodb_bulk.loads.source_digest import Contents


class LoadComponent(pulumi.ComponentResource):
    """Base of the components that load a dataset, one per method."""

    table: LoadTable
    contents: Contents
    digest: str  # of the data
    failed_runs: pulumi.Output[int]  # as `StepArgs` has it
    ready: list[pulumi.Resource]  # what another load into the table depends on
