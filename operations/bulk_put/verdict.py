"""Whether a bulk put is good. AWS calls one COMPLETED_WITH_ERRORS over a single item that it could not write.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BulkOperationDescription.html
"""

from operations.counting import Counted
from operations.fast_state import OperationState
from operations.load import BulkPutLoad
from operations.verdict import Verdict

WITH_ERRORS = "COMPLETED_WITH_ERRORS"
WRITTEN = ("COMPLETED", WITH_ERRORS)


def judge(load: BulkPutLoad, state: OperationState, counted: Counted) -> Verdict:
    """Compare what AWS counted and reported with what the files hold."""
    return Verdict(reasons=tuple(_reasons(load, state, counted)))


def _reasons(load: BulkPutLoad, state: OperationState, counted: Counted) -> list[str]:
    if state.status not in WRITTEN:
        told = ": ".join(part for part in (state.failure_code, state.failure_message) if part)
        return [f"the bulk put is {state.status}: {told or 'AWS gave no reason'}"]
    rows = state.processed if counted.rows is None else counted.rows
    unread = counted.rejected if load.files.converted else 0  # they never were in the converted files
    if not rows:
        return [f"no item was found under {load.files.url}"]
    reasons: list[str] = []
    rejected = state.errors + unread
    if rejected + counted.duplicates > load.tolerate:
        tolerated = f" ({load.tolerate:,} tolerated)" if load.tolerate else ""
        found = [f"{rejected:,} rejected"] if rejected else []
        if counted.duplicates:
            found.append(f"{counted.duplicates:,} whose key occurs before, in no order that AWS promises")
        reasons.append(f"of {rows:,} rows {' and '.join(found)}{tolerated}")
    if state.status == WITH_ERRORS and not state.errors:
        reasons.append("AWS says that there were errors, but counts none")
    if state.processed + unread != rows:
        accounted = state.processed + unread
        reasons.append(f"the files hold {rows:,} rows, but the bulk put accounts for {accounted:,}")
    return reasons
