"""The network interface of an instance: made with it in the subnet of its zone, let go of after it is gone.

How DMS describes it: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2484
Not documented: how long AWS holds it.
"""

import threading
from collections.abc import Sequence

from moto.ec2.models import ec2_backends

from local_aws.account import ACCOUNT

_DESCRIPTION = "DMSNetworkInterface"


def attach(region_name: str, subnet_id: str, groups: Sequence[str]) -> str:
    """Return its private address."""
    made = ec2_backends[ACCOUNT][region_name].create_network_interface(
        subnet_id, [], group_ids=list(groups), description=_DESCRIPTION
    )
    made.status, made.requester_managed = "in-use", True
    return str(made.private_ip_address)


def release(region_name: str, address: str, after: float) -> None:
    """Let go of it so many seconds from now."""

    def let_go() -> None:
        held = ec2_backends[ACCOUNT][region_name].enis
        for found in [each for each in held.values() if each.private_ip_address == address]:
            held.pop(found.id, None)

    timer = threading.Timer(after, let_go)
    timer.daemon = True
    timer.start()
