"""Have FilterLogEvents search the streams of a prefix, which moto ignores: it would search all.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.logs.responses import LogsResponse

_filter = LogsResponse.filter_log_events


def search_streams_by_prefix() -> None:
    """Let the log groups of this process be searched as AWS searches them."""
    setattr(LogsResponse, "filter_log_events", _filtered)  # noqa: B010 - the type checker sees a method


def _filtered(response: LogsResponse) -> str:
    asked: dict[str, Any] = json.loads(response.body)
    prefix = asked.pop("logStreamNamePrefix", None)
    if prefix is None:
        return _filter(response)
    if "logStreamNames" in asked:
        raise JsonRESTError("InvalidParameterException", "logStreamNames and logStreamNamePrefix")
    group = response.logs_backend.groups.get(asked["logGroupName"])
    names = [name for name in group.streams if name.startswith(prefix)] if group else []
    response.body = json.dumps({**asked, "logStreamNames": names or [prefix]})
    return _filter(response)
