"""Whether a load is good. DMS says "finished" of a load that dropped rows too, so its word is not enough.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.ErrorHandling.html
"""

from operations.dms.state import TaskState
from operations.verdict import Verdict


def judge(task: TaskState, rows_in_files: int) -> Verdict:
    """Compare what DMS says and counted with the rows that the files hold.

    Of a task that applies changes the full load is judged, and that it runs; the changes are not.
    """
    return Verdict(reasons=tuple(_reasons(task, rows_in_files)))


def _reasons(task: TaskState, rows_in_files: int) -> list[str]:
    reasons: list[str] = []
    if not (task.finished or task.applying):
        told = task.failure or task.stop_reason or "DMS gave no reason"
        reasons.append(f"the task is {task.status}: {told}")
    if task.tables_errored:
        reasons.append(f"{task.tables_errored} table(s) ended in error")
    if not task.loads:
        return reasons
    reasons += [
        f"table {table.table} is {table.state!r}, not 'Table completed'"
        for table in task.tables
        if table.state != "Table completed"
    ]
    if task.errors:
        reasons.append(f"{task.errors:,} of {rows_in_files:,} rows rejected")
    if not task.tables:
        reasons.append("DMS loaded no table")
    accounted = task.loaded + task.condition_failed + task.errors
    if accounted != rows_in_files:
        reasons.append(
            f"the files hold {rows_in_files:,} rows, but DMS accounts for {accounted:,} "
            f"({task.loaded:,} loaded, {task.condition_failed:,} refused by the condition, "
            f"{task.errors:,} rejected)"
        )
    return reasons
