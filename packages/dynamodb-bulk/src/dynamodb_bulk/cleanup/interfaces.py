"""Waits until AWS has let go of the network interfaces of replication instances that are gone.

Until then the subnets and security groups they stand in, which no stack here makes, cannot be deleted.
"""

from collections.abc import Sequence

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.loads.dms.alive import live_instances, live_serverless
from dynamodb_bulk.loads.dms.interfaces import Interface, dms_interfaces

_LIMIT_SECONDS = 900


def await_interfaces(aws: Aws, *, subnets: Sequence[str]) -> None:
    """Return when the subnets hold none but those of instances that are there.

    Serverless replications have such interfaces too, and nothing tells whose they are: where there is one,
    no one waits. Raise LoadFailed when some stay for a quarter of an hour.
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
