"""Check the subnets and security groups that a replication instance is to have, before anything is created.

DMS takes most mistakes, and the load then fails, or never begins.
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.VPC.html
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from dynamodb_bulk.aws import Aws, is_denied
from dynamodb_bulk.aws.refusals import reason
from dynamodb_bulk.network.routes import SERVICES, routes_of
from dynamodb_bulk.spec.errors import InputError

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import (
        FilterTypeDef,
        IpPermissionOutputTypeDef,
        SecurityGroupTypeDef,
        SubnetTypeDef,
    )

_WHERE = "bulk:network"
_HTTPS = 443


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What is missing, and why the rest could not be checked; empty when all was."""

    faults: tuple[InputError, ...]
    unchecked: str


def check_subnets(subnets: Sequence[str], groups: Sequence[str], account: str, aws: Aws) -> Checked:
    """Check that DMS can stand in the subnets, and reaches S3 and DynamoDB from each."""
    return _checked(_subnet_faults(subnets, groups, account, aws))


def check_vpc(vpc: str, groups: Sequence[str], aws: Aws) -> Checked:
    """Check name resolution and security groups; without any, the VPC's default one, which DMS takes then."""
    return _checked(_vpc_faults(vpc, groups, aws))


class _NotVisible(Exception):
    pass


def _checked(faults: Iterator[InputError]) -> Checked:
    found: list[InputError] = []
    unchecked = ""
    try:
        found.extend(faults)
    except _NotVisible as error:
        unchecked = str(error)
    except ClientError as error:
        if not is_denied(error):
            raise
        unchecked = f"AWS refused {error.operation_name}: {reason(error)}"
    return Checked(faults=tuple(found), unchecked=unchecked)


def _subnet_faults(
    subnets: Sequence[str], groups: Sequence[str], account: str, aws: Aws
) -> Iterator[InputError]:
    found = list(_subnets(subnets, aws))
    missing = [name for name in subnets if name not in {one.get("SubnetId") for one in found}]
    for name in missing:
        yield InputError(f"{_WHERE}: {name}", f"no such subnet in {aws.region}", "name one of this Region")
    vpcs = sorted({one.get("VpcId", "") for one in found})
    if len(vpcs) > 1:
        places = ", ".join(f"{one.get('SubnetId')} in {one.get('VpcId')}" for one in found)
        yield InputError(_WHERE, f"the subnets are in different VPCs: {places}", "name those of one VPC")
    zones = {one.get("AvailabilityZone", "") for one in found}
    if len(zones) == 1 and not missing:
        yield InputError(
            _WHERE,
            f"all subnets are in the availability zone {zones.pop()}",
            "add a subnet in a different one: DMS needs two",
        )
    if len(vpcs) == 1:
        yield from _vpc_faults(vpcs[0], groups, aws)
        yield from _route_faults(vpcs[0], found, account, aws)


def _vpc_faults(vpc: str, groups: Sequence[str], aws: Aws) -> Iterator[InputError]:
    dns = aws.ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsSupport")
    if not dns.get("EnableDnsSupport", {}).get("Value"):
        yield InputError(
            f"{_WHERE}: {vpc}",
            "enableDnsSupport is off, so DMS cannot find S3 and DynamoDB",
            f"run `aws ec2 modify-vpc-attribute --vpc-id {vpc} --enable-dns-support`",
        )
    found = {one.get("GroupId", ""): one for one in _groups(vpc, groups, aws)}
    for name in groups:
        if name not in found:
            yield InputError(
                f"{_WHERE}: {name}", f"no such security group in {aws.region}", f"name one of {vpc}"
            )
        elif (other := found[name].get("VpcId")) != vpc:
            yield InputError(
                f"{_WHERE}: {name}",
                f"the security group is in {other}, and the subnets are in {vpc}",
                f"name one of {vpc}",
            )
    rules = [rule for group in found.values() for rule in group.get("IpPermissionsEgress", [])]
    if found and not any(map(_lets_https_out, rules)):
        kind = "security group" if groups else f"the default security group of {vpc}"
        yield InputError(
            f"{_WHERE}: {kind} {', '.join(found)}",
            f"no rule lets TCP {_HTTPS} out, which S3 and DynamoDB need",
            "add an outbound rule for it, or name a group that has one in security_group_ids",
        )


def _route_faults(
    vpc: str, subnets: "Sequence[SubnetTypeDef]", account: str, aws: Aws
) -> Iterator[InputError]:
    # https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html
    if others := {one.get("OwnerId", account) for one in subnets} - {account}:
        raise _NotVisible(f"account {', '.join(sorted(others))} shares the subnets, and only it sees routes")
    routes = routes_of(vpc, aws)
    without: dict[tuple[str, str], list[str]] = defaultdict(list)
    public: set[str] = set()
    for name in (one.get("SubnetId", "") for one in subnets):
        table = routes.of(name)
        if table is None:
            raise _NotVisible(f"the route table of {name} is not visible")
        if table.public:
            public.add(table.id)
        for service in SERVICES:
            if not routes.lead(table, service):
                without[table.id, service].append(name)
    for (table, service), behind in without.items():
        but = "; its default route is for public addresses, and the instance has none"
        yield InputError(
            f"{_WHERE}: route table {table} of {', '.join(behind)}",
            f"no route to {SERVICES[service]}{but if table in public else ''}",
            f"create a gateway endpoint for com.amazonaws.{aws.region}.{service} there, which is free",
        )


def _subnets(names: Sequence[str], aws: Aws) -> "Iterator[SubnetTypeDef]":
    wanted: FilterTypeDef = {"Name": "subnet-id", "Values": list(names)}
    for page in aws.ec2.get_paginator("describe_subnets").paginate(Filters=[wanted]):
        yield from page.get("Subnets", [])


def _groups(vpc: str, names: Sequence[str], aws: Aws) -> "Iterator[SecurityGroupTypeDef]":
    wanted: list[FilterTypeDef] = [{"Name": "group-id", "Values": list(names)}]
    if not names:
        wanted = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    for page in aws.ec2.get_paginator("describe_security_groups").paginate(Filters=wanted):
        yield from page.get("SecurityGroups", [])


def _lets_https_out(rule: "IpPermissionOutputTypeDef") -> bool:
    to = (rule.get("IpRanges"), rule.get("PrefixListIds"), rule.get("UserIdGroupPairs"))
    in_range = rule.get("FromPort", 0) <= _HTTPS <= rule.get("ToPort", _HTTPS)
    protocol = rule.get("IpProtocol")
    return any(to) and (protocol == "-1" or (protocol in ("tcp", "6") and in_range))
