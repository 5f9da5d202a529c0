"""The changes that a task has applied, against those that its files hold."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report, poll
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.dms.task import TaskState, describe_task
from dynamodb_bulk.loads.load import COUNT_UP_TO
from dynamodb_bulk.loads.verdict import ChangeFates, Verdict, account_changes, not_good
from dynamodb_bulk.spec.errors import LoadFailed
from dynamodb_bulk.spec.text import number_of, place

if TYPE_CHECKING:
    from dynamodb_bulk.loads.changes import ChangeFiles


@dataclass(frozen=True, kw_only=True)
class AppliedChanges:
    """What became of the changes; `pending` are in files, and DMS has not read them."""

    verdict: Verdict
    words: str
    pending: int = 0

    @property
    def good(self) -> bool | None:
        """None while changes are pending, and nothing else is wrong."""
        return None if self.verdict.good and self.pending else self.verdict.good


def applied_changes(
    load: TaskLoad, task: TaskState, aws: Aws, report: Report = lambda _: None, *, up_to: str = ""
) -> AppliedChanges | None:
    """Compare what DMS counts with the files, or those up to one of that name.

    None where the files are not counted: they are not known, their start is a checkpoint, whose form AWS does
    not document, or they are larger than a load's files may be. They are read once more at each call.
    """
    from dynamodb_bulk.dataset import open_dataset
    from dynamodb_bulk.loads.changes import count_changes

    files = files_of(load, task, aws)
    if files is None or files.size > COUNT_UP_TO:
        return None
    chosen = files.up_to(up_to) if up_to else files
    if chosen is None:
        return AppliedChanges(verdict=Verdict(), words=f"{up_to} does not exist yet", pending=1)
    report("counting the changes in the files")
    counted = count_changes(open_dataset(load.dataset), chosen)
    fates = ChangeFates(read=task.changes_read, applied=task.changes_applied)
    pending = fates.pending(counted)
    if up_to:  # DMS may be beyond it
        return AppliedChanges(verdict=Verdict(), words=_words(task, pending), pending=pending)
    verdict = account_changes(counted, fates, late=files.late)
    examples = (f"{place(one.file, one.line, 'line')}: {one.reason}" for one in counted.examples)
    words = "; ".join((verdict.words, *examples)) if verdict.reasons else _words(task, pending)
    return AppliedChanges(verdict=verdict, words=words, pending=pending)


def await_changes(load: TaskLoad, aws: Aws, report: Report) -> str:
    """Wait until DMS has read all changes up to the load's `wait_for`, and return what it applied.

    Raise LoadFailed past the limit, where the task does not go on, and where changes were not applied.
    """

    def look() -> tuple[TaskState, AppliedChanges | None]:
        task = describe_task(load, aws)
        found = applied_changes(load, task, aws, up_to=load.wait_for)
        report(f"waiting for {load.wait_for}: {found.words if found else 'not counted'}")
        return task, found

    task, found = poll(
        look,
        lambda seen: seen[1] is None or not seen[1].pending or not seen[0].busy,
        limit_seconds=load.limit_minutes * 60,
        what=f"load {load.name}, {load.wait_for}",
        report=report,
    )
    if found is None:
        return f"changes up to {load.wait_for} cannot be counted"
    if found.pending:
        raise LoadFailed(
            f"load {load.name}: the {task.noun} is {task.status} before {load.wait_for}: {found.words}"
        )
    everything = applied_changes(load, task, aws)
    if everything and everything.good is False:
        raise not_good(load, everything.words, remedy="Changes already applied are kept.")
    return found.words


def files_of(load: TaskLoad, task: TaskState, aws: Aws) -> "ChangeFiles | None":
    """List the files of the load's changes; None where it is not known which DMS applies."""
    from dynamodb_bulk.loads.changes import change_files

    if load.changes is None or load.cdc_start_position.startswith("checkpoint:"):
        return None
    return change_files(load.changes, aws, started=task.since)


def _words(task: TaskState, pending: int) -> str:
    from dynamodb_bulk.loads.changes import in_words

    left = f", {number_of(pending, 'change')} not applied yet" if pending else ""
    return f"{in_words(task.changes_applied)} applied{left}"
