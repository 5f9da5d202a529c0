"""What of one stack's network another stack's loads go through."""

from pathlib import Path

import pytest

from tests.e2e.account import inventory
from tests.e2e.clone import Clone
from tests.e2e.conftest import UP

pytestmark = pytest.mark.engine


def gateways(clone: Clone) -> set[str]:
    return {each for each in inventory(clone) if each.startswith("VPC endpoint ")}


def test_destroy_keeps_the_endpoints_while_a_different_stack_has_an_instance_in_the_vpc(
    clone: Clone, people: Path
) -> None:
    up = clone.literal(UP)
    assert up.code == 0, up.output
    opened = gateways(clone)
    assert len(opened) == 2
    dms, ec2 = clone.client("dms"), clone.client("ec2")
    subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]]
    dms.create_replication_subnet_group(
        ReplicationSubnetGroupIdentifier="other",
        ReplicationSubnetGroupDescription="of another stack",
        SubnetIds=subnets,
    )
    other = dms.create_replication_instance(
        ReplicationInstanceIdentifier="other",
        ReplicationInstanceClass="dms.t3.medium",
        ReplicationSubnetGroupIdentifier="other",
    )["ReplicationInstance"]["ReplicationInstanceArn"]

    down = clone.literal("pulumi destroy --stack people --yes --skip-preview")
    assert down.code == 0, down.output
    assert gateways(clone) == opened
    assert "since other in vpc-" in down.output
    left = clone.literal("bulk leftovers").output
    assert left.count("other in its VPC needs it") == 2

    again = clone.literal(UP)
    assert again.code == 0, again.output
    assert gateways(clone) == opened
    assert (
        "VPC endpoint com.amazonaws.eu-west-1.s3 is this stack's, but not in its state: adopted"
        in again.output
    )

    dms.get_waiter("replication_instance_available").wait(WaiterConfig={"Delay": 1})
    dms.delete_replication_instance(ReplicationInstanceArn=other)
    dms.get_waiter("replication_instance_deleted").wait(
        Filters=[{"Name": "replication-instance-id", "Values": ["other"]}], WaiterConfig={"Delay": 1}
    )
    dms.delete_replication_subnet_group(ReplicationSubnetGroupIdentifier="other")
    assert clone.literal("pulumi destroy --stack people --yes --skip-preview").code == 0
    assert gateways(clone) == set()
