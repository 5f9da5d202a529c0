"""Filters and pages of the Describe operations."""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence

from local_aws.dms.faults import invalid_value, not_found
from local_aws.dms.region import Fields, Request

_DEFAULT_RECORDS = 100
_MINIMUM_RECORDS = 20


def filtered(
    request: Request, records: Iterable[Fields], filters: Mapping[str, tuple[str, ...]], what: str
) -> list[Fields]:
    """Return the records that meet every filter, each of which looks at fields of the records.

    Raise ResourceNotFoundFault where a name or ARN asked for is not there, which is what the waiters of
    the SDKs for deletion wait for; InvalidParameterValueException for a filter that the operation has not.
    """
    kept = list(records)
    named = ""
    for wanted in request.get("Filters", ()):
        name, values = wanted["Name"], wanted["Values"]
        if name not in filters:
            raise invalid_value(f"The filter {name} is not valid; valid filters: {', '.join(filters)}")
        # The types of endpoints are shown in capitals, and asked for without.
        accepted = {*values, *(value.upper() for value in values if name == "endpoint-type")}
        kept = [record for record in kept if any(record[field] in accepted for field in filters[name])]
        if name.endswith(("-id", "-arn")):
            named = ", ".join(values)
    if named and not kept:
        raise not_found(f"{what} not found: {named}")
    return kept


def page(request: Request, name: str, records: Sequence[Fields | str], *, maximum: int = 100) -> Fields:
    """Return one page of the records as the answer's field `name`, and the marker of the next one."""
    size = request.get("MaxRecords", _DEFAULT_RECORDS)
    if not _MINIMUM_RECORDS <= size <= maximum:
        raise invalid_value(f"MaxRecords must be between {_MINIMUM_RECORDS} and {maximum}, not {size}")
    start = _offset(request.get("Marker"))
    end = start + size
    marker = {"Marker": base64.b64encode(str(end).encode()).decode()} if end < len(records) else {}
    return {name: records[start:end], **marker}


def _offset(marker: str | None) -> int:
    if not marker:
        return 0
    try:
        return int(base64.b64decode(marker, validate=True))
    except (binascii.Error, ValueError):
        raise invalid_value(f"The marker {marker} is not one that this operation gave") from None
