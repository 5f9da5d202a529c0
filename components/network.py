"""The network of a replication instance: subnets with a way to S3 and DynamoDB that needs no internet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from ipaddress import ip_network
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.removal import OnDestroy, OnDestroyArgs
from components.stack import Stack
from dynamodb_bulk.aws.tags import NAME
from dynamodb_bulk.network.check import Checked, check_subnets, check_vpc
from dynamodb_bulk.network.default import DefaultNetwork, WantedGateway, default_network
from dynamodb_bulk.network.place import require_same_vpc, two_zones
from dynamodb_bulk.network.routes import SERVICES

Mode = Literal["default", "existing", "create"]


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """The account's default VPC, the subnets and security groups named, or a VPC of the stack's own."""

    stack: Stack
    mode: Mode
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    cidr: str = "10.0.0.0/24"

    @cached_property
    def shared(self) -> DefaultNetwork:
        """The default VPC."""
        return default_network(self.stack.client, (self.stack.project, self.stack.stack))

    @cached_property
    def places(self) -> dict[str, str]:
        """The address ranges of own subnets, by their zones."""
        halves = map(str, ip_network(self.cidr).subnets())
        return dict(zip(two_zones(self.stack.client), halves, strict=True))

    def require_usable(self, group: str) -> None:
        """Raise all that is missing, an InputError each; say what could not be checked.

        `group`: the name of the replication subnet group, which cannot move.
        """
        stack = self.stack
        subnets: Mapping[str, Sequence[str]]
        if self.mode == "existing":
            _require(check_subnets(self.subnet_ids, self.security_group_ids, stack.account, stack.client))
            subnets = {"subnet-id": self.subnet_ids}
        elif self.mode == "default":
            _require(check_vpc(self.shared.vpc, (), stack.client))
            subnets = {"subnet-id": self.shared.subnets}
        else:
            own = {"tag:project": [stack.project], "tag:stack": [stack.stack]}
            subnets = {**own, "cidr-block": [*self.places.values()]}
        require_same_vpc(group, subnets, stack.client)


class Network(pulumi.ComponentResource):
    """The subnets, found or created; `NetworkArgs.require_usable` has checked them.

    An instance without a public address reaches S3 and DynamoDB through gateway endpoints, which are free.
    https://docs.aws.amazon.com/dms/latest/userguide/CHAP_VPC_Endpoints.html
    """

    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_ids: Sequence[pulumi.Input[str]]
    ready: list[pulumi.Resource]  # what an instance depends on

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:Network", name, None, opts)
        self.subnet_ids, self.security_group_ids, self.ready = args.subnet_ids, args.security_group_ids, []
        self._name, self._stack = name, args.stack
        if args.mode == "default":
            self._share(args.shared)
        if args.mode == "create":
            self._create(args)
        self.register_outputs({"subnetIds": self.subnet_ids})

    def _share(self, found: DefaultNetwork) -> None:
        """Add endpoints to the default VPC.

        One stack makes them, and other stacks' instances rely on them: so they outlive the stack for as long
        as DMS is in the VPC.
        """
        self.subnet_ids = found.subnets
        _say_what_others_share(found)
        opened = [self._gateway(found.vpc, gateway) for gateway in found.gateways]
        if opened:
            removal = OnDestroy(
                f"{self._name}-gateways",
                OnDestroyArgs(
                    stack=self._stack,
                    kind="gateways",
                    arguments={"endpoints": [endpoint.id for endpoint in opened]},
                    also={"vpc": found.vpc},
                ),
                opts=pulumi.ResourceOptions(parent=self, depends_on=opened),
            )
            self.ready = [*opened, removal]

    def _gateway(self, vpc: str, wanted: WantedGateway) -> "GatewayEndpoint":
        return GatewayEndpoint(
            wanted.service,
            vpc=vpc,
            service_name=self._service_name(wanted.service),
            route_tables=wanted.route_tables,
            tags=self._stack.tagged(),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )

    def _create(self, args: NetworkArgs) -> None:
        """Make a VPC without a way in or out: both subnets use its main route table, which has no default."""
        name, child = self._name, pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc(name, cidr_block=args.cidr, tags=self._named(), opts=child)
        subnets = [
            aws.ec2.Subnet(
                f"{name}-{zone}",
                vpc_id=vpc.id,
                availability_zone=zone,
                cidr_block=half,
                tags=self._named(zone),
                opts=child,
            )
            for zone, half in args.places.items()
        ]
        group = aws.ec2.SecurityGroup(
            name,
            name=args.stack.name(name),
            description=f"DMS of {args.stack.owner}",
            vpc_id=vpc.id,
            egress=[{"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]}],
            tags=self._named(),
            opts=child,
        )
        endpoints = [
            aws.ec2.VpcEndpoint(
                f"{name}-{service}",
                vpc_id=vpc.id,
                service_name=self._service_name(service),
                vpc_endpoint_type="Gateway",
                route_table_ids=[vpc.main_route_table_id],
                tags=self._named(service),
                opts=child,
            )
            for service in SERVICES
        ]
        self.subnet_ids = [subnet.id for subnet in subnets]
        self.security_group_ids = [group.id]
        self.ready = [*subnets, group, *endpoints]

    def _service_name(self, service: str) -> str:
        return f"com.amazonaws.{self._stack.region}.{service}"

    def _named(self, *parts: str) -> dict[str, str]:
        """Return tags with a name, by which adoption knows what AWS gives an ID alone."""
        return self._stack.tagged(**{NAME: self._stack.name(self._name, *parts)})


def _require(checked: Checked) -> None:
    """Raise what is missing, all at once; say what nobody could see."""
    if checked.faults:
        raise ExceptionGroup("the network is not usable", checked.faults)
    if checked.unchecked:
        pulumi.log.warn(f"bulk:network: not fully checked: {checked.unchecked}")


def _say_what_others_share(found: DefaultNetwork) -> None:
    if new := {table: None for gateway in found.gateways for table in gateway.new}:
        services = " and ".join(SERVICES[gateway.service] for gateway in found.gateways if gateway.new)
        pulumi.log.info(
            f"bulk:network: adds VPC endpoints for {services} to {', '.join(new)} of the default VPC "
            f"{found.vpc}, which others may share: their requests to {services} take them too. "
            "{mode: create} makes a VPC of the stack's own"
        )


class GatewayEndpoint(pulumi.CustomResource):
    """`aws.ec2.VpcEndpoint` by its token: `pulumi_aws.ec2` imports all of its modules at once.

    Measured: 1.7 s of CPU time, as much as all other modules of this program; a preview takes about 5 s.
    """

    def __init__(
        self,
        name: str,
        *,
        vpc: str,
        service_name: str,
        route_tables: Sequence[str],
        tags: dict[str, str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        properties = {
            "vpcId": vpc,
            "serviceName": service_name,
            "vpcEndpointType": "Gateway",
            "routeTableIds": list(route_tables),
            "tags": tags,
        }
        same_provider = pulumi.ResourceOptions(version=version("pulumi-aws"))
        options = pulumi.ResourceOptions.merge(opts, same_provider)
        super().__init__("aws:ec2/vpcEndpoint:VpcEndpoint", name, properties, options)
