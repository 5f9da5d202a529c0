"""An operation is followed and judged, and what cannot be known of it is never good."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bulk_testing.fast_stage import BAD, LOAD, FastMethod, FastStage, lines
from bulk_testing.lost import deny
from dynamodb_bulk.loads.operation_runner import resume_operation, run_operation
from dynamodb_bulk.loads.run_record import Outcome, RunRecord, reports_prefix
from dynamodb_bulk.loads.started import OperationState, has_ended
from dynamodb_bulk.loads.verdict import Counted
from dynamodb_bulk.spec.errors import LoadFailed
from local_aws.testing.fault_proxy import fault_proxy
from local_aws.testing.stage import Stage

REGION = "ap-northeast-3"
NOW = datetime(2026, 11, 27, tzinfo=UTC)
FORGOTTEN = {
    "native": "arn:aws:dynamodb:ap-northeast-3:123456789012:table/orders/import/01700000000000-0a0b0c0d",
    "bulk_put": "arn:aws:dynamodb:ap-northeast-3:123456789012:bulk-operation/01700000000000-0a0b0c0d",
}


@pytest.fixture
def there(server: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    return Stage(server, REGION)


@pytest.mark.parametrize(
    ("status", "end", "ended"),
    [
        ("IN_PROGRESS", None, False),
        ("CANCELLING", None, False),
        ("COMPLETED", NOW, True),
        ("CANCELLED", None, True),
        ("PAUSED", None, False),
        ("ROLLED_BACK", NOW, True),
        ("", None, False),
    ],
)
def test_operation_has_ended_when_its_status_or_its_end_says_so(
    status: str, end: datetime | None, ended: bool
) -> None:
    assert has_ended(status, end) is ended


@pytest.mark.parametrize(("method", "start"), [("native", "ImportTable"), ("bulk_put", "StartBulkPutItems")])
def test_load_waits_for_its_turn_when_aws_runs_as_many_as_it_allows(
    there: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: FastMethod, start: str
) -> None:
    said: list[str] = []
    once = {"retries": {"total_max_attempts": 1}}  # botocore waits for its turn, too
    monkeypatch.setattr("dynamodb_bulk.aws.clients._CONFIG", once)
    with fault_proxy(there.url) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        fast = FastStage(there, tmp_path, method)
        fast.fill("new", lines(2, "new"))
        proxy.fail(start, (400, "LimitExceededException"), times=2)
        fast.run("new", said.append)
    assert fast.values() == {"new": 2}
    assert sum(line.startswith("waiting for another one to end") for line in said) == 2


@pytest.mark.parametrize("method", ["native", "bulk_put"])
def test_load_begins_nothing_when_there_are_more_objects_than_aws_accepts(
    there: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: FastMethod
) -> None:
    fast = FastStage(there, tmp_path, method)
    fast.fill("new", lines(2, "new"))
    load = fast.load("new")
    monkeypatch.setattr(load, "stored_sizes", [1] * 50_001)
    with pytest.raises(LoadFailed, match=r"load orders: 50,001 objects, at most 50,000 are accepted; split"):
        run_operation(load, "new")
    assert fast.kept().operation == ""


@pytest.mark.parametrize("method", ["native", "bulk_put"])
def test_load_is_not_good_when_its_status_is_not_known(
    there: Stage, tmp_path: Path, method: FastMethod
) -> None:
    fast = FastStage(there, tmp_path, method)
    fast.fill("old", lines(2, "old"))
    load = fast.load("old")
    state = OperationState(status="ROLLED_BACK", ended=True, processed=2, written=2)
    assert not load.judge(load.load, state, Counted(rows=2)).good


@pytest.mark.parametrize("method", ["native", "bulk_put"])
def test_load_is_not_good_and_runs_again_when_aws_has_forgotten_its_operation(
    there: Stage, tmp_path: Path, method: FastMethod
) -> None:
    fast = FastStage(there, tmp_path, method)
    fast.fill("old", lines(2, "old"))
    fast.record("old", 2, operation=FORGOTTEN[method])
    with pytest.raises(LoadFailed, match="AWS no longer knows"):
        fast.run("old")
    kept = fast.kept()
    assert kept.outcome
    assert not kept.outcome.good
    fast.run("old")
    assert fast.kept().earlier == (FORGOTTEN[method],)
    assert fast.values() == {"old": 2}


@pytest.mark.parametrize(("tolerate", "good"), [(1, True), (0, False)])
def test_load_is_judged_by_its_record_when_aws_has_forgotten_one_that_was_good(
    there: Stage, tmp_path: Path, tolerate: int, good: bool
) -> None:
    fast = FastStage(there, tmp_path, "bulk_put")
    fast.fill("old", lines(2, "old"))
    outcome = Outcome(good=True, verdict="good", written=2, rejected=1)
    record = fast.record("old", 3, operation=FORGOTTEN["bulk_put"], outcome=outcome)
    load = fast.load("old", tolerate=tolerate)
    if good:
        assert resume_operation(load).startswith("2 items loaded")
    else:
        with pytest.raises(LoadFailed, match=r"1 rejected \(0 tolerated\)"):
            resume_operation(load)
    assert fast.kept() == record


@pytest.mark.parametrize("method", ["native", "bulk_put"])
def test_outcome_is_not_recorded_when_a_different_run_has_replaced_it(
    there: Stage, tmp_path: Path, method: FastMethod
) -> None:
    fast = FastStage(there, tmp_path, method)
    fast.fill("old", lines(2, "old"))
    other = RunRecord(digest="new", rows_in_files=1, run_suffix="other", table=fast.table)

    def report(text: str) -> None:
        if "items" in text or text.startswith("importing"):
            other.write(there.bucket, LOAD, fast.aws)

    with pytest.raises(LoadFailed, match="its record belongs to a different run"):
        fast.run("old", report)
    assert fast.kept() == other


def put_with_conditions(fast: FastStage, *, bad: bool) -> None:
    """Three items, of which one fails its condition, and one that cannot be written; put, and not judged."""
    condition = {"ConditionExpression": "attribute_not_exists(id)"}
    conditional = [json.dumps(json.loads(line) | condition) + "\n" for line in lines(3, "old").splitlines()]
    fast.stage.dynamodb.put_item(TableName=fast.table, Item={"id": {"S": "k0"}, "v": {"S": "older"}})
    text = lines(3, "old") + (BAD if bad else "")
    fast.fill("old", text)
    body = "".join(conditional) + (BAD if bad else "")
    fast.stage.s3.put_object(Bucket=fast.stage.bucket, Key="old/a.json", Body=body.encode())
    run = fast.record("old", 3 + bad)
    fast.ended(fast.start("old", run.token))


def one_too_few(content: bytes) -> bytes:
    return gzip.compress(b"".join(gzip.decompress(content).splitlines(keepends=True)[1:]))


@pytest.mark.parametrize(
    ("part", "damage"),
    [
        ("condition", lambda _: b"<html>no</html>"),
        ("condition", lambda content: content[:-9]),
        ("condition", one_too_few),
        ("condition", None),
        ("error", lambda _: b"<html>no</html>"),
        ("error", lambda content: content[:-9]),
        ("error", one_too_few),
        ("error", None),
        ("manifest", lambda _: b"<html>no</html>"),
        ("manifest", lambda content: content[:-9]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bulk_put_is_not_good_until_its_report_can_be_read(
    there: Stage, tmp_path: Path, part: str, damage: Callable[[bytes], bytes] | None
) -> None:
    fast = FastStage(there, tmp_path, "bulk_put", condition="attribute_not_exists(id)")
    put_with_conditions(fast, bad=True)
    (key,) = (key for key in reported(fast) if part in key)
    whole = there.s3.get_object(Bucket=there.bucket, Key=key)["Body"].read()
    if damage:
        there.s3.put_object(Bucket=there.bucket, Key=key, Body=damage(whole))
    else:
        there.s3.delete_object(Bucket=there.bucket, Key=key)
    with pytest.raises(LoadFailed, match=r"are unknown: .*run `bulk watch orders` to read the report again"):
        run_operation(fast.load("old", tolerate=1), "old")
    kept = fast.kept()
    assert kept.outcome
    assert (kept.outcome.good, kept.outcome.permanent) == (False, False)

    there.s3.put_object(Bucket=there.bucket, Key=key, Body=whole)
    assert "2 items loaded" in resume_operation(fast.load("old", tolerate=1))
    kept = fast.kept()
    assert kept.outcome
    assert (kept.outcome.good, kept.outcome.condition_failed, kept.outcome.rejected) == (True, 1, 1)


def test_bulk_put_with_a_condition_is_not_good_when_its_report_is_missing(
    there: Stage, tmp_path: Path
) -> None:
    fast = FastStage(there, tmp_path, "bulk_put", condition="attribute_not_exists(id)")
    put_with_conditions(fast, bad=False)
    for key in reported(fast):
        there.s3.delete_object(Bucket=there.bucket, Key=key)
    with pytest.raises(LoadFailed, match=r"are unknown: s3://.*AWS wrote no report here"):
        fast.run("old")


def reported(fast: FastStage) -> list[str]:
    """The keys of the load's reports."""
    found = fast.stage.s3.list_objects_v2(Bucket=fast.stage.bucket, Prefix=reports_prefix(LOAD))
    return [each["Key"] for each in found.get("Contents", [])]


def test_verdict_is_kept_and_told_when_the_error_log_may_not_be_read(there: Stage, tmp_path: Path) -> None:
    fast = FastStage(there, tmp_path, "native")
    fast.fill("one", lines(2, "new") + BAD)
    deny(fast.aws.logs, "FilterLogEvents")
    with pytest.raises(LoadFailed) as failed:
        fast.run("one")
    assert "1 of 3 rows" in str(failed.value)
    assert "AWS refused FilterLogEvents: AccessDeniedException: said by AWS; allow it in" in str(failed.value)
    outcome = fast.kept().outcome
    assert outcome
    assert outcome.rejected == 1
