"""Decide whether a bulk put is good. One rejected item makes AWS call it COMPLETED_WITH_ERRORS.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BulkOperationDescription.html
"""

from dynamodb_bulk.loads.load import BulkPutLoad
from dynamodb_bulk.loads.operation_state import OperationState
from dynamodb_bulk.loads.row_counts import Counted
from dynamodb_bulk.loads.verdict import Verdict, account

WITH_ERRORS = "COMPLETED_WITH_ERRORS"
WRITTEN = ("COMPLETED", WITH_ERRORS)


def judge(load: BulkPutLoad, state: OperationState, counted: Counted) -> Verdict:
    """Compare what AWS counted and reported with what the files hold."""
    if state.status not in WRITTEN:
        told = ": ".join(part for part in (state.failure_code, state.failure_message) if part)
        return Verdict(reasons=(f"the bulk put is {state.status}: {told or 'AWS gave no reason'}",))
    uncounted = state.status == WITH_ERRORS and not state.errors
    reasons = ["AWS reports errors, but counts none"] if uncounted else []
    fates = state.fates(load.files, counted)
    return account(counted, fates, reasons=reasons, tolerate=load.tolerate)
