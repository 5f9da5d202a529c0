"""Decide whether a load is good. DMS reports "finished" even for a load that dropped rows.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.ErrorHandling.html
"""

from collections.abc import Iterator

from dynamodb_bulk.loads.dms.state import TaskState
from dynamodb_bulk.loads.row_counts import Counted
from dynamodb_bulk.loads.verdict import Fates, Verdict, account


def judge(task: TaskState, counted: Counted) -> Verdict:
    """Compare what DMS says and counted with the rows that the files hold.

    Of a task that applies changes the full load is judged, and that it runs; the changes are not.
    """
    reasons = tuple(_reasons(task))
    if not task.loads:
        return Verdict(reasons=reasons)
    fates = Fates(written=task.loaded, condition_failed=task.condition_failed, rejected=task.errors)
    return account(counted, fates, reasons=reasons)


def _reasons(task: TaskState) -> Iterator[str]:
    if not (task.finished or task.applying):
        told = task.failure or task.stop_reason or "DMS gave no reason"
        yield f"the task is {task.status}: {told}"
    if task.tables_errored:
        yield f"{task.tables_errored} table(s) ended in error"
    if not task.loads:
        return
    for table in task.tables:
        if table.state != "Table completed":
            yield f"table {table.table} is {table.state!r}, not 'Table completed'"
    if not task.tables:
        yield "DMS loaded no table"
