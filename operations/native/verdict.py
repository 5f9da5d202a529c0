"""Whether an import is good. AWS calls one FAILED over a single bad item, and keeps the others in the table.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Validation.html
"""

from operations.counting import Counted
from operations.fast_state import OperationState
from operations.load import NativeLoad
from operations.verdict import Verdict

BAD_ITEMS = "ItemValidationError"
_REMEDIES = {
    "S3NoSuchBucket": "check source.location",
    "S3NoSuchKey": "an object went away meanwhile: run `pulumi up` again when nothing changes the files",
    "ObjectModifiedInS3DuringImport": "run `pulumi up` again when nothing writes to the files",
    "S3AccessDenied": "allow s3:GetObject and s3:ListBucket on the files",
}


def judge(load: NativeLoad, state: OperationState, counted: Counted) -> Verdict:
    """Compare what AWS counted with what the files hold."""
    return Verdict(reasons=tuple(_reasons(load, state, counted)))


def _reasons(load: NativeLoad, state: OperationState, counted: Counted) -> list[str]:
    reasons: list[str] = []
    only_items = state.status == "FAILED" and state.failure_code == BAD_ITEMS
    if state.status != "COMPLETED" and not only_items:
        return [_failure(state)]
    rows = state.processed if counted.rows is None else counted.rows
    unread = counted.rejected if load.files.converted else 0  # they never were in the converted files
    bad = state.errors + unread + counted.duplicates
    if not rows:
        return [f"no item was found under {load.files.url}"]
    if bad > load.tolerate:
        reasons.append(_too_many(load, state.errors + unread, counted.duplicates, rows))
    if state.processed + unread != rows:
        reasons.append(
            f"the files hold {rows:,} rows, but the import accounts for {state.processed + unread:,}"
        )
    most = state.processed - state.errors
    if not most - counted.duplicates <= state.written <= most:
        reasons.append(f"{most:,} items were to be imported, but AWS counts {state.written:,}")
    return reasons


def _too_many(load: NativeLoad, rejected: int, duplicates: int, rows: int) -> str:
    found = [
        text
        for count, text in (
            (rejected, f"{rejected:,} rejected"),
            (duplicates, f"{duplicates:,} overwritten, or overwriting, as their key occurs twice"),
        )
        if count
    ]
    tolerated = f" ({load.tolerate:,} tolerated)" if load.tolerate else ""
    return f"of {rows:,} rows {' and '.join(found)}{tolerated}"


def _failure(state: OperationState) -> str:
    told = ": ".join(part for part in (state.failure_code, state.failure_message) if part)
    remedy = _REMEDIES.get(state.failure_code)
    return f"the import is {state.status}: {told or 'AWS gave no reason'}{f'; {remedy}' if remedy else ''}"
