"""A long watch asks AWS for each load at most every few seconds, and keeps nothing of the looks before."""

import gc
import io
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from bulk_testing.command import select
from bulk_testing.interrupted import Method, Walk
from dynamodb_bulk.cli.watch import named_loads
from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.watching import LOOK_SECONDS, watch
from dynamodb_bulk.loads.writes.journal import Journal
from local_aws.testing.stage import Stage

HOUR = 3600.0
METHODS: tuple[Method, ...] = ("native", "bulk_put", "dms", "writes")
# What AWS is asked for the state of a load of each method.
DESCRIBES = ("DescribeImport", "DescribeBulkOperation", "DescribeReplicationTasks")


class Repeating:
    """Counts the calls to AWS, and gives each again the answer that it got first, of a load at work."""

    def __init__(self, call: Callable[..., dict[str, Any]]) -> None:
        self._call = call
        self._answers: dict[str, dict[str, Any] | ClientError] = {}
        self.calls: Counter[str] = Counter()

    def answer(self, client: BaseClient, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        """Stand in for `BaseClient._make_api_call`."""
        asked = f"{operation} {json.dumps(given, default=str)}"
        self.calls[asked] += 1
        if asked not in self._answers:
            self._answers[asked] = self._first(client, operation, given)
        found = self._answers[asked]
        if isinstance(found, ClientError):
            raise found.with_traceback(None)
        if isinstance(content := found.get("Body"), bytes):
            return {**found, "Body": StreamingBody(io.BytesIO(content), len(content))}
        return found

    def times(self, operation: str) -> list[int]:
        """Return how often the operation was called, by what it was asked for."""
        return [count for asked, count in self.calls.items() if asked.partition(" ")[0] == operation]

    def _first(
        self, client: BaseClient, operation: str, given: dict[str, Any]
    ) -> dict[str, Any] | ClientError:
        try:
            found = self._call(client, operation, given)
        except ClientError as error:
            return error
        if "Body" in found:
            found["Body"] = found["Body"].read()
        if operation == "DescribeImport":
            found["ImportTableDescription"]["ImportStatus"] = "IN_PROGRESS"
        if operation == "DescribeBulkOperation":
            found["BulkOperationDescription"]["BulkOperationStatus"] = "IN_PROGRESS"
        for task in found.get("ReplicationTasks", []):
            task["Status"] = "running"
            del task["ReplicationTaskStats"]["FullLoadFinishDate"]
        return found


def begun(method: Method, stage: Stage, folder: Path) -> DescribedLoad:
    """A load of that method that nobody has judged yet."""
    walk = Walk(method, stage, folder)
    walk.name = method.replace("_", "-")
    walk.change()
    walk.renew()
    walk.up()
    load = walk.described()
    record = RunRecord.read(stage.bucket, load.name, walk.aws)
    assert record
    record.model_copy(update={"outcome": None}).write(stage.bucket, load.name, walk.aws)
    if method == "writes":
        at_work = Journal(token=record.token, owner="another", host="elsewhere", began=datetime.now(UTC))
        at_work.write(stage.bucket, load.name, walk.aws)
    return load


def test_watch_of_several_loads_asks_once_every_few_seconds_and_keeps_nothing(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    loads = [begun(method, Stage(server), tmp_path / method) for method in METHODS]
    aws = {"region": "eu-west-1", "profile": None}
    select(tmp_path, monkeypatch, *({"load": load.model_dump(mode="json"), "aws": aws} for load in loads))
    watched = named_loads([load.name for load in loads], None)
    repeating = Repeating(BaseClient._make_api_call)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
    monkeypatch.setattr(BaseClient, "_make_api_call", lambda *call: repeating.answer(*call))
    clock, kept = 0.0, list[int]()

    def sleep(seconds: float) -> None:
        nonlocal clock
        clock += seconds
        if clock in (HOUR / 10, HOUR):
            gc.collect()
            kept.append(len(gc.get_objects()))
        if clock >= HOUR:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch(watched, lambda: None, sleep=sleep)
    assert [one.row and one.row.progress and one.row.progress.state for one in watched] == [
        "IN_PROGRESS",
        "IN_PROGRESS",
        "running",
        "writing",
    ]
    looks = HOUR / LOOK_SECONDS
    assert [repeating.times(operation) for operation in DESCRIBES] == [[looks]] * len(DESCRIBES)
    assert max(repeating.calls.values()) == looks
    assert len(repeating.calls) <= 6 * len(loads)
    assert kept[1] - kept[0] < 100
