"""Sends puts until the fate of each is known: throttled ones again, bad ones by themselves."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from dynamodb_bulk.aws.polling import OUTAGE_SECONDS
from dynamodb_bulk.aws.refusals import is_gone, passes, reason
from dynamodb_bulk.loads.writes.puts import Answer, Put, PutClient, is_item
from dynamodb_bulk.loads.writes.rate import Rate
from dynamodb_bulk.spec.errors import LoadFailed

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_THROTTLED = (
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
)
# Another write of the same item was under way: it is sent again, at the same rate.
_CONFLICTS = ("TransactionConflictException", "ReplicatedWriteConflictException")
_OF_AN_ITEM = ("ValidationException", "ItemCollectionSizeLimitExceededException")
_CONDITION = "ConditionalCheckFailedException"
FAILURES = (ClientError, BotoCoreError, ResponseParserError)
_FIRST_WAIT = 0.05
_LONGEST_WAIT = 5.0
_HOPELESS = 1_000


@dataclass(kw_only=True)
class Fate:
    """What became of puts; `rejected` with AWS's reason."""

    written: int = 0
    condition_failed: int = 0
    units: float = 0.0
    rejected: list[tuple[Put, str]] = field(default_factory=list[tuple[Put, str]])

    def add(self, other: "Fate") -> None:
        """Take in what became of others."""
        self.written += other.written
        self.condition_failed += other.condition_failed
        self.units += other.units
        self.rejected += other.rejected


class Ended(Exception):
    """The load ends before the put was sent."""


class Sender:
    """Sends for one load in any number of threads, until `ending` is set.

    `repeated`: an earlier process may have sent the same puts, so that one whose condition fails since its
    very item is there was written by that.
    """

    def __init__(self, client: PutClient, rate: Rate, ending: threading.Event, *, repeated: bool) -> None:
        self._client = client
        self._rate = rate
        self._ending = ending
        self._repeated = repeated
        self._written = False
        self._refused = 0

    def send_batch(self, puts: Sequence[Put]) -> Fate:
        """Send at most a batch; where AWS refuses it for one of its items, each by itself."""
        left, fate = puts, Fate()
        tries = _Tries(self._ending)
        while left:
            try:
                answer = self._charged(left, self._client.put_batch, left)
            except FAILURES as error:
                if _code(error) not in _OF_AN_ITEM:
                    self._insist(error, tries)
                    continue
                for put in sorted(left, key=lambda one: (one.source, one.line)):
                    fate.add(self.send_one(put))
                return fate
            fate.written += len(left) - len(answer.undone)
            fate.units += answer.units
            self._written = self._written or len(answer.undone) < len(left)
            left = answer.undone
            if left:
                self._rate.throttled()
                tries.wait()
        return fate

    def send_one(self, put: Put) -> Fate:
        """Send one put, whose condition may fail."""
        tries = _Tries(self._ending)
        while True:
            try:
                answer = self._charged([put], self._client.put, put)
            except FAILURES as error:
                if isinstance(error, ClientError) and _code(error) == _CONDITION:
                    return self._failed(put, error, again=tries.count > 0)
                if _code(error) in _OF_AN_ITEM:
                    return self._rejected(put, error)
                self._insist(error, tries)
            else:
                self._written = True
                return Fate(written=1, units=answer.units)

    def _charged(self, puts: Sequence[Put], send: "Callable[..., Answer]", sent: object) -> Answer:
        """Send when the rate lets it."""
        units = float(sum(put.units for put in puts)) * self._rate.per_unit
        pause = self._rate.take(units)
        while pause and not self._ending.wait(pause):
            pause = self._rate.take(units, waited=True)
        if self._ending.is_set():
            raise Ended
        consumed = 0.0
        try:
            answer = send(sent)
            consumed = answer.units
            if not answer.undone:
                self._rate.learn(consumed / units * self._rate.per_unit)
            return answer
        except ClientError as error:
            consumed = units if _code(error) == _CONDITION else 0.0  # a failed condition consumes as well
            raise
        finally:
            self._rate.correct(consumed - units)

    def _insist(self, error: Exception, tries: "_Tries") -> None:
        """Wait before the next try; raise what does not pass."""
        code = _code(error)
        if code in _THROTTLED:
            self._rate.throttled()
        elif isinstance(error, ClientError) and is_gone(error):
            raise LoadFailed("the table was deleted while it was written; run `pulumi up` again") from error
        elif code not in _CONFLICTS:
            if not passes(error):
                raise error
            tries.outlast(error)
        tries.wait()

    def _failed(self, put: Put, error: ClientError, *, again: bool) -> Fate:
        found = error.response.get("Item", {})
        if (again or self._repeated) and found and is_item(put, found):
            return Fate(written=1)
        return Fate(condition_failed=1)

    def _rejected(self, put: Put, error: Exception) -> Fate:
        why = reason(error)
        if not self._written:
            self._refused += 1
            if self._refused >= _HOPELESS:
                raise LoadFailed(f"DynamoDB rejected the first {_HOPELESS:,} items, the last one with: {why}")
        return Fate(rejected=[(put, why)])


class _Tries:
    """The tries of one call, with waits of random length between them."""

    def __init__(self, ending: threading.Event) -> None:
        self.count = 0
        self._ending = ending
        self._since: float | None = None

    def wait(self) -> None:
        longest = min(_FIRST_WAIT * 2**self.count, _LONGEST_WAIT)
        self.count += 1
        if self._ending.wait(random.uniform(0, longest)):  # noqa: S311 - no secret
            raise Ended

    def outlast(self, error: Exception) -> None:
        """Raise LoadFailed where AWS has not answered for too long."""
        self._since = self._since or time.monotonic()
        if time.monotonic() - self._since > OUTAGE_SECONDS:
            raise LoadFailed(
                f"AWS did not answer for {OUTAGE_SECONDS / 60:,.0f} minutes ({reason(error)}); "
                "run `pulumi up` again later, which resumes"
            ) from error


def _code(error: Exception) -> str:
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
