"""The subnets that a replication instance stands in, with a way to S3 and DynamoDB that needs no internet."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

import pulumi

from components.removal import Removal, RemovalArgs
from components.stack import Stack
from dynamodb_bulk.aws.default_network import default_network, gateway_tags

SERVICES = ("s3", "dynamodb")


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """`default` takes the account's default VPC, `existing` the subnets and security groups named."""

    stack: Stack
    mode: Literal["default", "existing"]
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()


class Network(pulumi.ComponentResource):
    """Finds the subnets; in the default VPC also sees to gateway endpoints, which cost nothing.

    An instance without a public address reaches S3 and DynamoDB through them alone. One stack makes them, and
    other stacks' instances rely on them: so they outlive the stack for as long as DMS is in the VPC.
    Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_VPC_Endpoints.html
    """

    subnet_ids: list[str]
    security_group_ids: list[str]
    ready: list[pulumi.Resource]  # what a load depends on

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:Network", name, None, opts)
        self.subnet_ids = list(args.subnet_ids)
        self.security_group_ids = list(args.security_group_ids)
        self.ready = []
        if args.mode == "default":
            found = default_network(args.stack.client)
            self.subnet_ids = list(found.subnets)
            opened = [
                endpoint
                for service in SERVICES
                if (endpoint := self._gateway(service, found.vpc, found.route_table, args.stack))
            ]
            if opened:
                self.ready = [*opened, self._removal(name, found.vpc, opened, args.stack)]
        self.register_outputs({"subnetIds": self.subnet_ids})

    def _gateway(self, service: str, vpc: str, route_table: str, stack: Stack) -> "GatewayEndpoint | None":
        service_name = f"com.amazonaws.{stack.region}.{service}"
        tags = gateway_tags(service_name, route_table, stack.client)
        if tags is not None and (tags.get("project"), tags.get("stack")) != (stack.project, stack.stack):
            return None
        return GatewayEndpoint(
            service,
            vpc=vpc,
            service_name=service_name,
            route_table=route_table,
            tags=stack.tagged(),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )

    def _removal(
        self, name: str, vpc: str, endpoints: "list[GatewayEndpoint]", stack: Stack
    ) -> pulumi.Resource:
        return Removal(
            f"{name}-gateways",
            RemovalArgs(
                stack=stack,
                kind="gateways",
                arguments={"endpoints": [endpoint.id for endpoint in endpoints]},
                also={"vpc": vpc},
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=endpoints),
        )


class GatewayEndpoint(pulumi.CustomResource):
    """`aws.ec2.VpcEndpoint` by its token: importing `pulumi_aws.ec2` takes a second of every preview."""

    def __init__(
        self,
        name: str,
        *,
        vpc: str,
        service_name: str,
        route_table: str,
        tags: dict[str, str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        properties = {
            "vpcId": vpc,
            "serviceName": service_name,
            "vpcEndpointType": "Gateway",
            "routeTableIds": [route_table],
            "tags": tags,
        }
        same_provider = pulumi.ResourceOptions(version=version("pulumi-aws"))
        options = pulumi.ResourceOptions.merge(opts, same_provider)
        super().__init__("aws:ec2/vpcEndpoint:VpcEndpoint", name, properties, options)
