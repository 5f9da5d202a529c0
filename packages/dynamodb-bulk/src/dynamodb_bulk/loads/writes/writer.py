"""Writes the rows behind a journal's mark, and keeps the journal every few seconds."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field

import orjson
from botocore.exceptions import BotoCoreError, ClientError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.aws.refusals import passes
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.loads.writes.capacity import write_capacity
from dynamodb_bulk.loads.writes.journal import (
    MOST_NAMED,
    Journal,
    RefusedItem,
    State,
    Superseded,
    keep_journal,
    read_journal,
)
from dynamodb_bulk.loads.writes.load import WritesLoad
from dynamodb_bulk.loads.writes.puts import Put, PutClient
from dynamodb_bulk.loads.writes.rate import Rate
from dynamodb_bulk.loads.writes.sender import Ended, Fate, Sender
from dynamodb_bulk.loads.writes.windows import Mark, Window, batches, read_windows
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import LoadFailed

THREADS = 16
_KEPT_EVERY = 3.0  # seconds
_LOOKED_EVERY = 60.0  # seconds between looks at the table's capacity
_WINDOW_SECONDS = 2
_WINDOWS = (250, 2_500)  # puts, at least and at most


@dataclass(kw_only=True)
class _Open:
    """A window whose puts are not all sent."""

    window: Window
    left: int
    fate: Fate = field(default_factory=Fate)


class Writer:
    """Writes one run; `journal` and `tag` are as S3 has them."""

    def __init__(
        self,
        load: WritesLoad,
        dataset: Dataset,
        files: tuple[SourceFile, ...],
        journal: Journal,
        tag: str,
        rows: int | None,
        aws: Aws,
        report: Report,
    ) -> None:
        self._load, self._dataset, self._files, self._aws = load, dataset, files, aws
        self._report, self._rows = report, rows
        self._journal, self._tag = journal, tag
        self._before = journal.seconds
        self._resumed_at = journal.rows
        self._began = time.monotonic()
        self._ending = threading.Event()
        self._why: Exception | None = None
        self._lock = threading.Lock()
        self._open: deque[_Open] = deque()
        self._sent = 0  # rows of windows that are open
        self._rate = Rate(self._ceiling())
        client = PutClient(load.table, dataset.keys, aws, threads=THREADS)
        repeated = journal.rows > 0 or journal.seconds > 0
        self._sender = Sender(client, self._rate, self._ending, repeated=repeated)

    def run(self) -> Journal:
        """Write to the end, or until the load is to stop; return the journal as it is kept then.

        Raise LoadFailed where it cannot go on. What was done is in the journal whatever happens.
        """
        keeper = threading.Thread(target=self._keep_up, name="journal", daemon=True)
        keeper.start()
        try:
            self._write()
        except Ended:
            pass
        except Exception as error:  # noqa: BLE001 - raised below
            self._end(error)
        finally:
            whole = not self._ending.is_set()
            self._ending.set()
            keeper.join()
        state: State = "ended" if whole else "stopped"
        if not isinstance(self._why, Superseded):
            self._keep(state)
        if self._why is not None:
            raise self._failure(self._why) from self._why
        return self._journal

    def _write(self) -> None:
        mark = Mark(source=self._journal.source, items=self._journal.items, rejects=self._journal.rejects)
        in_one = self._dataset.put_condition is None
        room = threading.BoundedSemaphore(2 * THREADS)
        sending: deque[Future[None]] = deque()
        with ThreadPoolExecutor(THREADS, "put") as pool:
            try:
                for window in read_windows(self._dataset, self._files, mark, self._window_size):
                    opened = _Open(window=window, left=len(window.puts))
                    with self._lock:
                        self._open.append(opened)
                        self._settle()
                    for puts in batches(window.puts) if in_one else ([put] for put in window.puts):
                        self._await(room)
                        sending.append(pool.submit(self._send, opened, puts, room, in_one=in_one))
                        while sending and sending[0].done():
                            sending.popleft().result()
                for one in sending:
                    one.result()
            finally:
                for one in sending:
                    one.cancel()

    def _await(self, room: threading.BoundedSemaphore) -> None:
        while not room.acquire(timeout=0.5):
            if self._ending.is_set():
                raise Ended
        if self._ending.is_set():
            raise Ended

    def _send(
        self, opened: _Open, puts: Sequence[Put], room: threading.BoundedSemaphore, *, in_one: bool
    ) -> None:
        try:
            fate = self._sender.send_batch(puts) if in_one else self._sender.send_one(puts[0])
        except Ended:
            raise
        except Exception as error:
            self._end(error)
            raise Ended from error
        finally:
            room.release()
        with self._lock:
            opened.fate.add(fate)
            opened.left -= len(puts)
            self._sent += len(puts)
            self._settle()

    def _settle(self) -> None:
        """Take the first windows whose puts are all sent into the journal."""
        while self._open and not self._open[0].left:
            done = self._open.popleft()
            fate, window = done.fate, done.window
            refused = [self._refused(put, why) for put, why in fate.rejected]
            self._sent -= len(window.puts)
            before = self._journal
            self._journal = before.model_copy(
                update={
                    **asdict(window.mark),
                    "written": before.written + fate.written,
                    "condition_failed": before.condition_failed + fate.condition_failed,
                    "rejected": before.rejected + len(window.rejected) + len(refused),
                    "refused": (*before.refused, *refused)[:MOST_NAMED],
                    "units": before.units + fate.units,
                }
            )

    def _refused(self, put: Put, why: str) -> RefusedItem:
        item, keys = orjson.loads(put.item), self._dataset.keys.by_role.values()
        key = {one.name: item[one.name] for one in keys}
        return RefusedItem(file=self._files[put.source].name, line=put.line, key=key, reason=why)

    def _keep_up(self) -> None:
        """Keep the journal and look at the table until the load ends."""
        limit = self._began + self._load.limit_minutes * 60
        looked = kept = self._began
        while not self._ending.wait(0.25):
            now = time.monotonic()
            self._report(self.progress())
            try:
                if now - kept >= _KEPT_EVERY:
                    kept = now
                    self._keep("writing")
                if now - looked >= _LOOKED_EVERY:
                    looked = now
                    self._rate.ceiling = self._ceiling()
            except (ClientError, BotoCoreError) as error:
                if not passes(error):
                    self._end(error)
            except Exception as error:  # noqa: BLE001 - raised where the load is written
                self._end(error)
            if now > limit:
                self._end(LoadFailed(self._too_slow()))

    def _keep(self, state: State) -> None:
        """Write the journal; where someone has asked for it, end."""
        with self._lock:
            self._journal = self._journal.model_copy(
                update={
                    "state": state,
                    "seconds": self._before + time.monotonic() - self._began,
                    "rows_per_second": self._rows_per_second,
                    "throttled": self._throttled,
                }
            )
            journal = self._journal
        try:
            self._tag = keep_journal(
                journal, self._tag, self._load.records_bucket, self._load.name, self._aws
            )
        except Superseded:
            found = read_journal(self._load.records_bucket, self._load.name, self._aws)
            if found is None or found.journal.owner != journal.owner:
                raise
            self._tag = found.tag
            if state == "writing":
                self._end(LoadFailed("stopped by `bulk stop`; run `pulumi up` to resume"))
            else:
                self._keep(state)

    def _ceiling(self) -> float:
        if self._load.max_write_units is not None:
            return self._load.max_write_units
        found = write_capacity(self._load.table, self._journal.began, self._aws)
        if found is None:
            raise LoadFailed(f"table {self._load.table} does not exist; run `pulumi up` again")
        return found

    def _window_size(self) -> int:
        least, most = _WINDOWS
        return max(least, min(most, int(self._rate.units_per_second * _WINDOW_SECONDS)))

    def _end(self, error: Exception) -> None:
        with self._lock:
            self._why = self._why or error
        self._ending.set()

    @property
    def _done(self) -> int:
        return self._journal.rows + self._sent

    @property
    def _rows_per_second(self) -> float:
        seconds = time.monotonic() - self._began
        return (self._done - self._resumed_at) / seconds if seconds >= 1 else 0.0

    @property
    def _throttled(self) -> str:
        rate, calls = self._rate, self._rate.throttled_calls
        if not calls or rate.units_per_second >= rate.ceiling:
            return ""
        return (
            f"throttled {calls:,} times, now at {rate.units_per_second:,.0f} of {rate.ceiling:,.0f} units/s"
        )

    def progress(self) -> str:
        """Return one line on the writing."""
        return written_so_far(self._done, self._rows, self._rows_per_second, self._throttled)

    def _too_slow(self) -> str:
        slow = f" ({self._throttled})" if self._throttled else ""
        return (
            f"not over after {self._load.limit_minutes:,} minutes (limit_minutes){slow}; raise the table's "
            "capacity or limit_minutes, and run `pulumi up`, which resumes"
        )

    def _failure(self, why: Exception) -> Exception:
        if isinstance(why, Superseded):
            why = LoadFailed("another process has taken the load over; see `bulk status`")
        if not isinstance(why, LoadFailed):
            return why
        of = "" if self._rows is None else f" of {self._rows:,}"
        return LoadFailed(f"load {self._load.name}: {self._journal.rows:,}{of} rows are written; {why}")


def written_so_far(done: int, rows: int | None, rows_per_second: float, throttled: str) -> str:
    """Return one line on the writing."""
    percent = f" {100 * done // rows} %" if rows else ""
    of = "" if rows is None else f" of {rows:,}"
    rate = f", {rows_per_second:,.0f} rows/s" if rows_per_second else ""
    return f"writing{percent}: {done:,}{of} rows{rate}{f', {throttled}' if throttled else ''}"
