"""Names in a dataset file that have to be those of columns."""

from collections.abc import Sequence

from dataset.errors import InputError
from dataset.mappings import placeholders
from dataset.reading import DatasetFile
from dataset.target_values import value_templates
from dataset.templates import nearest


def check_references(file: DatasetFile, columns: Sequence[str]) -> None:
    """Raise InputError, with the line, for the first name that no column and no attribute has."""
    model = file.model
    for name, value in model.attributes.items():
        for template in value_templates(value):
            for column in placeholders(template):
                _known(column, columns, "column", file, "attributes", name)
    for place, column in enumerate(model.exclude):
        _known(column, columns, "column", file, "exclude", place)
    attributes = [*model.attributes, *(name for name in columns if name not in model.exclude)]
    if model.table:
        for role in ("partition_key", "sort_key"):
            key = getattr(model.table, role)
            if key:
                _known(key.name, attributes, "attribute or column", file, "table", role, "name")


def _known(name: str, names: Sequence[str], kind: str, file: DatasetFile, *location: str | int) -> None:
    if name not in names:
        raise InputError(file.place(*location), f"there is no {kind} {name!r}", nearest(name, names))
