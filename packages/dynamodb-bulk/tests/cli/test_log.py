"""The log is one line an event, and holds neither rows nor credentials."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from bulk_testing.command import bulk, deployed
from bulk_testing.writes_stage import WritesStage
from dynamodb_bulk.aws.call_log import LOGGER
from local_aws.testing.stage import Stage

SECRET = "AKIAEXAMPLESECRET"


@pytest.fixture
def deployed_stage(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WritesStage]:
    """A stack that has loaded a row; the log is as it was, afterwards."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    writes = WritesStage(stage, tmp_path)
    stage.table(writes.table)
    writes.rows(("row-key", 1, "row-text"))
    writes.up()
    deployed(tmp_path, monkeypatch, writes.load(), stage.region)
    before = LOGGER.handlers, LOGGER.level
    yield writes
    LOGGER.handlers, LOGGER.level = before


def test_log_has_an_object_per_event_and_no_data(
    deployed_stage: WritesStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    ran = bulk("--log-level", "debug", "--log-format=json", "verify", "orders")
    assert ran.returncode == 0, ran.stderr
    events = [json.loads(line) for line in ran.stderr.splitlines() if line.startswith("{")]
    calls = [one for one in events if one["event"] == "call"]
    assert {"GetObject", "Scan"} <= {one["operation"] for one in calls}
    assert all(one["status"] and one["milliseconds"] >= 0 for one in calls)
    assert (events[-1]["event"], events[-1]["command"], events[-1]["exit_code"]) == ("ended", "verify", 0)
    assert not [text for text in ("row-key", "row-text", SECRET) if text in ran.stderr]


def test_log_leaves_out_what_is_below_its_level(deployed_stage: WritesStage) -> None:
    ran = bulk("--log-level", "info", "status")
    lines = [line for line in ran.stderr.splitlines() if " info ended " in line or " debug " in line]
    assert len(lines) == 1
    assert lines[0].startswith("20")


def test_command_logs_nothing_when_not_asked(deployed_stage: WritesStage) -> None:
    assert bulk("status").stderr == ""
    assert LOGGER.level == logging.NOTSET


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--log-level", "loud"), "give one of debug, info, warning, error"),
        (("--log-format=xml", "status"), "give one of text, json"),
        (("--log-level",), "missing value"),
    ],
)
def test_command_refuses_a_log_option_that_it_does_not_know(options: tuple[str, ...], said: str) -> None:
    refused = bulk(*options)
    assert refused.returncode == 2
    assert said in refused.stderr
