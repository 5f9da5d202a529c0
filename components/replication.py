"""The resources that all loads through DMS share: the account's roles, the network, the instance."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from components.dms_roles import DmsRoles, DmsRolesArgs
from components.network import Mode, Network, NetworkArgs
from components.replication_instance import ReplicationInstance, ReplicationInstanceArgs
from components.stack import Stack


@dataclass(frozen=True, kw_only=True)
class ReplicationArgs:
    """The stack's settings of `Network` and `Dms`."""

    stack: Stack
    mode: Mode = "default"
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    cidr: str = "10.0.0.0/24"
    instance_class: str = "dms.t3.medium"
    storage_gb: int = 50
    multi_az: bool = False
    engine_version: str | None = None
    account_roles: Literal["adopt", "create"] = "adopt"


class Replication:
    """Declared when the first load asks for it: a stack without DMS has no roles, network or instance."""

    def __init__(self, args: ReplicationArgs) -> None:
        self._args = args

    @cached_property
    def instance(self) -> ReplicationInstance:
        """The instance that every task runs on."""
        args = self._args
        roles = DmsRoles("account-roles", DmsRolesArgs(stack=args.stack, account_roles=args.account_roles))
        network = Network(
            "network",
            NetworkArgs(
                stack=args.stack,
                mode=args.mode,
                subnet_ids=args.subnet_ids,
                security_group_ids=args.security_group_ids,
                cidr=args.cidr,
            ),
        )
        return ReplicationInstance(
            "replication",
            ReplicationInstanceArgs(
                stack=args.stack,
                roles=roles,
                network=network,
                instance_class=args.instance_class,
                storage_gb=args.storage_gb,
                multi_az=args.multi_az,
                engine_version=args.engine_version,
            ),
        )
