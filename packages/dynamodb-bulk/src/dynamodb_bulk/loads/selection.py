"""The method that fits a load of a stack, and whether a method that was asked for can carry it."""

from dataclasses import replace

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.estimate.choice import Choice, LoadFacts, Method, choose_method
from dynamodb_bulk.estimate.methods import dms_seconds_together
from dynamodb_bulk.loads.bulk_put.preconditions import offered
from dynamodb_bulk.loads.row_counts import count_dataset
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import read_dataset_file


def fitting_method(dataset: Dataset, aws: Aws, *, into: bool = False) -> Choice:
    """Choose; the rows are counted only where DMS may have to carry them."""
    facts = load_facts(dataset)
    there = facts.table_exists or into
    facts = replace(
        facts,
        table_exists=there,
        global_table=bool(dataset.table.replicas) or (facts.table_exists and _is_global(dataset, aws)),
        bulk_put_offered=not (there or facts.has_condition) or offered(aws),
    )
    choice = choose_method(facts)
    if choice.method != "dms" or facts.ongoing_changes:
        return choice
    rows = count_dataset(dataset, aws, lambda _: None, always=True).rows or 0
    return choose_method(replace(facts, dms_seconds=dms_seconds_together([rows])))


def load_facts(dataset: Dataset, dms_seconds: float | None = None) -> LoadFacts:
    """Return what decides over a dataset's method, as far as its file says."""
    model = read_dataset_file(dataset.path).model
    obstacle = next(iter(dataset.dms_obstacles), None)
    return LoadFacts(
        table_exists=dataset.table.existing,
        ongoing_changes=dataset.migration_type != "full-load",
        has_condition=dataset.condition is not None,
        has_dms_documents=model.dms.table_mappings is not None,
        dms_obstacle=obstacle.what if obstacle else None,
        dms_seconds=dms_seconds,
    )


def check_method(method: Method, dataset: Dataset, where: str, *, into: bool = False) -> None:
    """Raise InputError if the method cannot carry the dataset."""
    if method == "dms":
        dataset.refuse_dms()
    elif dataset.migration_type != "full-load":
        raise InputError(
            where,
            f"only DMS applies changes, and dms.migration_type of {dataset.name} is {dataset.migration_type}",
            "set `method: dms`, or remove the migration type",
        )
    if method == "native" and (dataset.table.existing or into):
        raise InputError(
            where,
            "native makes a new table, and this one exists",
            "set `method: bulk_put` to put the items into it",
        )
    if method == "native" and dataset.condition is not None:
        raise InputError(
            where,
            "ImportTable does not support a condition",
            "set `method: bulk_put`, or remove the condition",
        )
    if method == "bulk_put" and dataset.table.replicas:
        raise InputError(
            where, "bulk put does not support a global table", "set `method: native` or `method: dms`"
        )


def _is_global(dataset: Dataset, aws: Aws) -> bool:
    try:
        found = aws.dynamodb.describe_table(TableName=dataset.table.name or "")["Table"]
    except aws.dynamodb.exceptions.ResourceNotFoundException:
        return False  # whoever looks for the table says that it is not there
    return bool(found.get("Replicas"))
