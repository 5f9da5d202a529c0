"""Runs one import or bulk put: begins or resumes, follows, judges. Safe to repeat at any point."""

from typing import Any

from dynamodb_bulk.aws.polling import await_turn, poll
from dynamodb_bulk.aws.records import Superseded
from dynamodb_bulk.loads.fixed_rows import refuse_partly_fixed
from dynamodb_bulk.loads.listing import changed_objects
from dynamodb_bulk.loads.load import Doubtful, StagedLoad
from dynamodb_bulk.loads.operation import LoadOperation
from dynamodb_bulk.loads.row_counts import count_dataset, too_large_to_count
from dynamodb_bulk.loads.run_record import Outcome, RunRecord
from dynamodb_bulk.loads.started import OperationState
from dynamodb_bulk.loads.verdict import Counted, not_good
from dynamodb_bulk.one_line import unless_denied
from dynamodb_bulk.spec.errors import LoadFailed
from dynamodb_bulk.spec.text import number_of

Run = LoadOperation[Any]


def run_operation(run: Run, digest: str, *, wait: bool = True) -> str:
    """Bring the operation to the end of a run for this digest, and judge it.

    One that ended well is left alone; one that is in progress for the digest is resumed; one that must fail
    again is judged again; otherwise a new one begins, when nothing of the load runs any more. Says how it
    went; raise LoadFailed unless every row is accounted for.
    """
    load = run.load
    if loaded := _loaded_before(run, digest):
        return _reported(
            f"{number_of(loaded.written, 'item')} loaded before; nothing has changed since", loaded
        )
    run.check.settle(run.report)
    with run.check.unchanged():
        counted = count_dataset(
            run.check.dataset,
            run.aws,
            run.report,
            method=load.method,
            up_to=load.most_counted,
            watch=run.watch,
            refuse=run.check.refuse,
            by=load.by,
        )
        run.check_files(counted)
    record = _begun(run, digest, counted)
    if not wait:
        return f"started; follow it with `bulk watch {load.name}`"
    refuse_partly_fixed(load, record, tolerate=load.tolerate)
    return conclude(run, record, counted)


def resume_operation(run: Run) -> str:
    """Follow the last run to its end and judge it by what its files held when it began.

    Raise LoadFailed as `run_operation` does, and when there was no run.
    """
    load = run.load
    record = _last_run(run)
    if record is None or not record.operation:
        raise LoadFailed(f"load {load.name}: not started; run `pulumi up`")
    if record.unfixed and record.outcome:  # the operation knows nothing of rows that were fixed since
        return record.outcome.verdict
    return conclude(run, record, record.counted)


def conclude(run: Run, record: RunRecord, counted: Counted) -> str:
    """Follow the operation to its end, judge it, and keep the verdict."""
    load = run.load
    state = follow(run, record.operation, counted)
    _insist_on_last_run(run, record)
    if state is None:
        return _forgotten(run, record)
    unsure = (*state.not_known, *changed_objects(record.listing, run.aws))
    verdict, fates = run.judge(load, state, counted).with_reasons(unsure), state.fates(load.files, counted)
    bad = state.errors > 0 or state.status != "COMPLETED"
    examples = (
        *(counted.examples if bad or counted.duplicates else ()),
        *(unless_denied(lambda: run.error_examples(record.operation), lambda why: (why,)) if bad else ()),
    )
    if not verdict.reasons and not (record.outcome and record.outcome.accepted):
        run.complete()
    permanent = bool(verdict.reasons) and not unsure and run.permanent(state)
    outcome = Outcome.of(verdict, fates, state.seconds, permanent=permanent)
    _keep(run, record.ended(outcome, table_id=state.table_id))
    if verdict.reasons:
        raise not_good(load, verdict.words, examples)
    lines = [outcome.loaded("item"), *(f"  tolerated: {line}" for line in examples)]
    return _reported("\n".join(lines), outcome)


def follow(run: Run, operation: str, counted: Counted) -> OperationState | None:
    """Watch until it has ended, and read its report; None when AWS has forgotten it.

    Raise LoadFailed past the load's limit.
    """

    def look() -> OperationState | None:
        state = run.started.describe(operation)
        if state is not None:
            run.report(run.progress(state, counted))
        return state

    state = poll(
        look,
        lambda seen: seen is None or seen.ended,
        limit_seconds=run.load.limit_minutes * 60,
        what=f"load {run.load.name}",
        report=run.report,
    )
    return state and run.finish(state)


