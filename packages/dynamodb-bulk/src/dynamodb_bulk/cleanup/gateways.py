"""Deletes the VPC endpoints that a stack made, unless another stack's loads go through them."""

import sys
from collections.abc import Sequence

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.cleanup.delete import delete_gateway
from dynamodb_bulk.loads.dms.alive import dms_in_vpc


def remove_gateways(aws: Aws, *, endpoints: Sequence[str], vpc: str) -> None:
    """Delete them, or say that they stay; raise LoadFailed with what EC2 answers.

    The stack's own instance is gone when this is called. What is printed, the engine shows.
    """
    if users := dms_in_vpc(aws, vpc):
        sys.stdout.write(
            f"kept: VPC endpoints {', '.join(endpoints)}, since {users[0]} in {vpc} needs them; "
            "`bulk leftovers --delete` deletes them when nothing does\n"
        )
        sys.stdout.flush()
        return
    for endpoint in endpoints:
        delete_gateway(aws, endpoint)
