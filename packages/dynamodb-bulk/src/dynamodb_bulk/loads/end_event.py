"""The event by which EventBridge is told that a load ended, with its verdict: notices come from it.

Its schema is `LoadEnded`, which docs/operations.md shows. It holds no row: what a reason quotes is left out.
"""

import re
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Literal

from pydantic import BaseModel, ConfigDict

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report, persist
from dynamodb_bulk.loads.run_record import Outcome, RunRecord
from dynamodb_bulk.loads.unstarted import Unstarted
from dynamodb_bulk.one_line import in_one_line

SOURCE = "dynamodb-bulk"
DETAIL_TYPE = "Load ended"
Verdict = Literal["good", "not_counted", "failed"]
_LONGEST = 500
_QUOTED = re.compile(r"""(?<!\w)'[^']*'(?!\w)|"[^"]*\"""")


class LoadEnded(BaseModel):
    """The `detail` of the event. `reason`: the verdict in words; `summary`: all of it in one line.

    The numbers are those of the record of the load's last run, 0 where it has none; `seconds` at AWS. An
    event of a later version may have more fields.
    """

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    project: str
    stack: str
    load: str
    table: str = ""
    verdict: Verdict
    reason: str
    rows_in_files: int | None = None
    written: int = 0
    condition_failed: int = 0
    rejected: int = 0
    seconds: float = 0.0
    attempt: int = 0
    summary: str


@contextmanager
def announced_end(
    name: str, owner: str, bucket: str, aws: Aws, warn: Report, *, follows: bool = False
) -> Generator[None]:
    """Put the event when the block ends in which a load is run and judged, however it ends.

    Keep why it ended where no run began or was judged: `bulk status` shows it.
    `owner`: the project and the stack, `shop/dev`; without one there is no event. None is put where nothing
    ended: the load still runs, or its data was loaded before. A block that only `follows` a load ends it by
    its verdict alone, not by an error of its own. An event that AWS refuses changes no verdict: `warn` gets
    it.
    """

    if follows and not owner:
        yield
        return

    def last() -> RunRecord | None:
        return RunRecord.read(bucket, name, aws)

    before = persist(last, what=f"load {name}", report=warn)
    if not follows:
        Unstarted.delete(bucket, name, aws)
    try:
        yield
    except Exception as error:
        with suppress(Exception):  # the error itself is what the user has to see
            after = last()
            ran = after if after != before else None
            if not (follows or (ran and ran.outcome)):
                _keep_reason(error, bucket, name, aws)
            if owner and (ran or not follows):
                _put(_ended(name, owner, ran, error), aws, warn)
        raise
    after = last()
    if owner and after and after.outcome and after != before:
        _put(_ended(name, owner, after), aws, warn)


def _keep_reason(error: Exception, bucket: str, name: str, aws: Aws) -> None:
    words = (in_one_line(error) or "unexpected error; see the output of the run").partition("\n")[0]
    reason = f"not loaded: {words.removeprefix(f'load {name}: ')}"
    Unstarted(reason=reason, run=RunRecord.tag(bucket, name, aws)).write(bucket, name, aws)


def _ended(name: str, owner: str, record: RunRecord | None, error: Exception | None = None) -> LoadEnded:
    project, _, stack = owner.partition("/")
    outcome = record.outcome if record else None
    judged = outcome is not None and not (error and outcome.accepted)
    reason = _plain(outcome.verdict if outcome and judged else in_one_line(error) if error else "")
    verdict = _verdict(outcome, error)
    return LoadEnded(
        project=project,
        stack=stack,
        load=name,
        table=record.table if record else "",
        verdict=verdict,
        reason=reason,
        rows_in_files=record.rows_in_files if record else None,
        written=outcome.written if outcome else 0,
        condition_failed=outcome.condition_failed if outcome else 0,
        rejected=outcome.rejected if outcome else 0,
        seconds=outcome.seconds if outcome else 0.0,
        attempt=record.attempt if record else 0,
        summary=_summary(owner, name, verdict, reason, outcome),
    )


def _verdict(outcome: Outcome | None, error: Exception | None) -> Verdict:
    if error or outcome is None:
        return "failed"
    return "good" if outcome.good else "not_counted" if outcome.not_counted else "failed"


def _summary(owner: str, name: str, verdict: Verdict, reason: str, outcome: Outcome | None) -> str:
    if verdict == "good" and outcome:
        return f"{owner}: load {name} is good: {outcome.loaded('item')}"
    words = "has a doubtful end" if verdict == "not_counted" else "failed"
    return f"{owner}: load {name} {words}: {reason}"


def _plain(text: str | None) -> str:
    """Return the first line without what it quotes, and such that a rule can put it between quotes."""
    first = (text or "unexpected error; see the output of the run").partition("\n")[0]
    plain = _QUOTED.sub("(…)", first).replace('"', "").replace("\\", "/")
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def _put(event: LoadEnded, aws: Aws, warn: Report) -> None:
    entry = {"Source": SOURCE, "DetailType": DETAIL_TYPE, "Detail": event.model_dump_json()}
    try:
        (result,) = aws.events.put_events(Entries=[entry])["Entries"]
        refused = f"{result['ErrorCode']}: {result.get('ErrorMessage', '')}" if "ErrorCode" in result else ""
    except Exception as error:  # noqa: BLE001 - the load is over, and its verdict stands
        refused = in_one_line(error) or repr(error)
    if refused:
        warn(f"load {event.load}: the event of its end was not sent: {refused}")
