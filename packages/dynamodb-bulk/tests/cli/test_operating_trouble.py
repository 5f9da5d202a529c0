"""Each call of each command about a load fails once, and for good: one line, and never a false good."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bulk_testing.command import bulk, deployed
from bulk_testing.writes_stage import LOAD, WritesStage
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.source_digest import data_digest, source_contents
from local_aws.testing.fault_proxy import Fault, FaultProxy, fault_proxy
from local_aws.testing.stage import Stage

_GOOD = re.compile(r"(?<!not )\bgood\b")
COMMANDS: dict[str, tuple[str, ...]] = {
    "status": ("status",),
    "watch": ("watch", LOAD),
    "start": ("start", LOAD),
    "resume": ("resume", LOAD),
    "stop": ("stop", LOAD),
    "rejected": ("rejected", LOAD),
    "verify": ("verify", LOAD),
}
PASSING: tuple[Fault, ...] = (
    (500, "InternalError"),
    (503, "SlowDown"),
    (400, "ThrottlingException"),
    "reset",
    "hang",
)
LASTING: tuple[Fault, ...] = (
    (403, "AccessDenied"),
    (400, "ExpiredTokenException"),
    (500, "InternalError"),
    (400, "ThrottlingException"),
    "hang",
)


@pytest.fixture
def proxy(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """A stack whose load is good, behind a proxy; nobody waits between attempts."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    writes = WritesStage(stage, tmp_path)
    stage.table(writes.table)
    writes.count(20)
    data = data_digest(source_contents(open_dataset(tmp_path / "dataset.yaml"), writes.aws))
    deployed(tmp_path, monkeypatch, writes.load(), stage.region, {"digest": data, "data": data})
    assert bulk("start", LOAD).returncode == 0
    config: dict[str, Any] = {
        "retries": {"mode": "standard", "total_max_attempts": 2},
        "connect_timeout": 0.5,
        "read_timeout": 0.5,
    }
    monkeypatch.setattr("dynamodb_bulk.aws.clients._CONFIG", config)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.0)
    monkeypatch.setattr("dynamodb_bulk.aws.polling.OUTAGE_SECONDS", -1)
    monkeypatch.setattr("dynamodb_bulk.loads.watching.OUTAGE_SECONDS", -1)
    monkeypatch.setattr("dynamodb_bulk.loads.watching.LOOK_SECONDS", 0)
    monkeypatch.setattr("dynamodb_bulk.aws.clients._READS", 1)
    with fault_proxy(stage.url) as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
        yield made


@pytest.mark.parametrize("command", COMMANDS)
def test_command_says_it_in_one_line_when_a_call_fails(proxy: FaultProxy, command: str) -> None:
    typed = COMMANDS[command]
    clean = bulk(*typed)
    assert clean.returncode == 0, clean.stderr
    calls = sorted({call.partition("?")[0] for call in proxy.calls})
    assert calls
    for number, call in enumerate(calls):
        passing = PASSING[number % len(PASSING)]
        proxy.fail(call, passing, times=1)
        again = bulk(*typed)
        assert again.returncode == 0, f"{call} {passing}: {again.stderr}"
        assert again.stdout.split() == clean.stdout.split() or command == "verify", call
        proxy.heal()
        for lasting in LASTING:
            proxy.fail(call, lasting)
            failed = bulk(*typed)
            proxy.heal()
            said = failed.stdout + failed.stderr
            where = f"{call} {lasting}: {said}"
            assert "Traceback" not in said, where
            if failed.returncode:
                assert failed.stderr.count("error: ") <= 1, where
                assert not _GOOD.search(failed.stdout), where
                assert said.strip(), where
            else:
                assert failed.stdout.split() == clean.stdout.split() or command == "verify", where


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("status", "nothing"), "load nothing: the stack does not have it; it has orders"),
        (("watch", "nothing"), "load nothing: the stack does not have it; it has orders"),
        (("start", "nothing"), "load nothing: the stack does not have it; it has orders"),
    ],
)
def test_command_names_the_loads_when_there_is_no_such_load(
    proxy: FaultProxy, arguments: tuple[str, ...], said: str
) -> None:
    refused = bulk(*arguments)
    assert (refused.returncode, refused.stderr) == (2, f"error: {said}\n")


def test_status_is_not_good_when_the_stack_is_of_another_region(proxy: FaultProxy, tmp_path: Path) -> None:
    state = tmp_path / "state"
    told = json.loads(state.read_text())
    told["deployment"]["resources"][0]["outputs"]["load"]["records_bucket"] = "another-bucket"
    state.write_text(json.dumps(told))
    shown = bulk("watch", LOAD)
    assert shown.returncode == 1
    assert "not started" in shown.stdout + shown.stderr
