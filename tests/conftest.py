"""No test reaches beyond this machine."""

from local_aws.testing.fixtures import no_real_aws

__all__ = ["no_real_aws"]
