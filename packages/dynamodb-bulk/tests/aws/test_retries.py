"""Clients slow down when AWS throttles them, where its limits are those of the account."""

from collections.abc import Callable, Iterator
from functools import cached_property

import pytest

from dynamodb_bulk.aws import Aws
from local_aws.testing.fault_proxy import FaultProxy, fault_proxy
from local_aws.testing.stage import Stage

BY_RESOURCE = {"dynamodb", "s3"}
CALLS: dict[str, tuple[str, Callable[[Aws], object]]] = {
    "dms": ("DescribeEndpoints", lambda aws: aws.dms.describe_endpoints()),
    "glue": ("ListJobs", lambda aws: aws.glue.list_jobs()),
    "logs": ("DescribeLogGroups", lambda aws: aws.logs.describe_log_groups()),
    "dynamodb": ("ListTables", lambda aws: aws.dynamodb.list_tables()),
}


@pytest.fixture
def proxy(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.0)
    with fault_proxy(stage.url) as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
        yield made


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What waited for its turn before it was sent, each as one element."""
    waited: list[object] = []
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_, **_named: waited.append(1))
    return waited


@pytest.mark.parametrize("service", CALLS)
def test_client_waits_for_its_turn_only_after_aws_has_throttled_it(
    stage: Stage, proxy: FaultProxy, turns: list[object], service: str
) -> None:
    aws, (operation, call) = Aws(region=stage.region), CALLS[service]
    for _ in range(3):
        call(aws)
    assert turns == [], "nothing was throttled"
    proxy.fail(operation, (400, "ThrottlingException"), times=1)
    call(aws)
    call(aws)
    assert len(turns) == (0 if service in BY_RESOURCE else 2), "the second attempt, and the call after it"
    assert proxy.calls.count(operation) == 6


@pytest.mark.parametrize("fault", [(500, "InternalError"), (503, "ServiceUnavailable"), "reset"], ids=str)
def test_client_waits_for_no_turn_when_a_call_fails_in_another_way(
    stage: Stage, proxy: FaultProxy, turns: list[object], fault: tuple[int, str] | str
) -> None:
    aws = Aws(region=stage.region)
    proxy.fail("DescribeEndpoints", fault, times=1)  # pyright: ignore[reportArgumentType] - a Fault
    aws.dms.describe_endpoints()
    aws.dms.describe_endpoints()
    assert turns == []


def test_clients_that_slow_down_are_all_but_those_of_data() -> None:
    aws = Aws(region="eu-west-1")
    named = [name for name, found in vars(Aws).items() if isinstance(found, cached_property)]
    modes = {
        name: getattr(aws, name).meta.config.retries["mode"]
        for name in named
        if name not in ("account", "_session")
    }
    assert {name for name, mode in modes.items() if mode == "standard"} == BY_RESOURCE
    assert set(modes.values()) == {"standard", "adaptive"}


def test_writes_send_each_put_once_since_their_own_rate_follows_what_aws_throttles() -> None:
    retries = (
        Aws(region="eu-west-1").client("dynamodb", retries={"total_max_attempts": 1}).meta.config.retries
    )
    assert (retries["mode"], retries["total_max_attempts"]) == ("standard", 1)
