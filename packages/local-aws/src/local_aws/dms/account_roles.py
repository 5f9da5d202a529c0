"""The account-wide roles of DMS, and what they have to allow.

Source: https://docs.aws.amazon.com/dms/latest/userguide/security-iam.html
"""

from local_aws.account import ACCOUNT
from local_aws.dataplane.roles import DeniedError, account_role, assume
from local_aws.dms.faults import access_denied

VPC_ROLE = "dms-vpc-role"
LOGS_ROLE = "dms-cloudwatch-logs-role"

# What AmazonDMSVPCManagementRole grants.
_VPC_ACTIONS = tuple(
    f"ec2:{action}"
    for action in (
        "CreateNetworkInterface", "DeleteNetworkInterface", "DescribeAvailabilityZones",
        "DescribeInternetGateways", "DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs",
        "ModifyNetworkInterfaceAttribute",
    )
)  # fmt: skip
_LOG_ACTIONS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")


def require_vpc_role() -> None:
    """Raise AccessDeniedFault unless DMS may manage network interfaces in the account."""
    arn = account_role(VPC_ROLE)
    try:
        assume(arn).require(_VPC_ACTIONS, "*")
    except DeniedError:
        raise access_denied(f"The IAM Role {arn} is not configured properly.") from None


def may_log(region: str, group: str, stream: str) -> bool:
    """Return whether the account's role lets DMS write this log stream."""
    target = f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{group}"
    try:
        role = assume(account_role(LOGS_ROLE))
    except DeniedError:
        return False
    # The account's policy names a group with the colon of its streams, too.
    resources = (target, f"{target}:log-stream:", f"{target}:log-stream:{stream}")
    return all(any(role.may(action, resource) for resource in resources) for action in _LOG_ACTIONS)
