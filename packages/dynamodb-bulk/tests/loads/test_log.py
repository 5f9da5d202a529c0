"""The log of a load, in one form for all methods, and `bulk logs`."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bulk_testing.command import bulk, deployed
from bulk_testing.fast_stage import BAD, FastMethod, FastStage, lines
from dynamodb_bulk.loads.log import LogLine, LogReader
from dynamodb_bulk.spec.errors import LoadFailed
from local_aws.testing.stage import Stage

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_log_reader_gives_each_line_once_when_a_log_grows() -> None:
    log = [LogLine(text="a", time=NOON), LogLine(text="b", time=NOON)]

    def read(since: datetime | None) -> Iterator[LogLine]:
        return (line for line in log if since is None or (line.time and line.time >= since))

    reader = LogReader(read)
    assert [line.text for line in reader.new()] == ["a", "b"]
    assert list(reader.new()) == []
    log += [LogLine(text="c", time=NOON), LogLine(text="d", time=NOON + timedelta(seconds=1))]
    assert [line.text for line in reader.new()] == ["c", "d"]
    assert list(reader.new()) == []


def test_log_reader_gives_each_line_once_when_a_log_has_no_times() -> None:
    log = [LogLine(text="a")]
    reader = LogReader(lambda _: iter(log))
    assert [line.text for line in reader.new()] == ["a"]
    log.append(LogLine(text="a"))
    assert [line.text for line in reader.new()] == ["a"]


@pytest.mark.parametrize(
    ("method", "said"), [("native", "a.json, item 2: AWS says: "), ("bulk_put", "rejected: ")]
)
def test_logs_prints_what_aws_reported_of_rejected_items(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: FastMethod, said: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    there = Stage(server, "ap-northeast-3")
    fast = FastStage(there, tmp_path, method)
    fast.fill("one", lines(2, "new") + BAD)
    with pytest.raises(LoadFailed):
        fast.run("one")
    deployed(tmp_path, monkeypatch, fast.load("one").load, there.region)
    shown = bulk("logs", "orders", "--follow")
    assert shown.returncode == 0, shown.stderr
    [line] = shown.stdout.splitlines()
    assert said in line
    [entry] = map(json.loads, bulk("logs", "orders", "--json").stdout.splitlines())
    assert line.endswith(entry["text"])


def test_logs_says_so_when_aws_logged_nothing(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    there = Stage(server, "ap-northeast-3")
    fast = FastStage(there, tmp_path, "native")
    fast.fill("one", lines(2, "new"))
    fast.run("one")
    deployed(tmp_path, monkeypatch, fast.load("one").load, there.region)
    shown = bulk("logs", "orders")
    assert (shown.returncode, shown.stdout) == (0, "")
    assert shown.stderr == "load orders: AWS logged nothing\n"
