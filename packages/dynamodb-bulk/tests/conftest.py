"""AWS locally, for what is tried against it."""

from local_aws.testing.fixtures import no_real_aws, server, stage

__all__ = ["no_real_aws", "server", "stage"]
