"""Runs one import or bulk put: begins or re-attaches, follows, judges. Safe to repeat at any point."""

import secrets

from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.loads.base import Method
from dynamodb_bulk.loads.listing import changed_objects
from dynamodb_bulk.loads.load import BulkPutLoad, Doubtful, LoadFailed, NativeLoad
from dynamodb_bulk.loads.operation_state import OperationState
from dynamodb_bulk.loads.row_counts import Counted, count_dataset
from dynamodb_bulk.loads.run_record import Outcome, RunRecord, read_record, write_record
from dynamodb_bulk.loads.verdict import Verdict
from dynamodb_bulk.spec.wording import number_of


def run_operation(method: Method, digest: str, *, wait: bool = True) -> str:
    """Bring the operation to the end of a run for this digest, and judge it.

    One that ended well is left alone; one that is in progress for the digest is resumed; one that must fail
    again is judged again; otherwise a new one begins, when nothing of the load runs any more. Says how it
    went; raise LoadFailed unless every row is accounted for.
    """
    load = method.load
    if loaded := _loaded_before(method, digest):
        return _told(f"{number_of(loaded.written, 'item')} loaded before; nothing has changed since", loaded)
    method.check.settle(method.report)
    method.report("counting the rows of the files")
    with method.check.unchanged():
        counted = count_dataset(method.check.dataset, method.aws, method.report)
        method.check_files()
    record = _begun(method, digest, counted)
    if not wait:
        return f"started; follow it with `bulk watch {load.name}`"
    return conclude(method, record, counted)


def join_operation(method: Method) -> str:
    """Follow the last run to its end and judge it by what its files held when it began.

    Raise LoadFailed as `run_operation` does, and when there was no run.
    """
    load = method.load
    record = _last_run(method)
    if record is None or not record.operation:
        raise LoadFailed(f"load {load.name}: not started; run `pulumi up`")
    return conclude(method, record, record.counted)


def conclude(method: Method, record: RunRecord, counted: Counted) -> str:
    """Follow the operation to its end, judge it, and keep the verdict."""
    load = method.load
    state = follow(method, record.operation, counted)
    _insist_on_last_run(method, record)
    if state is None:
        return _forgotten(method, record)
    unsure = (*state.not_known, *changed_objects(record.listing, method.aws))
    verdict, fates = method.judge(state, counted).with_reasons(unsure), state.fates(load.files, counted)
    bad = _bad(state)
    examples = (
        *(counted.examples if bad or counted.duplicates else ()),
        *(method.said(record.operation) if bad else ()),
    )
    if not verdict.reasons and not (record.outcome and record.outcome.accepted):
        method.complete()
    outcome = Outcome(
        good=verdict.good,
        verdict=verdict.words,
        not_counted=verdict.not_counted,
        written=fates.written,
        refused=fates.condition_failed,
        rejected=fates.rejected,
        seconds=state.seconds,
        final=bool(verdict.reasons) and not unsure and method.final(state),
    )
    _keep(method, record.ended(outcome, table_id=state.table_id))
    if verdict.reasons:
        raise LoadFailed(_failure(method, verdict, examples))
    lines = [_success(outcome), *(f"  tolerated: {line}" for line in examples)]
    return _told("\n".join(lines), outcome)


def follow(method: Method, operation: str, counted: Counted) -> OperationState | None:
    """Watch until it has ended, and read its report; None when AWS has forgotten it.

    Raise LoadFailed past the load's limit.
    """

    def look() -> OperationState | None:
        state = method.started.describe(operation)
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


def _loaded_before(method: Method, digest: str) -> Outcome | None:
    """Return how the last run ended, when it was for this digest and is good enough."""
    load = method.load
    last = read_record(load.records_bucket, load.name, method.aws)
    if last is None or last.outcome is None or not _is_this_run(last, load, digest):
        return None
    tolerable = last.outcome.rejected + last.duplicates_in_files <= load.tolerate
    return last.outcome if last.outcome.accepted and tolerable else None


