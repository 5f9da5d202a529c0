"""The leftovers of DMS: roles of the account, control tables, log groups, network interfaces.

Sources: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Monitoring.html
"""

from collections.abc import Collection, Iterator, Sequence
from functools import partial

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.account_roles import ACCOUNT_ROLES, OWNER_TAG
from dynamodb_bulk.aws.tags import owner_of, tags_of
from dynamodb_bulk.cleanup.leftover import Leftover, from_milliseconds
from dynamodb_bulk.loads.dms.alive import dms_interfaces, live_instances, live_serverless, live_tasks

TABLE_PREFIX = "awsdms_"
INSTANCE_LOGS, SERVERLESS_LOGS = "dms-tasks-", "dms-serverless-replication-"


def dms_leftovers(aws: Aws) -> Iterator[Leftover]:
    """Tables, log groups, interfaces in the account and Region, whoever they belong to."""
    instances, serverless = live_instances(aws), live_serverless(aws)
    yield from _tables(aws, [*live_tasks(aws), *serverless])
    yield from _log_groups(aws, INSTANCE_LOGS, instances, "its replication instance does not exist")
    yield from _log_groups(aws, SERVERLESS_LOGS, serverless, "its serverless replication does not exist")
    yield from _interfaces(aws, in_use=bool(instances or serverless))


def account_roles(aws: Aws) -> Iterator[Leftover]:
    """Yield the roles that DMS looks for by name."""
    for role in ACCOUNT_ROLES:
        try:
            found = aws.iam.get_role(RoleName=role.name)["Role"]
        except aws.iam.exceptions.NoSuchEntityException:
            continue
        yield Leftover(
            kind="role",
            name=role.name,
            reason="belongs to the account: every DMS user needs it",
            owner=tags_of(found.get("Tags", [])).get(OWNER_TAG, ""),
            created=found["CreateDate"],
            of_account=True,
        )


def _tables(aws: Aws, users: Sequence[str]) -> Iterator[Leftover]:
    for page in aws.dynamodb.get_paginator("list_tables").paginate():
        for name in page.get("TableNames", []):
            if name.startswith(TABLE_PREFIX):
                table = aws.dynamodb.describe_table(TableName=name)["Table"]
                yield Leftover(
                    kind="table",
                    name=name,
                    reason="made by DMS for its rejected rows",
                    created=table.get("CreationDateTime"),
                    retained=f"all of DMS in this Region shares it, and {users[0]} exists" if users else "",
                    delete=partial(aws.dynamodb.delete_table, TableName=name),
                )


def _log_groups(aws: Aws, prefix: str, alive: Collection[str], reason: str) -> Iterator[Leftover]:
    for page in aws.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix):
        for group in page.get("logGroups", []):
            name = group.get("logGroupName", "")
            if name.removeprefix(prefix).lower() in alive:
                continue
            tags = aws.logs.list_tags_for_resource(resourceArn=group.get("arn", "").removesuffix(":*"))
            yield Leftover(
                kind="log group",
                name=name,
                reason=reason,
                owner=owner_of(tags.get("tags", {})),
                created=from_milliseconds(group.get("creationTime")),
                delete=partial(aws.logs.delete_log_group, logGroupName=name),
            )


def _interfaces(aws: Aws, *, in_use: bool) -> Iterator[Leftover]:
    """Yield those that nothing holds; and those still held when nothing of DMS is there to hold them."""
    for found in dms_interfaces(aws):
        if found.free or not in_use:
            held = f"it is {found.status}; AWS releases it some minutes after its instance"
            yield Leftover(
                kind="network interface",
                name=found.id,
                reason=f"made by DMS in {found.subnet or 'a subnet'}",
                retained="" if found.free else held,
                delete=partial(aws.ec2.delete_network_interface, NetworkInterfaceId=found.id),
            )
