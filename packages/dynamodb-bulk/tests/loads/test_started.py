"""A load whose last run may have started an operation and did not record it, in every state of that."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, get_args

import pytest

from bulk_testing.fast_stage import BAD, LOAD, FastMethod, FastStage, lines
from dynamodb_bulk.spec.errors import LoadFailed
from local_aws.testing.stage import Stage

REGION = "ap-northeast-2"
State = Literal["running", "running, to end badly", "ended well", "ended badly", "never started"]
# Enough that an operation is in progress for a while.
MANY = {"native": 6_000, "bulk_put": 2_500}
FEW = 3


@pytest.fixture
def there(server: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    return Stage(server, REGION)


def arranged(fast: FastStage, state: State) -> str:
    """A record without an operation, and the operation that its token started in this state, if any."""
    many = MANY[fast.method] if state.startswith("running") else FEW
    bad = BAD if state.endswith("badly") else ""
    fast.fill("old", lines(many, "old") + bad)
    run = fast.record("old", many + bool(bad))
    if state == "never started":
        return ""
    operation = fast.start("old", run.token, slowly=True)
    if state.startswith("running"):
        assert fast.status(operation) == "IN_PROGRESS"
        return operation
    return fast.ended(operation)


def outcome_of(fast: FastStage, digest: str) -> str:
    """Run the load; `good`, or what failed."""
    try:
        fast.run(digest)
    except LoadFailed as error:
        return str(error)
    return "good"


@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("method", get_args(FastMethod))
def test_unrecorded_operation_is_resumed_when_the_data_is_the_same(
    there: Stage, tmp_path: Path, method: FastMethod, state: State
) -> None:
    fast = FastStage(there, tmp_path, method)
    begun = arranged(fast, state)
    went = outcome_of(fast, "old")
    kept = fast.kept()
    assert kept.outcome
    assert kept.outcome.good is (went == "good") is (not state.endswith("badly"))
    assert kept.operations == ((begun,) if begun else (kept.operation,))
    assert fast.values() == {"old": MANY[method] if state.startswith("running") else FEW}


@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("method", get_args(FastMethod))
def test_unrecorded_operation_is_superseded_when_the_data_changed(
    there: Stage, tmp_path: Path, method: FastMethod, state: State
) -> None:
    fast = FastStage(there, tmp_path, method)
    under_way = method == "bulk_put" and state.startswith("running")
    with there.held(most=1) if under_way else nullcontext():
        begun = arranged(fast, state)
        fast.fill("new", lines(2, "new"))
        went = outcome_of(fast, "new")
    kept = fast.kept()
    if method == "native" and state in ("running", "ended well"):
        # A good import is kept, as it is when an `up` has judged it.
        assert "`reload: replace`" in went
        assert (kept.digest, kept.operations) == ("old", (begun,))
        assert set(fast.values()) == {"old"}
        return
    assert went == "good"
    assert kept.earlier == ((begun,) if begun else ())
    assert fast.values()["new"] == 2
    if begun:
        assert fast.status(begun) not in ("IN_PROGRESS", "CANCELLING")
    if begun and under_way:
        assert fast.status(begun) == "CANCELLED"
    if method == "native":
        assert fast.values() == {"new": 2}


def test_bulk_put_of_the_load_is_ended_when_only_earlier_runs_or_its_report_tell_of_it(
    there: Stage, tmp_path: Path
) -> None:
    fast = FastStage(there, tmp_path, "bulk_put")
    fast.fill("old", lines(3, "old"))
    with there.held(most=3) as waiting:
        superseded = fast.start("old", there.named("earlier"), load="elsewhere")
        lost = fast.start("old", there.named("lost"))
        others = fast.start("old", there.named("others"), load=f"{LOAD}-2")
        there.until(lambda: waiting() == 3)
        fast.record("older", 1, earlier=(superseded,))
        fast.fill("new", lines(2, "new"))
        assert outcome_of(fast, "new") == "good"
        assert (fast.status(superseded), fast.status(lost)) == ("CANCELLED", "CANCELLED")
        assert fast.status(others) == "IN_PROGRESS"
        there.dynamodb.cancel_bulk_operation(BulkOperationArn=others)


def test_recorded_bulk_put_is_awaited_when_an_up_died_while_it_was_cancelled(
    there: Stage, tmp_path: Path
) -> None:
    fast = FastStage(there, tmp_path, "bulk_put")
    fast.fill("old", lines(3, "old"))
    with there.held():
        operation = fast.start("old", there.named("dying"))
        fast.record("old", 3, operation=operation)
        there.dynamodb.cancel_bulk_operation(BulkOperationArn=operation)
    fast.fill("new", lines(2, "new"))
    assert outcome_of(fast, "new") == "good"
    assert fast.status(operation) == "CANCELLED"
    assert fast.values()["new"] == 2


@pytest.mark.parametrize("method", get_args(FastMethod))
def test_unrecorded_operation_is_found_when_it_is_not_on_the_first_page(
    there: Stage, tmp_path: Path, method: FastMethod
) -> None:
    fast = FastStage(there, tmp_path, method)
    begun = arranged(fast, "ended well")
    others = FastStage(Stage(there.url, REGION), tmp_path, method)
    others.stage.bucket = "no-such-bucket"  # so that they end at once
    for number in range(26):
        if method == "native":  # each import makes a table
            others.table = others.stage.named(f"page-{number}")
        operation = others.start("old", others.stage.named(f"page-{number}"))
        if method == "bulk_put":  # five may run on a table
            others.ended(operation)
    assert outcome_of(fast, "old") == "good"
    assert fast.kept().operations == (begun,)


@pytest.mark.parametrize(
    ("method", "operation"), [("native", "ListImports"), ("bulk_put", "ListBulkOperations")]
)
def test_load_starts_nothing_when_it_may_not_look_for_earlier_operations(
    there: Stage, tmp_path: Path, method: FastMethod, operation: str
) -> None:
    fast = FastStage(there, tmp_path, method)
    fast.fill("old", lines(FEW, "old"))
    fast.record("old", FEW)
    denied = (SimpleNamespace(status_code=400), {"Error": {"Code": "AccessDeniedException", "Message": "no"}})
    handler: Any = lambda **_: denied  # noqa: E731 - its type says that it returns nothing
    fast.aws.dynamodb.meta.events.register_first(f"before-call.dynamodb.{operation}", handler)
    went = outcome_of(fast, "old")
    assert went.startswith(f"load {LOAD}: cannot check whether an earlier ")
    assert f"allow dynamodb:{operation}" in went
    assert fast.kept().operations == ()
