"""Runs one import or bulk put: begins or re-attaches, follows, judges. Safe to repeat at any point."""

import secrets

from dataset.dataset import open_dataset
from dataset.wording import number_of
from operations.counting import Counted, count_dataset
from operations.fast_state import OperationState
from operations.load import BulkPutLoad, LoadFailed, NativeLoad
from operations.method import Method
from operations.polling import poll
from operations.run_record import Outcome, RunRecord, read_record, write_record
from operations.verdict import Verdict


def run_operation(method: Method, digest: str, *, wait: bool = True) -> str:
    """Bring the operation to the end of a run for this digest, and judge it.

    One that ended well is left alone; one that is under way for the digest is joined; one that must fail
    again is judged again; otherwise a new one begins. Says how it went; raises LoadFailed unless every row is
    accounted for.
    """
    load = method.load
    if written := _loaded_before(method, digest):
        return f"{number_of(written, 'item')} loaded before; nothing has changed since"
    method.report("counting the rows of the files")
    counted = count_dataset(open_dataset(load.dataset), method.aws, method.report)
    record = _begun(method, digest, counted)
    if not wait:
        return f"started; follow it with `bulk watch {load.name}`"
    return conclude(method, record, counted)


def join_operation(method: Method) -> str:
    """Follow the last run to its end and judge it by what its files held when it began.

    Raises LoadFailed as `run_operation` does, and when there was no run.
    """
    load = method.load
    record = read_record(load.records_bucket, load.name, method.aws)
    if record is None or not record.operation:
        raise LoadFailed(f"load {load.name}: it has not begun; run `pulumi up`")
    counted = Counted(
        rows=record.rows_in_files,
        rejected=record.rejected_in_files,
        duplicates=record.duplicates_in_files,
    )
    return conclude(method, record, counted)


def conclude(method: Method, record: RunRecord, counted: Counted) -> str:
    """Follow the operation to its end, judge it, and keep the verdict."""
    load = method.load
    state = follow(method, record.operation, counted)
    if state is None:
        return _remembered(load, record)
    verdict = method.judge(state, counted)
    examples = (*counted.examples, *method.said(record.operation)) if _bad(state) else ()
    if verdict.good and not (record.outcome and record.outcome.good):
        method.complete()
    outcome = Outcome(
        good=verdict.good,
        verdict="good" if verdict.good else "; ".join(verdict.reasons),
        written=state.written,
        refused=state.refused or 0,
        rejected=state.errors,
        seconds=state.seconds,
        final=not verdict.good and method.final(state),
    )
    _keep(method, record.ended(outcome, table_id=state.table_id))
    if not verdict.good:
        raise LoadFailed(_failure(method, verdict, examples))
    return "\n".join([_success(load, outcome, counted), *(f"  tolerated: {line}" for line in examples)])


def follow(method: Method, operation: str, counted: Counted) -> OperationState | None:
    """Watch until it has ended, and read its report; None when AWS has forgotten it.

    Raises LoadFailed past the load's limit.
    """

    def look() -> OperationState | None:
        state = method.describe(operation)
        if state is not None:
            method.report(method.progress(state, counted))
        return state

    state = poll(
        look,
        lambda seen: seen is None or seen.ended,
        limit_seconds=method.load.limit_minutes * 60,
        what=f"load {method.load.name}",
        report=method.report,
    )
    return state and method.finish(state)


def _loaded_before(method: Method, digest: str) -> int:
    """How many items the last run wrote, when it was for this digest and is good enough; else 0."""
    load = method.load
    last = read_record(load.records_bucket, load.name, method.aws)
    if last is None or last.outcome is None or not _is_this_run(last, load, digest):
        return 0
    return last.outcome.written if last.outcome.good and last.outcome.rejected <= load.tolerate else 0


def _begun(method: Method, digest: str, counted: Counted) -> RunRecord:
    load = method.load
    last = read_record(load.records_bucket, load.name, method.aws)
    if last is None or not _is_this_run(last, load, digest):
        if last and last.operation and last.outcome is None:
            last = _superseded(last, method.supersede(last.operation))
        method.clear_the_way(last)
        last = _keep(
            method,
            RunRecord(
                digest=digest,
                rows_in_files=counted.rows,
                rejected_in_files=counted.rejected,
                duplicates_in_files=counted.duplicates,
                attempt=last.attempt + 1 if last else 1,
                nonce=secrets.token_hex(4),
                spoiled=last.spoiled_before(digest) if last else 0,
                earlier=last.operations if last else (),
                table=load.table,
                incarnation=load.incarnation if isinstance(load, NativeLoad) else 1,
            ),
        )
    if last.operation:
        return last
    return _keep(method, last.model_copy(update={"operation": method.begin(last.token)}))


def _superseded(record: RunRecord, state: OperationState | None) -> RunRecord:
    written = state.written if state else 0
    outcome = Outcome(good=False, verdict="given up for newer data", written=written)
    return record.ended(outcome, table_id=state.table_id if state else "")


def _is_this_run(record: RunRecord, load: NativeLoad | BulkPutLoad, digest: str) -> bool:
    same = record.digest == digest and record.table == load.table
    return same and (record.outcome is None or record.outcome.good or record.outcome.final)


def _keep(method: Method, record: RunRecord) -> RunRecord:
    return write_record(method.load.records_bucket, method.load.name, record, method.aws)


def _bad(state: OperationState) -> bool:
    return state.errors > 0 or state.status != "COMPLETED"


def _remembered(load: NativeLoad | BulkPutLoad, record: RunRecord) -> str:
    if record.outcome and record.outcome.good:
        return f"{record.outcome.written:,} items were loaded; AWS keeps the operation for 90 days"
    raise LoadFailed(f"load {load.name}: AWS does not know {record.operation or 'its operation'} any more")


def _success(load: NativeLoad | BulkPutLoad, outcome: Outcome, counted: Counted) -> str:
    refused = f", {outcome.refused:,} refused by the condition" if outcome.refused else ""
    rejected = f", {outcome.rejected:,} rejected and tolerated" if outcome.rejected else ""
    uncounted = "" if counted.rows is not None else f"; the files in {load.files.url} were not counted here"
    loaded = number_of(outcome.written, "item")
    return f"{loaded} loaded in {outcome.seconds:,.1f} s{refused}{rejected}{uncounted}"


def _failure(method: Method, verdict: Verdict, examples: tuple[str, ...]) -> str:
    load = method.load
    lines = [f"load {load.name} into {load.table} is not good: {'; '.join(verdict.reasons)}"]
    lines += [f"  {line}" for line in examples]
    lines.append(f"  what the {method.noun} wrote stays; mend the rows and run `pulumi up` again")
    return "\n".join(lines)
