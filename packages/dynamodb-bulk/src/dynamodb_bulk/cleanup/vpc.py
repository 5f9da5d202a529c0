"""What a stack leaves in the VPC at its end: gateway endpoints that others may use, and interfaces of DMS."""

import sys
from collections.abc import Sequence

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.cleanup.delete import delete_gateway
from dynamodb_bulk.loads.dms.alive import dms_in_vpc, live_instances, live_serverless
from dynamodb_bulk.loads.dms.interfaces import Interface, dms_interfaces

_LIMIT_SECONDS = 900


def remove_gateways(aws: Aws, *, endpoints: Sequence[str], vpc: str) -> None:
    """Delete VPC endpoints, or say that they stay since another stack's loads go through them.

    Raises LoadFailed with what EC2 answers. The stack's own instance is gone when this is called.
    What is printed, the engine shows.
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


def await_interfaces(aws: Aws, *, subnets: Sequence[str]) -> None:
    """Return when the subnets hold no interfaces of replication instances that are gone.

    Until AWS has let go of them, their subnets and security groups, of no stack here, cannot be deleted.
    Serverless replications have such interfaces too, and nothing tells whose they are: where there is one,
    nobody waits. Raises LoadFailed when some stay for a quarter of an hour.
    """

    def held() -> list[Interface]:
        found = [each for each in dms_interfaces(aws, subnets) if not each.free]
        if not found or live_serverless(aws):
            return []
        theirs = {address for addresses in live_instances(aws).values() for address in addresses}
        return [each for each in found if each.address not in theirs]

    poll(
        held,
        lambda found: not found,
        limit_seconds=_LIMIT_SECONDS,
        what=f"DMS's network interfaces in {', '.join(subnets)}, which `bulk leftovers` names",
    )
