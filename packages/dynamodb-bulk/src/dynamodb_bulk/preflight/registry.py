"""Every check of the preflight, found by its name."""

import pkgutil
from functools import cache
from importlib import import_module
from typing import get_args

from dynamodb_bulk.preflight import checks as package
from dynamodb_bulk.preflight.check import Check, Family, Severity

_SEVERITIES = get_args(Severity)
_FAMILIES = get_args(Family)


@cache
def checks() -> dict[str, Check]:
    """The checks by name, in the order of a report: all in `CHECKS` of the modules of `checks`."""
    names = [f"{package.__name__}.{one.name}" for one in pkgutil.iter_modules(package.__path__)]
    found: list[Check] = [
        one for module in map(import_module, names) for one in getattr(module, "CHECKS", ())
    ]
    found.sort(key=lambda one: (_SEVERITIES.index(one.severity), _FAMILIES.index(one.family)))
    return {one.name: one for one in found}