def _loaded_before(run: Run, digest: str) -> Outcome | None:
    """How the last run ended, when it was for this digest and is good enough.

    One whose rows were not counted is judged again where they may be counted now.
    """
    load = run.load
    last = RunRecord.read(load.records_bucket, load.name, run.aws)
    if last is None or last.outcome is None or not _is_this_run(last, load, digest):
        return None
    if last.outcome.not_counted and not too_large_to_count(run.dataset, run.aws, load.most_counted):
        return None
    return last.accepted(load.tolerate)


def _begun(run: Run, digest: str, counted: Counted) -> RunRecord:
    load = run.load
    while True:
        last = _last_run(run)
        record = last if last and _is_this_run(last, load, digest) else None
        if record and record.operation:
            return record.recounted(counted)
        if record:  # whoever wrote it has ended what ran before, and may be beginning it
            break
        unended = run.started.unended(last)
        if unended and RunRecord.read(load.records_bucket, load.name, run.aws) != last:
            continue  # someone else was faster, and one of these may be theirs
        run.started.end_all(unended, run.report, limit_seconds=load.limit_minutes * 60)
        ended = last and _superseded(run, last)
        try:
            clears = run.check_the_way(ended)
        except LoadFailed:
            if RunRecord.read(load.records_bucket, load.name, run.aws) == last:
                raise
            continue  # someone else was faster, and their run stands in the way
        record = RunRecord.following(
            ended,
            digest,
            clears=clears,
            listing=run.check.listing,
            table=load.table,
            table_generation=run.table_generation,
        ).recounted(counted)
        try:
            record.write_after(last, load.records_bucket, load.name, run.aws)
        except Superseded:
            continue  # someone else was faster: its run is followed where it is of the same data
        break
    run.check_limits()
    if record.clears:
        run.clear_the_way(record.clears)
    operation = await_turn(
        lambda: run.begin(record.token),
        limit_seconds=load.limit_minutes * 60,
        what=f"load {load.name}",
        report=run.report,
    )
    _insist_on_last_run(run, record)
    return _keep(run, record.model_copy(update={"operation": operation}))


def _last_run(run: Run) -> RunRecord | None:
    """The record of the last run, with its operation also when an `up` could not record it."""
    last = RunRecord.read(run.load.records_bucket, run.load.name, run.aws)
    found = last and run.started.recovered(last)
    return _keep(run, found) if found and found != last else last


def _superseded(run: Run, record: RunRecord) -> RunRecord:
    """The record of a run for older data that has ended; an import that ran to its end may be good."""
    state = run.started.describe(record.operation) if record.operation and not record.outcome else None
    if state is None:
        return record
    good = not run.started.cancels and run.judge(run.load, state, record.counted).good
    outcome = Outcome(good=good, verdict="superseded by newer data", written=state.written)
    return record.ended(outcome, table_id=state.table_id)


def _is_this_run(record: RunRecord, load: StagedLoad, digest: str) -> bool:
    same = record.digest == digest and record.table == load.table
    return same and (record.outcome is None or record.outcome.accepted or record.outcome.permanent)


def _keep(run: Run, record: RunRecord) -> RunRecord:
    return record.write(run.load.records_bucket, run.load.name, run.aws)


def _insist_on_last_run(run: Run, record: RunRecord) -> None:
    """Raise LoadFailed where another process started a run meanwhile: its record is not written over."""
    load = run.load
    last = RunRecord.read(load.records_bucket, load.name, run.aws)
    if last is None or last.token != record.token:
        raise LoadFailed(
            f"load {load.name}: its record belongs to a different run, or does not exist; see `bulk status`"
        )


def _forgotten(run: Run, record: RunRecord) -> str:
    load, outcome = run.load, record.outcome
    if outcome and outcome.accepted:
        if outcome.rejected <= load.tolerate:
            loaded = number_of(outcome.written, "item")
            return _reported(f"{loaded} loaded; AWS no longer knows the operation", outcome)
        rejected = f"{outcome.rejected:,} rejected ({load.tolerate:,} tolerated)"
        raise not_good(load, f"{rejected}, and AWS no longer knows the operation")
    verdict = f"unknown: AWS no longer knows {record.operation}"
    _keep(run, record.ended(Outcome(good=False, verdict=verdict)))
    raise not_good(load, verdict, remedy="Run `pulumi up` to load again.")


def _reported(text: str, outcome: Outcome) -> str:
    return Doubtful(f"{text}; {outcome.verdict}") if outcome.not_counted else text
