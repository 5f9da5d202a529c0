"""The states of a run of a Glue job, and what is said of them.

https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html, and EXPIRED, which that page does not
explain: https://docs.aws.amazon.com/glue/latest/webapi/API_JobRun.html
"""

from collections.abc import Mapping
from typing import Any

_UNDER_WAY = ("WAITING", "STARTING", "RUNNING", "STOPPING")
_ENDS = {
    "TIMEOUT": "it took longer than the job's timeout; raise that",
    "STOPPED": "it was stopped",
    "EXPIRED": "Glue ended it; AWS does not say when it does that, so run it again",
    "ERROR": "the job was deleted",
}


def is_under_way(run: Mapping[str, Any]) -> bool:
    """Return whether a run, as GetJobRun describes it, has not ended."""
    return run["JobRunState"] in _UNDER_WAY


def is_good(run: Mapping[str, Any]) -> bool:
    """Return whether it has done what was asked for."""
    return run["JobRunState"] == "SUCCEEDED"


def reason_of(run: Mapping[str, Any]) -> str:
    """Return why the run is in its state; empty where AWS gives no reason.

    A run waits for capacity or for a quota; one with Flex for at most 20 minutes, then it fails.
    """
    state, said = run["JobRunState"], " ".join(str(run.get("ErrorMessage") or "").split())
    if state == "WAITING":
        return str(run.get("StateDetail") or "for capacity or a quota of the account")
    return _ENDS.get(state) or said.removeprefix("SystemExit: ")
