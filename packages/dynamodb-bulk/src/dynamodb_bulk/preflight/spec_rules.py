"""What can be said of a dataset without reading its files."""

from collections.abc import Iterator

from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.dms.mappings import Selection
from dynamodb_bulk.preflight.finding import Example
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.reserved_words import reserved_words


def attribute_names(dataset: Dataset) -> tuple[str, ...]:
    """Return the names of the attributes on the first level of an item of a CSV file."""
    parameters = dataset.object_mapping.mapping_parameters
    mapped = [rule.target_attribute_name for rule in parameters.attribute_mappings]
    mapped += list(dataset.attributes or ())
    excluded = parameters.exclude_columns
    kept = [column.name for column in dataset.columns if column.name not in excluded]
    if dataset.object_mapping.rule_action == "map-record-to-document":
        kept = ["_doc"] if kept else []
    return tuple(dict.fromkeys([*mapped, *kept]))


def check_documents(dataset: Dataset) -> Iterator[tuple[str, Example]]:
    """Findings about the dataset file and the documents that it stands for."""
    file = display_path(dataset.path)
    for obstacle in dataset.dms_obstacles:
        yield "not-for-dms", Example(file=obstacle.where, what=obstacle.what)
    for warning in dataset.warnings:
        where, _, what = warning.partition(": ")
        kind = "undocumented" if "not documented" in what else "settings"
        yield kind, Example(file=where, what=what)
    if dataset.source.format != "csv":
        return
    names = attribute_names(dataset)
    for index in dataset.table.index_keys:
        if index.key.name not in names:
            what = f"index {index.index}: no rule fills its {index.role} key {index.key.name}"
            yield "index-without-items", Example(file=file, what=what)
    for name in names:
        if name.upper() in reserved_words():
            yield "reserved-word", Example(file=file, what=f"attribute {name}", column=name)
    for rule in dataset.mappings.selections:
        if rule.rule_action == "include" and (wide := _wildcards(rule)):
            what = f"rule {rule.rule_id}: {' and '.join(wide)}: `%` is any text and `_` any one character"
            yield "selection-matches-more", Example(file=file, what=what)


def _wildcards(rule: Selection) -> list[str]:
    names = (rule.object_locator.schema_name, rule.object_locator.table_name)
    return [name for name in names if any(sign in name.replace("[_]", "") for sign in "%_[")]
