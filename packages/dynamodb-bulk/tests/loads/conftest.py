"""Loads that are interrupted, on a server in which waiting is short."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bulk_testing.interrupted import Method, Walk
from local_aws.testing.stage import Stage


@pytest.fixture
def walk(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Method], Walk]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    # Every call fails once, so every wait for the next attempt would be waited.
    monkeypatch.setattr("dynamodb_bulk.aws.polling._FIRST_WAIT", 0.05)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.0)
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_, **_named: True)
    return lambda method: Walk(method, stage, tmp_path / "orders")
