"""Events of replication instances."""

import time
from datetime import datetime

from local_aws.dms.paging import page
from local_aws.dms.region import Fields, Region, Request

_DEFAULT_MINUTES = 60


def describe(region: Region, request: Request) -> Fields:
    """DescribeEvents: those of the last hour, unless a time or a Duration in minutes says otherwise."""
    since = time.time() - 60 * request.get("Duration", _DEFAULT_MINUTES)
    since = _epoch(request["StartTime"]) if "StartTime" in request else since
    until = _epoch(request["EndTime"]) if "EndTime" in request else time.time()
    categories = request.get("EventCategories")
    events = [
        event
        for event in region.events
        if since <= event["Date"] <= until
        and request.get("SourceIdentifier", event["SourceIdentifier"]) == event["SourceIdentifier"]
        and (not categories or set(categories).intersection(event["EventCategories"]))
    ]
    events, marker = page(request, events)
    return {"Events": events, **marker}


def _epoch(moment: float | str) -> float:
    return datetime.fromisoformat(moment).timestamp() if isinstance(moment, str) else moment
