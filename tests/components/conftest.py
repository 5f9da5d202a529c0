"""Components look into an account; here it is moto's, new for each test."""

import json
from collections.abc import Iterator

import pytest
from moto import mock_aws
from moto.dms.responses import DatabaseMigrationServiceResponse

_OFFERED = {
    "ReplicationInstanceClass": "dms.t3.medium",
    "EngineVersion": "3.6.1",
    "MinAllocatedStorage": 5,
    "MaxAllocatedStorage": 6144,
}
# Which moto itself does not list.
_LISTED = {
    "describe_orderable_replication_instances": {"OrderableReplicationInstances": [_OFFERED]},
    "describe_event_subscriptions": {"EventSubscriptionsList": []},
}


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    for operation, listed in _LISTED.items():
        monkeypatch.setattr(
            DatabaseMigrationServiceResponse, operation, lambda _, it=listed: json.dumps(it), raising=False
        )
    with mock_aws():
        yield