def _begun(method: Method, digest: str, counted: Counted) -> RunRecord:
    load = method.load
    last = _last_run(method)
    run = last if last and _is_this_run(last, load, digest) else None
    if run and run.operation:
        return run
    method.started.end_all(last, method.report, limit_seconds=load.limit_minutes * 60)
    if run is None:
        last = last and _superseded(method, last)
        method.clear_the_way(last)
        run = _keep(
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
                listing=method.check.listing,
                table=load.table,
                incarnation=load.incarnation if isinstance(load, NativeLoad) else 1,
            ),
        )
    return _keep(method, run.model_copy(update={"operation": method.begin(run.token)}))


def _last_run(method: Method) -> RunRecord | None:
    """Return the record of the last run, with its operation also when an `up` could not record it."""
    last = read_record(method.load.records_bucket, method.load.name, method.aws)
    found = last and method.started.recovered(last)
    return _keep(method, found) if found and found != last else last


def _superseded(method: Method, record: RunRecord) -> RunRecord:
    """Return the record of a run for older data that has ended; an import that ran to its end may be good."""
    state = method.started.describe(record.operation) if record.operation and not record.outcome else None
    if state is None:
        return record
    good = not method.cancels and method.judge(state, record.counted).good
    outcome = Outcome(good=good, verdict="superseded by newer data", written=state.written)
    return record.ended(outcome, table_id=state.table_id)


def _is_this_run(record: RunRecord, load: NativeLoad | BulkPutLoad, digest: str) -> bool:
    same = record.digest == digest and record.table == load.table
    return same and (record.outcome is None or record.outcome.accepted or record.outcome.final)


def _keep(method: Method, record: RunRecord) -> RunRecord:
    return write_record(method.load.records_bucket, method.load.name, record, method.aws)


def _bad(state: OperationState) -> bool:
    return state.errors > 0 or state.status != "COMPLETED"


def _insist_on_last_run(method: Method, record: RunRecord) -> None:
    """Raise LoadFailed if another process started a run in the meantime: its record is not written over."""
    load = method.load
    last = read_record(load.records_bucket, load.name, method.aws)
    if last is None or last.token != record.token:
        raise LoadFailed(
            f"load {load.name}: its record belongs to a different run, or does not exist; see `bulk status`"
        )


def _forgotten(method: Method, record: RunRecord) -> str:
    load, outcome = method.load, record.outcome
    if outcome and outcome.accepted:
        if outcome.rejected <= load.tolerate:
            loaded = number_of(outcome.written, "item")
            return _told(f"{loaded} loaded; AWS no longer knows the operation", outcome)
        raise LoadFailed(
            f"load {load.name} into {load.table} is not good: {outcome.rejected:,} rejected "
            f"({load.tolerate:,} tolerated), and AWS no longer knows the operation; fix the rejected "
            "rows and run `pulumi up` again"
        )
    verdict = f"unknown: AWS no longer knows {record.operation}"
    _keep(method, record.ended(Outcome(good=False, verdict=verdict)))
    raise LoadFailed(
        f"load {load.name} into {load.table} is not good: {verdict}; run `pulumi up` to load again"
    )


def _success(outcome: Outcome) -> str:
    failed = f", {outcome.refused:,} condition failed" if outcome.refused else ""
    rejected = f", {outcome.rejected:,} rejected and tolerated" if outcome.rejected else ""
    loaded = number_of(outcome.written, "item")
    return f"{loaded} loaded in {outcome.seconds:,.1f} s{failed}{rejected}"


def _told(text: str, outcome: Outcome) -> str:
    return Doubtful(f"{text}; {outcome.verdict}") if outcome.not_counted else text


def _failure(method: Method, verdict: Verdict, examples: tuple[str, ...]) -> str:
    load = method.load
    lines = [f"load {load.name} into {load.table} is not good: {'; '.join(verdict.reasons)}"]
    lines += [f"  {line}" for line in examples]
    lines.append("  Items already written are kept. Fix the rejected rows and run `pulumi up` again.")
    return "\n".join(lines)
