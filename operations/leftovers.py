"""What AWS keeps in an account after a destroy, by its known names.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from operations.account_roles import ACCOUNT_ROLES
from operations.aws import Aws

LOG_GROUP_PREFIX = "dms-tasks-"
TABLE_PREFIX = "awsdms_"


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """One thing that is still there, and why."""

    kind: str
    name: str
    reason: str


def find_leftovers(aws: Aws) -> Iterator[Leftover]:
    """Roles, tables and log groups of DMS in the account and Region, whoever they belong to."""
    for role in ACCOUNT_ROLES:
        try:
            aws.iam.get_role(RoleName=role.name)
        except aws.iam.exceptions.NoSuchEntityException:
            continue
        yield Leftover(kind="role", name=role.name, reason="belongs to the account: every DMS user needs it")
    for page in aws.dynamodb.get_paginator("list_tables").paginate():
        for name in page.get("TableNames", []):
            if name.startswith(TABLE_PREFIX):
                yield Leftover(kind="table", name=name, reason="made by DMS for its rejected rows")
    for page in aws.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=LOG_GROUP_PREFIX):
        for group in page.get("logGroups", []):
            yield Leftover(
                kind="log group", name=group.get("logGroupName", ""), reason="of a replication instance"
            )
