"""`bulk report` of loads that ran: what their records, their journal, their operation and CloudWatch give."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bulk_testing.command import bulk, deployed
from bulk_testing.fast_stage import BAD, LOAD, FastMethod, FastStage, lines
from bulk_testing.writes_stage import WritesStage
from dynamodb_bulk.aws import clock
from dynamodb_bulk.loads.last_run import table_metrics
from dynamodb_bulk.report.metrics import read_series
from dynamodb_bulk.spec.errors import LoadFailed
from local_aws.testing.fault_proxy import FaultProxy, fault_proxy
from local_aws.testing.stage import Stage


@pytest.fixture
def there(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stage:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.chdir(tmp_path)
    return Stage(server, "ap-southeast-3")


def put_units(stage: Stage, table: str, at: datetime, units: float) -> None:
    stage.client("cloudwatch").put_metric_data(
        Namespace="AWS/DynamoDB",
        MetricData=[
            {
                "MetricName": "ConsumedWriteCapacityUnits",
                "Dimensions": [{"Name": "TableName", "Value": table}],
                "Timestamp": at,
                "Value": units,
            }
        ],
    )


def test_report_of_a_load_by_writes_has_its_cost_and_its_figures(
    there: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = WritesStage(there, tmp_path)
    there.table(writes.table)
    writes.count(20)
    writes.up()
    put_units(there, writes.table, datetime.now(UTC), 600)
    deployed(tmp_path, monkeypatch, writes.load(), there.region)
    ended = bulk("report", LOAD, "--html", "page.html", "--markdown", "page.md")
    assert (ended.returncode, ended.stdout) == (0, "report: page.html\nreport: page.md\n"), ended.stderr
    page = (tmp_path / "page.html").read_text()
    assert "Consumed write capacity: at most 10.0 write units per second, 600 in all" in page
    assert "20 write units that DynamoDB counted" in page
    assert "| items written | 20 |" in (tmp_path / "page.md").read_text()


@pytest.fixture
def wrong_clock(there: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    with fault_proxy(there.url) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        yield proxy
    monkeypatch.setattr(clock, "_ahead", timedelta())


@pytest.mark.parametrize(("hours", "minutes", "points"), [(-1, 30, 3), (1, -30, 1)])
def test_points_are_as_long_as_cloudwatch_has_them_by_the_clock_of_aws(
    there: Stage, wrong_clock: FaultProxy, tmp_path: Path, hours: int, minutes: int, points: int
) -> None:
    """CloudWatch has points of a minute for 15 days, which were over by this machine's clock, or not yet."""
    wrong_clock.ahead = timedelta(hours=hours)
    aws = WritesStage(there, tmp_path).aws
    aws.sts.get_caller_identity()
    old = datetime.now(UTC) + timedelta(hours=hours, days=-15, minutes=minutes)
    began = old - timedelta(minutes=old.minute % 5, seconds=old.second, microseconds=old.microsecond)
    name = f"old-{minutes}"
    for minute in range(3):
        put_units(there, name, began + timedelta(minutes=minute), 60)
    [found] = read_series(table_metrics(name), began, began + timedelta(minutes=3), aws)
    assert (len(found.points), found.total) == (points, 180)


@pytest.mark.parametrize("method", ["native", "bulk_put"])
def test_report_of_an_operation_says_what_it_rejected_and_what_is_not_known(
    there: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: FastMethod
) -> None:
    fast = FastStage(there, tmp_path, method)
    fast.fill("one", lines(2, "new") + BAD)
    with pytest.raises(LoadFailed):
        fast.run("one")
    deployed(tmp_path, monkeypatch, fast.load("one").load, there.region)
    assert bulk("report", "--html", "page.html").returncode == 0
    page = (tmp_path / "page.html").read_text()
    assert "<title>orders: not good</title>" in page
    assert "a.json, line 3" in page
    assert "No figures: CloudWatch: it has no figures of this time" in page
    assert ("GB read by ImportTable" in page) == (method == "native")


def test_report_says_which_files_cannot_be_read(
    there: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = FastStage(there, tmp_path, "bulk_put")
    fast.fill("one", lines(2, "new"))
    fast.record("one", 2, outcome={"good": True, "verdict": "good", "written": 2})
    deployed(tmp_path, monkeypatch, fast.load("one").load, there.region)
    (tmp_path / "a.json").unlink()
    assert bulk("report", "--html", "page.html").returncode == 0
    assert "The files cannot be read: " in (tmp_path / "page.html").read_text()


def test_report_is_refused_for_a_named_load_that_has_not_run(
    there: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = FastStage(there, tmp_path, "bulk_put")
    fast.fill("one", lines(2, "new"))
    deployed(tmp_path, monkeypatch, fast.load("one").load, there.region)
    named = bulk("report", LOAD, "--html", "page.html")
    assert (named.returncode, named.stderr) == (2, "error: load orders: has not run; run `pulumi up` first\n")
    every = bulk("report", "--html", "page.html")
    assert (every.returncode, every.stdout) == (0, "no load has run: nothing to report\n")
    assert bulk("report", LOAD).returncode == 2
    assert not (tmp_path / "page.html").exists()


def test_points_are_of_longer_periods_when_the_load_took_long(there: Stage, tmp_path: Path) -> None:
    writes = WritesStage(there, tmp_path)
    began = datetime.now(UTC) - timedelta(days=2)
    for hour in range(48):
        put_units(there, "long", began + timedelta(hours=hour), 1500)
    [found] = read_series(table_metrics("long"), began, datetime.now(UTC), writes.aws)
    assert found.total == 48 * 1500
    assert {value for _, value in found.points} == {1.0}
