"""Looks through outages, against local AWS behind a connection that fails."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import await_turn, persist, poll
from dynamodb_bulk.spec.errors import LoadFailed
from local_aws.testing.fault_proxy import Fault, FaultProxy, fault_proxy
from local_aws.testing.free_port import free_port
from local_aws.testing.stage import Stage

PASSING: list[Fault] = [
    "reset",
    "cut",
    "broken",
    "empty",
    "html",
    (400, "ThrottlingException"),
    (400, "ProvisionedThroughputExceededException"),
    (500, "InternalServerError"),
    (502, "BadGateway"),
    (503, "ServiceUnavailable"),
]
STAYING = [
    (400, "AccessDeniedException"),
    (400, "ResourceNotFoundException"),
    (400, "ValidationException"),
]


@pytest.fixture
def failing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """A connection on which botocore gives up after its second attempt, to be quick."""
    config = {"retries": {"total_max_attempts": 2}}
    monkeypatch.setattr("dynamodb_bulk.aws.clients._CONFIG", config)
    monkeypatch.setattr("dynamodb_bulk.aws.polling._FIRST_WAIT", 0.01)
    with fault_proxy(stage.url) as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
        yield made


@pytest.fixture
def table(stage: Stage, failing: FaultProxy) -> str:
    return stage.table()


def status(table: str, said: list[str], *, limit_seconds: float = 600) -> str | None:
    aws = Aws(region="eu-west-1")
    return poll(
        lambda: aws.dynamodb.describe_table(TableName=table)["Table"].get("TableStatus"),
        lambda seen: seen == "ACTIVE",
        limit_seconds=limit_seconds,
        what=f"table {table}",
        report=said.append,
    )


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_poll_continues_and_reports_it_when_aws_does_not_answer(
    failing: FaultProxy, table: str, fault: Fault
) -> None:
    said: list[str] = []
    failing.fail("DescribeTable", fault, times=5)
    assert status(table, said) == "ACTIVE"
    assert len(said) == 2
    assert all(line.startswith("AWS does not answer (") and "\n" not in line for line in said)
    assert len(failing.calls) == 6


@pytest.mark.parametrize("fault", STAYING, ids=str)
def test_poll_fails_at_the_first_answer_when_the_refusal_does_not_pass(
    failing: FaultProxy, table: str, fault: Fault
) -> None:
    said: list[str] = []
    failing.fail("DescribeTable", fault)
    with pytest.raises(ClientError, match=str(fault[1])):
        status(table, said)
    assert said == []
    assert len(failing.calls) == 1


@pytest.mark.parametrize("code", ["ExpiredTokenException", "ExpiredToken", "RequestExpired"])
def test_poll_says_that_aws_continues_when_the_credentials_expired(
    failing: FaultProxy, table: str, code: str
) -> None:
    failing.fail("DescribeTable", (400, code))
    with pytest.raises(LoadFailed, match=f"table {table}: the credentials expired") as caught:
        status(table, [])
    assert "run the command again, which resumes" in str(caught.value)
    assert len(failing.calls) == 1


def test_await_turn_waits_while_aws_runs_as_many_as_it_allows(failing: FaultProxy, table: str) -> None:
    said: list[str] = []
    aws = Aws(region="eu-west-1")
    failing.fail("DescribeTable", (400, "LimitExceededException"), times=5)
    found = await_turn(
        lambda: aws.dynamodb.describe_table(TableName=table)["Table"].get("TableName"),
        limit_seconds=600,
        what="load x",
        report=said.append,
    )
    assert found == table
    assert len(said) == 2
    assert said[0].startswith("waiting for another one to end: AWS runs as many at once as it allows")


def test_await_turn_ends_at_its_limit_and_at_every_other_refusal(failing: FaultProxy, table: str) -> None:
    aws = Aws(region="eu-west-1")

    def begin() -> object:
        return aws.dynamodb.describe_table(TableName=table)

    failing.fail("DescribeTable", (400, "LimitExceededException"))
    with pytest.raises(LoadFailed, match="load x, waiting to begin: still running after 0 minutes"):
        await_turn(begin, limit_seconds=0, what="load x", report=lambda _: None)
    failing.fail("DescribeTable", (400, "ValidationException"))
    with pytest.raises(ClientError, match="ValidationException"):
        await_turn(begin, limit_seconds=600, what="load x", report=lambda _: None)


def test_poll_fails_with_one_line_when_the_outage_is_too_long(
    failing: FaultProxy, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynamodb_bulk.aws.polling.OUTAGE_SECONDS", 0)
    failing.fail("DescribeTable", (503, "ServiceUnavailable"))
    with pytest.raises(LoadFailed, match="AWS did not answer for 0 minutes") as caught:
        status(table, [])
    assert "\n" not in str(caught.value)


def test_poll_fails_at_the_limit_of_the_load_when_the_outage_continues(
    failing: FaultProxy, table: str
) -> None:
    failing.fail("DescribeTable", "reset")
    with pytest.raises(LoadFailed, match="still running"):
        status(table, [], limit_seconds=0)


def test_poll_continues_when_nothing_listens_for_a_while(
    failing: FaultProxy, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    ways = [f"http://127.0.0.1:{free_port()}", failing.url]

    def look() -> str | None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", ways.pop(0))
        return Aws(region="eu-west-1").dynamodb.describe_table(TableName=table)["Table"].get("TableStatus")

    poll(look, bool, limit_seconds=600, what="table", report=said.append)
    assert len(said) == 1
    assert said[0].startswith("AWS does not answer (Could not connect to the endpoint URL")


def test_persist_repeats_the_work_when_aws_does_not_answer(failing: FaultProxy, table: str) -> None:
    said: list[str] = []
    aws = Aws(region="eu-west-1")
    failing.fail("ListTables", "reset", times=3)
    found = persist(lambda: aws.dynamodb.list_tables()["TableNames"], what="load x", report=said.append)
    assert table in found
    assert len(said) == 1


def test_persist_repeats_the_work_when_its_own_failure_is_about_an_outage(failing: FaultProxy) -> None:
    aws = Aws(region="eu-west-1")
    failing.fail("ListTables", (400, "ThrottlingException"), times=3)

    def work() -> str:
        try:
            aws.dynamodb.list_tables()
        except ClientError as error:
            raise LoadFailed(f"AWS takes no import: {error}") from None
        return "good"

    assert persist(work, what="load x", report=lambda _: None) == "good"


def test_persist_raises_at_once_when_the_load_is_bad() -> None:
    runs: list[int] = []

    def work() -> None:
        runs.append(1)
        raise LoadFailed("2 rows rejected")

    with pytest.raises(LoadFailed, match="2 rows rejected"):
        persist(work, what="load x", report=lambda _: None)
    assert runs == [1]
