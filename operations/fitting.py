"""The method that fits a load of a stack, among those that the stack has."""

from dataset.dataset import Dataset
from dataset.estimate.choice import Choice, LoadFacts, Method, choose_method
from dataset.estimate.methods import dms_seconds_together
from dataset.reading import read_dataset_file
from operations.aws import Aws
from operations.survey import survey


def fitting_method(dataset: Dataset, offered: frozenset[Method], aws: Aws) -> Choice:
    """Count the rows and choose."""
    seconds = dms_seconds_together([survey(dataset, aws).rows])
    return choose_method(load_facts(dataset, seconds), offered)


def load_facts(dataset: Dataset, dms_seconds: float | None = None) -> LoadFacts:
    """What decides over a dataset's method, as far as its file says."""
    parameters = dataset.object_mapping.mapping_parameters if dataset.source.format == "csv" else None
    obstacle = next(iter(dataset.dms_obstacles), None)
    return LoadFacts(
        table_exists=dataset.table.existing,
        has_condition=parameters is not None and parameters.condition_expression is not None,
        has_dms_documents=read_dataset_file(dataset.path).model.dms.table_mappings is not None,
        dms_obstacle=obstacle.what if obstacle else None,
        dms_seconds=dms_seconds,
    )
