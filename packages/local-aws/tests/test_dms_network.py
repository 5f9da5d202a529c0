import json

import pytest
from botocore.exceptions import ClientError

from local_aws.testing.orders import object_mapping
from local_aws.testing.stage import TRUST, Stage

VPC_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonDMSVPCManagementRole"


def test_subnet_group_when_the_vpc_role_lacks_its_policy_is_denied(stage: Stage):
    stage.iam.detach_role_policy(RoleName="dms-vpc-role", PolicyArn=VPC_POLICY)
    with pytest.raises(stage.dms.exceptions.AccessDeniedFault) as raised:
        stage.subnet_group()
    assert "The IAM Role arn:aws:iam::123456789012:role/dms-vpc-role is not configured properly." in str(
        raised.value
    )


def test_instance_when_the_vpc_role_is_missing_is_denied(stage: Stage):
    stage.iam.detach_role_policy(RoleName="dms-vpc-role", PolicyArn=VPC_POLICY)
    stage.iam.delete_role(RoleName="dms-vpc-role")
    with pytest.raises(
        stage.dms.exceptions.AccessDeniedFault, match="dms-vpc-role is not configured properly"
    ):
        stage.instance()


def test_subnet_group_when_the_vpc_role_trusts_another_service_is_denied(stage: Stage):
    other = {**TRUST, "Principal": {"Service": "ec2.amazonaws.com"}}
    right = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    stage.iam.update_assume_role_policy(
        RoleName="dms-vpc-role", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [other]})
    )
    try:
        with pytest.raises(stage.dms.exceptions.AccessDeniedFault):
            stage.subnet_group()
    finally:
        stage.iam.update_assume_role_policy(RoleName="dms-vpc-role", PolicyDocument=right)


def test_subnet_group_is_stored_in_lower_case_with_its_network(stage: Stage):
    stage.subnet_group(f"My-{stage.number}")
    filters = [{"Name": "replication-subnet-group-id", "Values": [f"my-{stage.number}"]}]
    (group,) = stage.dms.describe_replication_subnet_groups(Filters=filters)["ReplicationSubnetGroups"]
    assert group["SubnetGroupStatus"] == "Complete"
    assert {subnet["SubnetIdentifier"] for subnet in group["Subnets"]} == set(stage.subnets())


def test_subnet_group_in_one_zone_does_not_cover_enough(stage: Stage):
    with pytest.raises(stage.dms.exceptions.ReplicationSubnetGroupDoesNotCoverEnoughAZs, match="coverage: 1"):
        stage.dms.create_replication_subnet_group(
            ReplicationSubnetGroupIdentifier="one",
            ReplicationSubnetGroupDescription="x",
            SubnetIds=stage.subnets()[:1],
        )


def test_subnet_group_with_an_unknown_subnet_is_an_invalid_subnet(stage: Stage):
    with pytest.raises(stage.dms.exceptions.InvalidSubnet, match="subnet-none"):
        stage.dms.create_replication_subnet_group(
            ReplicationSubnetGroupIdentifier="none",
            ReplicationSubnetGroupDescription="x",
            SubnetIds=[*stage.subnets(), "subnet-none"],
        )


def test_subnet_group_named_default_is_refused(stage: Stage):
    with pytest.raises(ClientError, match='not "default"'):
        stage.subnet_group("Default")


def test_subnet_group_when_it_exists_is_refused(stage: Stage):
    stage.subnet_group()
    with pytest.raises(stage.dms.exceptions.ResourceAlreadyExistsFault):
        stage.subnet_group()


def test_subnet_group_in_use_cannot_be_deleted(stage: Stage):
    group = stage.subnet_group()
    stage.instance(wait=False, ReplicationSubnetGroupIdentifier=group)
    with pytest.raises(stage.dms.exceptions.InvalidResourceStateFault, match="is still using it"):
        stage.dms.delete_replication_subnet_group(ReplicationSubnetGroupIdentifier=group)


def test_subnet_group_when_deleted_is_not_found(stage: Stage):
    group = stage.subnet_group()
    stage.dms.delete_replication_subnet_group(ReplicationSubnetGroupIdentifier=group)
    with pytest.raises(stage.dms.exceptions.ResourceNotFoundFault):
        stage.dms.describe_replication_subnet_groups(
            Filters=[{"Name": "replication-subnet-group-id", "Values": [group]}]
        )


def test_subnet_group_when_modified_shows_its_new_text(stage: Stage):
    group = stage.subnet_group()
    changed = stage.dms.modify_replication_subnet_group(
        ReplicationSubnetGroupIdentifier=group,
        ReplicationSubnetGroupDescription="new",
        SubnetIds=stage.subnets()[:2],
    )["ReplicationSubnetGroup"]
    assert (changed["ReplicationSubnetGroupDescription"], len(changed["Subnets"])) == ("new", 2)


def test_connection_times_out_when_the_subnets_have_no_route_to_s3(stage: Stage):
    stage.make_bucket()
    vpc, group = stage.network()
    private = stage.instance(ReplicationSubnetGroupIdentifier=group, PubliclyAccessible=False)
    source = stage.source()
    failed = stage.connection(private, source)
    assert (failed["Status"], "Timeout was reached" in failed["LastFailureMessage"]) == ("failed", True)
    (table,) = stage.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    stage.ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{stage.region}.s3", RouteTableIds=[table["RouteTableId"]]
    )
    assert stage.connection(private, source)["Status"] == "successful"
    assert stage.connection(private, stage.target())["Status"] == "failed"


@pytest.mark.parametrize(("public", "status"), [(True, "successful"), (False, "failed")])
def test_internet_gateway_serves_public_addresses_alone(stage: Stage, public: bool, status: str):
    stage.make_bucket()
    vpc, group = stage.network()
    gateway = stage.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    stage.ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    (table,) = stage.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    stage.ec2.create_route(
        RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
    )
    instance = stage.instance(ReplicationSubnetGroupIdentifier=group, PubliclyAccessible=public)
    assert stage.connection(instance, stage.source())["Status"] == status


def test_task_fails_when_the_route_is_taken_away_after_the_connection_was_tested(stage: Stage):
    vpc, group = stage.network()
    (table,) = stage.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    endpoints = [
        stage.ec2.create_vpc_endpoint(
            VpcId=vpc,
            ServiceName=f"com.amazonaws.{stage.region}.{name}",
            RouteTableIds=[table["RouteTableId"]],
        )["VpcEndpoint"]["VpcEndpointId"]
        for name in ("s3", "dynamodb")
    ]
    stage.files(LOAD001="a,1,x\n")
    instance = stage.instance(ReplicationSubnetGroupIdentifier=group, PubliclyAccessible=False)
    task = stage.task(object_mapping(stage.table()), instance=instance)
    stage.ec2.delete_vpc_endpoints(VpcEndpointIds=endpoints)
    ended = stage.run(task)
    assert (ended["Status"], "Timeout was reached" in ended["LastFailureMessage"]) == ("failed", True)
