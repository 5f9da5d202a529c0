"""Writes the rows behind a journal's mark, and keeps the journal every few seconds."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.aws.records import Superseded
from dynamodb_bulk.aws.refusals import passes
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.loads.writes.capacity import most_units
from dynamodb_bulk.loads.writes.journal import Journal, State, read_journal, written_so_far
from dynamodb_bulk.loads.writes.load import WritesLoad
from dynamodb_bulk.loads.writes.puts import Put, PutClient
from dynamodb_bulk.loads.writes.rate import Rate
from dynamodb_bulk.loads.writes.sender import Ended, Sender
from dynamodb_bulk.loads.writes.tally import OpenWindow, Tally
from dynamodb_bulk.loads.writes.windows import Mark, batches, read_windows
from dynamodb_bulk.sources.reading import SourceFile
from dynamodb_bulk.spec.errors import LoadFailed

THREADS = 16
_TICK = 0.25  # seconds
_LOOKED_EVERY = 60.0  # seconds between looks at the table's capacity
_WINDOW_SECONDS = 2
_WINDOWS = (250, 2_500)  # puts, at least and at most


@dataclass(frozen=True, kw_only=True)
class Share:
    """One writer's part of a load: of its rate, and where and how often (in seconds) its journal is kept.

    `given_up` says why the writers beside it cannot go on; empty as long as they can.
    """

    kept_as: str
    kept_every: float = 3.0
    of_rate: float = 1.0
    given_up: Callable[[], str] = str


class TakenOver(LoadFailed):
    """Another process writes the same share by now."""


class Writer:
    """Writes the files of a share; `journal` and `tag` are as S3 has them.

    `rows`: how many the files hold; `units`: the most write units per second of the load at first.
    """

    def __init__(
        self,
        load: WritesLoad,
        share: Share,
        dataset: Dataset,
        files: tuple[SourceFile, ...],
        journal: Journal,
        tag: str,
        rows: int | None,
        units: float,
        aws: Aws,
        report: Report,
    ) -> None:
        self._load, self._share, self._aws = load, share, aws
        self._dataset, self._files = dataset, files
        self._report, self._rows = report, rows
        self._begun, self._tag = journal, tag
        self._tally = Tally(journal, files, dataset.keys)
        self._ending = threading.Event()
        self._why: Exception | None = None
        self._rate = Rate(units * share.of_rate)
        client = PutClient(load.table, dataset.keys, aws, threads=THREADS)
        self._sender = Sender(client, self._rate, self._ending, repeated=journal.processes > 1)

    @property
    def done(self) -> int:
        """The rows whose fate is known."""
        return self._tally.done

    def run(self) -> Journal:
        """Write to the end, or until the load is to stop; return the journal as it is kept then.

        Raise LoadFailed where it cannot go on. What was done is in the journal whatever happens. A stop that
        comes when all is written stops nothing.
        """
        whole = False
        keeper = threading.Thread(target=self._keep_up, name="journal", daemon=True)
        keeper.start()
        try:
            self._write()
            whole = True
        except Ended:
            pass
        except Exception as error:  # noqa: BLE001 - raised below
            self._end(error)
        finally:
            self._ending.set()
            keeper.join()
        if isinstance(self._why, Superseded):
            raise TakenOver("another process has taken the load over; see `bulk status`")
        journal = self._keep("ended" if whole else "stopped")
        if self._why is not None and not whole:
            raise self._why
        return journal

    def _write(self) -> None:
        begun = self._begun
        mark = Mark(source=begun.source, items=begun.items, rejects=begun.rejects)
        in_one = self._dataset.put_condition is None
        room = threading.BoundedSemaphore(2 * THREADS)
        sending: deque[Future[None]] = deque()
        with ThreadPoolExecutor(THREADS, "put") as pool:
            try:
                for window in read_windows(self._dataset, self._files, mark, self._window_size):
                    opened = self._tally.open(window)
                    together = self._rate.batch_units if in_one else 0  # a condition is of one item
                    for puts in batches(window.puts, together):
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
        while not room.acquire(timeout=_TICK):
            if self._ending.is_set():
                raise Ended
        if self._ending.is_set():
            raise Ended

    def _send(
        self, opened: OpenWindow, puts: Sequence[Put], room: threading.BoundedSemaphore, *, in_one: bool
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
        self._tally.add(opened, len(puts), fate)

    def _keep_up(self) -> None:
        """Keep the journal and look at the table until the load ends."""
        looked = kept = began = time.monotonic()
        while not self._ending.wait(_TICK):
            now, tally = time.monotonic(), self._tally
            throttled = self._rate.throttled_now
            self._report(written_so_far(tally.done, self._rows, tally.rows_per_second, throttled))
            try:
                if now - kept >= self._share.kept_every:
                    kept = now
                    self._keep("writing")
                    if why := self._share.given_up():
                        self._end(LoadFailed(why))
                if now - looked >= _LOOKED_EVERY:
                    looked = now
                    units = most_units(self._load, self._begun.began, self._aws)
                    self._rate.ceiling = units * self._share.of_rate
            except (ClientError, BotoCoreError) as error:
                if not passes(error):
                    self._end(error)
            except Exception as error:  # noqa: BLE001 - raised where the load is written
                self._end(error)
            if now - began > self._load.limit_minutes * 60:
                self._end(LoadFailed(self._too_slow()))

    def _keep(self, state: State) -> Journal:
        """Write the journal; end where someone has asked for it."""
        bucket, name = self._load.records_bucket, self._share.kept_as
        journal = self._tally.journal(state=state, throttled=self._rate.throttled_now)
        try:
            self._tag = journal.write_over(self._tag, bucket, name, self._aws)
        except Superseded:
            found = read_journal(bucket, name, self._aws, type(journal))
            if found is None or found.journal.owner != journal.owner:
                raise
            self._tag = found.tag
            if state != "writing":
                return self._keep(state)
            self._end(LoadFailed("stopped by `bulk stop`; run `pulumi up` to resume"))
        return journal

    def _window_size(self) -> int:
        least, most = _WINDOWS
        return max(least, min(most, int(self._rate.units_per_second * _WINDOW_SECONDS)))

    def _end(self, error: Exception) -> None:
        self._why = self._why or error
        self._ending.set()

    def _too_slow(self) -> str:
        slow = f" ({throttled})" if (throttled := self._rate.throttled_now) else ""
        return (
            f"not over after {self._load.limit_minutes:,} minutes (limit_minutes){slow}; raise the table's "
            "capacity or limit_minutes, and run `pulumi up`, which resumes"
        )
