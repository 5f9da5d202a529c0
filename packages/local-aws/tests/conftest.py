"""AWS locally, started once for all tests."""

from local_aws.testing.fixtures import (
    dynamodb_local,
    local_stage,
    no_real_aws,
    server,
    slow_server,
    slow_stage,
    stage,
)

__all__ = ["dynamodb_local", "local_stage", "no_real_aws", "server", "slow_server", "slow_stage", "stage"]
