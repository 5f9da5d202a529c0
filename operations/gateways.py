"""Gateway endpoints that a route table has: AWS refuses a second one for the same service.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
"""

from operations.aws import Aws


def gateway_tags(service_name: str, route_table: str, aws: Aws) -> dict[str, str] | None:
    """The tags of the gateway endpoint from the route table to the service; None without one."""
    pages = aws.ec2.get_paginator("describe_vpc_endpoints").paginate(
        Filters=[
            {"Name": "service-name", "Values": [service_name]},
            {"Name": "vpc-endpoint-type", "Values": ["Gateway"]},
        ]
    )
    for page in pages:
        for endpoint in page.get("VpcEndpoints", []):
            leaving = endpoint.get("State", "").lower() in ("deleting", "deleted")
            if route_table in endpoint.get("RouteTableIds", []) and not leaving:
                return {tag.get("Key", ""): tag.get("Value", "") for tag in endpoint.get("Tags", [])}
    return None
