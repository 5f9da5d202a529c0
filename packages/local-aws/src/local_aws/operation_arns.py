"""Whether an ARN is one of an import or an export that a caller may ask for.

As measured on AWS: an ARN of another account, Region or service is denied before its form is looked at.
"""

import re

from local_aws.account import ACCOUNT, PARTITION
from local_aws.protocol import Fault, invalid

_ARN = re.compile(r"arn:([^:]*):([^:]*):([^:]*):([^:]*):(.*)", re.DOTALL)


def denied() -> Fault:
    """AccessDeniedException."""
    return Fault("com.amazon.coral.service#AccessDeniedException", "Access is denied")


def check_arn(arn: str, region: str, resource: re.Pattern[str], what: str) -> None:
    """Raise ValidationException or AccessDeniedException unless the ARN is of the kind and of this region."""
    found = _ARN.fullmatch(arn)
    if found is not None and found.groups()[:4] != (PARTITION, "dynamodb", region, ACCOUNT):
        raise denied()
    if found is None or not resource.fullmatch(found[5]):
        raise invalid(f"Invalid {what} ARN")
