"""What of one stack's network another stack's loads go through."""

from tests.e2e.account import inventory
from tests.e2e.clone import Clone
from tests.e2e.conftest import new_stack, write_dataset


def gateways(clone: Clone) -> set[str]:
    return {each for each in inventory(clone) if each.startswith("VPC endpoint ")}


def test_destroy_keeps_the_endpoints_while_a_different_stack_has_an_instance_in_the_vpc(
    own: Clone,
) -> None:
    write_dataset(own.folder / "people", a="p1|31\n")
    stack = new_stack(own)
    stack.settle({"dataset": "people/dataset.yaml", "method": "dms"})
    up = stack.up()
    assert up.code == 0, up.output
    opened = gateways(own)
    assert len(opened) == 2
    dms, ec2 = own.client("dms"), own.client("ec2")
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

    down = stack.destroy()
    assert down.code == 0, down.output
    assert gateways(own) == opened
    assert "since other in vpc-" in down.output
    left = own.literal("bulk leftovers").output
    assert left.count("other in its VPC needs it") == 2

    again = stack.up()
    assert again.code == 0, again.output
    assert gateways(own) == opened
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
    assert stack.destroy().code == 0
    assert gateways(own) == set()
