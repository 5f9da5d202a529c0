"""The subnets that a replication instance stands in, with a way to S3 and DynamoDB that needs no internet."""

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.stack import Stack
from dataset.errors import InputError
from operations.gateways import gateway_tags

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

    An instance without a public address reaches S3 and DynamoDB through them alone.
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
            vpc = aws.ec2.get_vpc(default=True)
            self.subnet_ids = sorted(
                aws.ec2.get_subnets(
                    filters=[
                        {"name": "vpc-id", "values": [vpc.id]},
                        {"name": "default-for-az", "values": ["true"]},
                    ]
                ).ids
            )
            if len(self.subnet_ids) < 2:
                raise InputError(
                    f"default VPC {vpc.id}",
                    "DMS wants subnets in two availability zones",
                    "name yours with bulk:network {mode: existing, subnet_ids: […]}",
                )
            self.ready = [
                endpoint
                for service in SERVICES
                if (endpoint := self._gateway(service, vpc.id, vpc.main_route_table_id, args.stack))
            ]
        self.register_outputs({"subnetIds": self.subnet_ids})

    def _gateway(self, service: str, vpc: str, route_table: str, stack: Stack) -> pulumi.Resource | None:
        service_name = f"com.amazonaws.{stack.region}.{service}"
        tags = gateway_tags(service_name, route_table, stack.client)
        if tags is not None and (tags.get("project"), tags.get("stack")) != (stack.project, stack.stack):
            return None
        return aws.ec2.VpcEndpoint(
            service,
            vpc_id=vpc,
            service_name=service_name,
            vpc_endpoint_type="Gateway",
            route_table_ids=[route_table],
            tags=stack.tagged(),
            opts=pulumi.ResourceOptions(parent=self),
        )
