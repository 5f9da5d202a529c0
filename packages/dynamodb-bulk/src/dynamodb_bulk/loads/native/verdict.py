"""Decide whether an import is good. AWS calls one FAILED over a single bad item, and keeps the others.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Validation.html
"""

from dynamodb_bulk.loads.load import NativeLoad
from dynamodb_bulk.loads.operation_state import OperationState
from dynamodb_bulk.loads.row_counts import Counted
from dynamodb_bulk.loads.verdict import Verdict, account

BAD_ITEMS = "ItemValidationError"
_REMEDIES = {
    "S3NoSuchBucket": "check source.location",
    "S3NoSuchKey": "an object was deleted: run `pulumi up` again when nothing changes the files",
    "ObjectModifiedInS3DuringImport": "run `pulumi up` again when nothing writes to the files",
    "S3AccessDenied": "allow s3:GetObject and s3:ListBucket on the files",
}


def judge(load: NativeLoad, state: OperationState, counted: Counted) -> Verdict:
    """Compare what AWS counted with what the files hold."""
    only_items = state.status == "FAILED" and state.failure_code == BAD_ITEMS
    if state.status != "COMPLETED" and not only_items:
        return Verdict(reasons=(_failure(state),))
    uncounted = only_items and not state.errors
    reasons = ["AWS reports errors, but counts none"] if uncounted else []
    fates = state.fates(load.files, counted)
    return account(counted, fates, reasons=reasons, tolerate=load.tolerate)


def _failure(state: OperationState) -> str:
    told = ": ".join(part for part in (state.failure_code, state.failure_message) if part)
    remedy = _REMEDIES.get(state.failure_code)
    return f"the import is {state.status}: {told or 'AWS gave no reason'}{f'; {remedy}' if remedy else ''}"
