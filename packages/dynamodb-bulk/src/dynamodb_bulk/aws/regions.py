"""The Regions of AWS, of which a mistyped one looks like a network that is down."""

import os
from collections.abc import Iterable
from functools import cache
from typing import Any

from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.mistakes import nearest


def named_region(given: str | None) -> str | None:
    """Return the Region given, or that of the environment: for commands that belong to no stack.

    Raise InputError if AWS has none of that name; what stands behind AWS_ENDPOINT_URL may have any.
    """
    for where, name in (("--region", given), *((key, os.environ.get(key)) for key in _VARIABLES)):
        if name:
            if not os.environ.get("AWS_ENDPOINT_URL"):
                check_region(name, where)
            return name
    return None


def check_region(name: str, where: str) -> None:
    """Raise InputError unless AWS has the Region, as far as boto3 knows."""
    known = _regions()
    if name not in known:
        raise InputError(
            where, f"AWS has no Region {name!r}", nearest(name, known, "use one such as eu-west-1")
        )


_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")


@cache
def _regions() -> frozenset[str]:
    from dynamodb_bulk.aws.sessions import core_session  # a tenth of a second: only where a Region is named

    session: Any = core_session()
    partitions: Iterable[str] = session.get_available_partitions()
    return frozenset(
        region for partition in partitions for region in session.get_available_regions("dynamodb", partition)
    )
