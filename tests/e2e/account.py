"""Everything that is in a clone's account, so that a test can say that nothing is left."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.e2e.clone import Clone

ROLES = {"role dms-cloudwatch-logs-role", "role dms-vpc-role"}  # they belong to the account
IMPORT_LOGS = "log group /aws-dynamodb/imports"  # DynamoDB's own, one per account and Region


def inventory(clone: Clone) -> set[str]:
    """`<kind> <name>` of all that a stack, or AWS for it, could have made."""
    return {f"{kind} {name}" for kind, names in _KINDS.items() for name in names(clone)}


def _paged(service: str, operation: str, *path: str, **request: Any) -> Callable[[Clone], Iterator[str]]:
    """The names at a path (answer's list, name's field) of every page."""
    found, name = path

    def names(clone: Clone) -> Iterator[str]:
        for page in clone.client(service).get_paginator(operation).paginate(**request):
            yield from (each[name] if name else each for each in page[found])

    return names


def _streams(clone: Clone) -> Iterator[str]:
    logs = clone.client("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        for stream in logs.describe_log_streams(logGroupName=group["logGroupName"])["logStreams"]:
            yield f"{group['logGroupName']} {stream['logStreamName']}"


def _networks(operation: str, *path: str) -> Callable[[Clone], Iterator[str]]:
    """The names outside the default VPC, which every account has."""
    found, name = path

    def names(clone: Clone) -> Iterator[str]:
        ec2 = clone.client("ec2")
        default = [{"Name": "is-default", "Values": ["true"]}]
        theirs = {each["VpcId"] for each in ec2.describe_vpcs(Filters=default)["Vpcs"]}
        for page in ec2.get_paginator(operation).paginate():
            yield from (each[name] for each in page[found] if each["VpcId"] not in theirs)

    return names


def _endpoints(clone: Clone) -> Iterable[str]:
    found = clone.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    return [each["VpcEndpointId"] for each in found if each["State"].lower() != "deleted"]


_KINDS: dict[str, Callable[[Clone], Iterable[str]]] = {
    "bucket": lambda clone: [each["Name"] for each in clone.client("s3").list_buckets()["Buckets"]],
    "table": _paged("dynamodb", "list_tables", "TableNames", ""),
    "role": _paged("iam", "list_roles", "Roles", "RoleName"),
    "log group": _paged("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "log stream": _streams,
    "parameter": _paged("ssm", "describe_parameters", "Parameters", "Name"),
    "schedule group": lambda clone: (
        set(_paged("scheduler", "list_schedule_groups", "ScheduleGroups", "Name")(clone)) - {"default"}
    ),
    "schedule": _paged("scheduler", "list_schedules", "Schedules", "Name"),
    "state machine": _paged("stepfunctions", "list_state_machines", "stateMachines", "name"),
    "topic": _paged("sns", "list_topics", "Topics", "TopicArn"),
    "subscription": _paged("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
    "DMS event subscription": _paged(
        "dms", "describe_event_subscriptions", "EventSubscriptionsList", "CustSubscriptionId"
    ),
    "alarm": _paged("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "dashboard": _paged("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "EventBridge rule": _paged("events", "list_rules", "Rules", "Name"),
    "EventBridge connection": lambda clone: [
        each["Name"] for each in clone.client("events").list_connections()["Connections"]
    ],
    "API destination": lambda clone: [
        each["Name"] for each in clone.client("events").list_api_destinations()["ApiDestinations"]
    ],
    "DMS task": _paged("dms", "describe_replication_tasks", "ReplicationTasks", "ReplicationTaskIdentifier"),
    "DMS endpoint": _paged("dms", "describe_endpoints", "Endpoints", "EndpointIdentifier"),
    "replication instance": _paged(
        "dms", "describe_replication_instances", "ReplicationInstances", "ReplicationInstanceIdentifier"
    ),
    "replication subnet group": _paged(
        "dms",
        "describe_replication_subnet_groups",
        "ReplicationSubnetGroups",
        "ReplicationSubnetGroupIdentifier",
    ),
    "VPC endpoint": _endpoints,
    "VPC": _networks("describe_vpcs", "Vpcs", "VpcId"),
    "subnet": _networks("describe_subnets", "Subnets", "SubnetId"),
    "security group": _networks("describe_security_groups", "SecurityGroups", "GroupId"),
    "network interface": _paged(
        "ec2", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"
    ),
}
