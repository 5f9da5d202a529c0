"""The changes of a task: files that arrive in a folder, applied by name until the task is stopped.

Documented: the rows of the files, that they are applied in lexical order, and that a file with a smaller name
than one that was read is skipped: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html

Not documented, and done so here:
- files that are in the folder when the task starts are applied; with a start time, those written since then;
- an INSERT and an UPDATE put the whole item, whether there is one of its key or not, so that an UPDATE of a
  key makes a second item (the file does not hold the former key); a DELETE of an item that does not exist
  changes nothing; columns that are NULL are not attributes of the item;
- a header line is skipped, and the source filters hold, as in files of a full load;
- rows of tables that the task does not select are left out; of several tables in a file each is applied
  for itself;
- DataErrorPolicy decides on changes that cannot be applied, none of which are counted as applied;
- a file that a stop interrupts is continued behind the last row that was applied.
"""

import threading
import time
from collections import Counter
from collections.abc import Mapping

from dynamodb_bulk.dms.changes import ChangeBatch, read_changes
from dynamodb_bulk.dms.definition import ExternalTable
from local_aws.dataplane.exceptions_table import OF_CHANGES, ExceptionsTable
from local_aws.dataplane.job import Job, StoppedError, TableLoadError
from local_aws.dataplane.objects import SourceObject
from local_aws.dataplane.plan import Plan
from local_aws.dataplane.progress import Position, TableName, TableProgress
from local_aws.dataplane.row_errors import RowErrors, failures
from local_aws.dataplane.table_load import BLOCK_BYTES, csv_format, require_readable, source_files
from local_aws.dataplane.table_target import TableTarget, open_target

_LOOK_SECONDS = 0.2


class ChangeStream:
    """Applies the changes of the tables of a task that have no error; `progress` has one for each."""

    def __init__(
        self, job: Job, plan: Plan, progress: Mapping[TableName, TableProgress], position: Position
    ) -> None:
        self._job, self._progress, self._position = job, progress, position
        self._csv = csv_format(job.source)
        exceptions = ExceptionsTable(OF_CHANGES, job.region, job.task_name, job.assume_target())
        exceptions.open()
        self._targets = [
            (table, self._target(table, plan), RowErrors(job, table, exceptions, "TARGET_APPLY"))
            for table in plan.tables
            if progress[table.owner, table.name].state != "Table error"
        ]

    def follow(self, stop: threading.Event) -> None:
        """Apply files as they arrive until the job's `stop_at`; raise StoppedError when stopped before.

        Raise DeniedError, SourceError and TaskError, too.
        """
        end = self._job.stop_at
        while end is None or time.time() < end:
            self.catch_up(stop)
            left = _LOOK_SECONDS if end is None else min(_LOOK_SECONDS, max(0.0, end - time.time()))
            if stop.wait(left):
                raise StoppedError

    def catch_up(self, stop: threading.Event) -> None:
        """Apply all files that are there; raise as `follow` does."""
        position = self._position
        folder = f"{(self._job.source.get('CdcPath') or '').strip('/')}/"
        role = self._job.assume_source()
        bucket, files = source_files(self._job.source, folder, role, self._job.region)
        for found in files:
            if found.key in position.known or found.written < position.since:
                continue
            if stop.is_set():
                raise StoppedError
            if found.key.encode() <= position.file.encode():
                self._skip(found)
                continue
            require_readable(found, bucket, role)
            self._apply_file(found, stop)
            position.known.add(found.key)
            position.file = found.key
            position.lines.clear()

    def _target(self, table: ExternalTable, plan: Plan) -> TableTarget:
        mapping = plan.mappings.object_mapping(table.owner, table.name)
        filters = plan.mappings.source_filters(table.owner, table.name)
        return open_target(self._job, table, mapping, filters, changes=True)

    def _skip(self, found: SourceObject) -> None:
        self._position.known.add(found.key)
        last = self._position.file.rpartition("/")[2]
        self._job.log.add("SOURCE_CAPTURE", "W", f"{found.url} is skipped: {last} was read before it")
        self._job.log.flush()

    def _apply_file(self, found: SourceObject, stop: threading.Event) -> None:
        self._job.log.add("SOURCE_CAPTURE", "I", f"Reading {found.url} ({found.size} bytes)")
        for table, target, errors in self._targets:
            name = table.owner, table.name
            progress = self._progress[name]
            if progress.state == "Table error":
                continue
            done = self._position.lines.get(name, 0)
            with found.open() as stream:
                for changes in read_changes(stream, found.url, table, self._csv, block_bytes=BLOCK_BYTES):
                    if stop.is_set():
                        raise StoppedError
                    if changes.last > done:
                        self._apply(changes.after(done), target, errors, progress)
                        self._position.lines[name] = changes.last
        self._job.log.flush()

    def _apply(
        self, changes: ChangeBatch, target: TableTarget, errors: RowErrors, progress: TableProgress
    ) -> None:
        rows = target.loaded(changes.rows)
        batch = target.to_item(rows)
        operations: list[str] = changes.of(batch.lines).to_list()
        items = batch.items.to_list()
        written = target.sink.put(items, deleted=[operation == "DELETE" for operation in operations])
        progress.changes.update(changes.of(rows.lines).to_list())
        lost = [operations[position] for position, _ in written.failed]
        lost += [operations[refusal.position] for refusal in written.refused]
        progress.applied += Counter(operations)
        progress.applied.subtract(lost)
        progress.touch()
        try:
            errors.take([*batch.rejected, *failures(batch, items, written)])
        except TableLoadError as failure:
            progress.state = "Table error"
            self._job.log.add("TASK_MANAGER", "E", f"Table {progress.table} is suspended: {failure}")
