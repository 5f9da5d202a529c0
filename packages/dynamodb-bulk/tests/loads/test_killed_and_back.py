"""A command that is killed, or whose server goes away, at ten moments of a load: the table is exactly right.

Local AWS keeps what it holds in memory, so its own end is the end of the account. Gone and back means here
that nothing answers for a while.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bulk_testing.command import bulk, deployed
from bulk_testing.interrupted import PREFIX, Method, Walk
from bulk_testing.killed import killed_at
from dynamodb_bulk.loads.run_record import RunRecord
from local_aws.testing.fault_proxy import FaultProxy, fault_proxy
from local_aws.testing.stage import Stage

METHODS: tuple[Method, ...] = ("native", "bulk_put", "dms", "writes")
MOMENTS = 10
_GOOD = re.compile(r"(?<!not )\bgood\b")


@pytest.fixture
def proxy(stage: Stage) -> Iterator[FaultProxy]:
    with fault_proxy(stage.url) as made:
        yield made


class Deployed:
    """A load whose stack is selected; its data change from moment to moment."""

    def __init__(self, walk: Walk, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.walk = walk
        self._folder, self._patch = folder, patch

    def renew(self) -> str:
        """Declare a run for new data, as `pulumi up` does, and return the name of its load."""
        walk = self.walk
        if walk.method == "native" and walk.generation:  # each import is a load by itself
            self.destroy()
        walk.change()
        walk.renew()
        deployed(self._folder, self._patch, walk.described(), walk.stage.region, walk.declared())
        return walk.name

    def moments(self, proxy: FaultProxy, *verb: str) -> list[int]:
        """Return ten numbers of calls, from the first to the last that the command makes when all is well."""
        proxy.calls.clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", proxy.url)
            clean = bulk(*verb, self.walk.name)
        assert clean.returncode == 0, clean.stderr
        last = len(proxy.calls)
        return sorted({1 + moment * (last - 1) // (MOMENTS - 1) for moment in range(MOMENTS)})

    def brought_back(self) -> None:
        """Resume the load, or start it where the process did not come so far; all of it is exactly right."""
        walk = self.walk
        back = bulk("resume", walk.name)
        if "not started" in back.stderr:
            back = bulk("start", walk.name)
        assert back.returncode == 0, back.stderr
        assert walk.held() == walk.expected()
        record = RunRecord.read(walk.stage.bucket, walk.name, walk.aws)
        assert record
        assert record.outcome
        assert record.outcome.good
        runs = walk.generation if walk.method in ("bulk_put", "writes") else 1
        operations = runs if walk.method in ("bulk_put", "native") else 0
        assert (record.attempt, len(record.operations)) == (runs, operations)
        if walk.load:
            assert walk.stage.statistics(walk.load.task_arn)["FullLoadRows"] == 3

    def destroy(self) -> None:
        """Destroy the stack; nothing but the files that the user put there is left of it."""
        assert [key for key in self.walk.destroyed() if not key.startswith(PREFIX)] == []


@pytest.fixture
def of(
    walk: Callable[[Method], Walk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Method], Deployed]]:
    """Loads by each method, whose stacks are destroyed at last."""
    made: list[Deployed] = []

    def deploy(method: Method) -> Deployed:
        made.append(Deployed(walk(method), tmp_path, monkeypatch))
        return made[-1]

    yield deploy
    for each in made:
        each.destroy()


@pytest.mark.parametrize("method", METHODS)
def test_load_is_right_when_its_command_is_killed(
    of: Callable[[Method], Deployed], proxy: FaultProxy, method: Method
) -> None:
    load = of(method)
    load.renew()
    for moment in load.moments(proxy, "start"):
        name = load.renew()
        killed_at(proxy, moment, "start", name)
        load.brought_back()


@pytest.mark.parametrize("method", ["native", "bulk_put", "dms"])
def test_load_is_right_when_its_watcher_is_killed(
    of: Callable[[Method], Deployed], proxy: FaultProxy, method: Method
) -> None:
    load = of(method)
    bulk("start", load.renew(), "--no-wait")
    for moment in load.moments(proxy, "watch"):
        name = load.renew()
        assert bulk("start", name, "--no-wait").returncode == 0
        killed_at(proxy, moment, "watch", name)
        load.brought_back()


@pytest.mark.parametrize("method", METHODS)
def test_command_outlasts_a_server_that_is_away_or_says_so_in_a_line(
    of: Callable[[Method], Deployed], proxy: FaultProxy, method: Method, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = of(method)
    load.renew()
    for number, moment in enumerate(load.moments(proxy, "start")):
        name, lasts = load.renew(), bool(number % 2)
        times = None if lasts else 20
        proxy.before(".*", lambda times=times: proxy.fail(".*", "reset", times=times), number=moment)
        with monkeypatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", proxy.url)
            if lasts:
                for module in ("aws.polling", "loads.writes.sender"):
                    patch.setattr(f"dynamodb_bulk.{module}.OUTAGE_SECONDS", 0.2)
            ended = bulk("start", name)
        where = f"{moment}: {ended.stdout}{ended.stderr}"
        proxy.heal()
        if not lasts:
            assert ended.returncode == 0, where
        elif ended.returncode:
            assert ended.stderr.count("error: ") == 1, where
            assert "Traceback" not in ended.stderr, where
            assert not _GOOD.search(ended.stdout), where
        load.brought_back()
