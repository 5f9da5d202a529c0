"""AWS locally, which the provider is tried against."""

from local_aws.testing.fixtures import no_real_aws, server, slow_server, slow_stage, stage

__all__ = ["no_real_aws", "server", "slow_server", "slow_stage", "stage"]
