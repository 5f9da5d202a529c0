"""Filters and pages of the Describe operations."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from local_aws.dms.faults import invalid_value, not_found

Request = Mapping[str, Any]
T = TypeVar("T")

_DEFAULT_RECORDS = 100
_MINIMUM_RECORDS = 20


def filtered(
    request: Request,
    records: Sequence[T],
    filters: Mapping[str, Callable[[T], str | tuple[str, ...]]],
    what: str,
) -> list[T]:
    """Return the records that meet every filter.

    Raise ResourceNotFoundFault where a name or ARN asked for is not there, which is what the waiters of
    the SDKs for deletion wait for; InvalidParameterValueException for a filter that the operation has not.
    """
    kept = list(records)
    named = ""
    for wanted in request.get("Filters", ()):
        name, values = wanted["Name"], wanted["Values"]
        if name not in filters:
            raise invalid_value(f"The filter {name} is not valid; valid filters: {', '.join(filters)}")
        kept = [record for record in kept if not _values(filters[name](record)).isdisjoint(values)]
        if name.endswith(("-id", "-arn")):
            named = ", ".join(values)
    if named and not kept:
        raise not_found(f"{what} not found: {named}")
    return kept


def page(request: Request, records: Sequence[T], *, maximum: int = 100) -> tuple[list[T], dict[str, str]]:
    """Return one page of the records, and the marker of the next one as a field of the answer."""
    size = request.get("MaxRecords", _DEFAULT_RECORDS)
    if not _MINIMUM_RECORDS <= size <= maximum:
        raise invalid_value(f"MaxRecords must be between {_MINIMUM_RECORDS} and {maximum}, not {size}")
    start = _offset(request.get("Marker"))
    end = start + size
    marker = {"Marker": base64.b64encode(str(end).encode()).decode()} if end < len(records) else {}
    return list(records[start:end]), marker


def _values(found: str | tuple[str, ...]) -> set[str]:
    return {found} if isinstance(found, str) else set(found)


def _offset(marker: str | None) -> int:
    if not marker:
        return 0
    try:
        return int(base64.b64decode(marker, validate=True))
    except (binascii.Error, ValueError):
        raise invalid_value(f"The marker {marker} is not one that this operation gave") from None
