"""Every column type, found by its name."""

import pkgutil
from functools import cache
from importlib import import_module

from dynamodb_bulk import column_types as package
from dynamodb_bulk.column_types.base import ColumnType


@cache
def column_types() -> dict[str, ColumnType]:
    """Return the types by name, in alphabetical order: all in `TYPES` of the modules of this folder."""
    modules = [
        import_module(f"{package.__name__}.{one.name}") for one in pkgutil.iter_modules(package.__path__)
    ]
    types: list[ColumnType] = [one for module in modules for one in getattr(module, "TYPES", ())]
    return {one.name: one for one in sorted(types, key=lambda one: one.name)}
