"""The roles that DMS looks for by name, one of each per account."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AccountRole:
    """A role as AWS wants it: its fixed name, its managed policy, whether its trust can be narrowed."""

    name: str
    policy: str
    narrowed: bool


# Source: https://docs.aws.amazon.com/dms/latest/userguide/security-iam.html#CHAP_Security.APIRole
# DMS assumes the logs role without saying for whom, so a condition there stops all logs:
# https://github.com/terraform-aws-modules/terraform-aws-dms/issues/84
ACCOUNT_ROLES = (
    AccountRole(name="dms-vpc-role", policy="AmazonDMSVPCManagementRole", narrowed=True),
    AccountRole(name="dms-cloudwatch-logs-role", policy="AmazonDMSCloudWatchLogsRole", narrowed=False),
)
