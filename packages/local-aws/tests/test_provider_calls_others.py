"""The calls of the AWS provider for the other services of a stack, with what it sends, reads and expects.

Source: hashicorp/terraform-provider-aws, internal/service/{iam,logs,ec2,ssm,scheduler,sfn}.
"""

import json
from typing import Any
from urllib.parse import unquote

from local_aws.testing.provider_calls import error_of, missing
from local_aws.testing.stage import Stage

TAGS = [{"Key": "stack", "Value": "dev"}]
MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonDMSVPCManagementRole"


def trust(service: str) -> str:
    allowed = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def test_functions_of_a_program_find_account_and_roles(stage: Stage) -> None:
    assert not missing(stage.client("sts").get_caller_identity(), "Account", "Arn", "UserId")
    roles = [role for page in stage.iam.get_paginator("list_roles").paginate() for role in page["Roles"]]
    assert not missing(roles, "0.Arn", "0.RoleName", "0.Path")
    assert error_of(stage.iam.get_role, RoleName="no-such-role") == "NoSuchEntity"


def test_role_is_created_read_updated_and_deleted(stage: Stage) -> None:
    iam, name = stage.iam, stage.named("provided")
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::files/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.create_role(
        RoleName=name, Path="/", AssumeRolePolicyDocument=trust("dms.amazonaws.com"),
        MaxSessionDuration=3600, Tags=TAGS,
    )  # fmt: skip
    role = iam.get_role(RoleName=name)["Role"]
    read = ("Arn", "RoleName", "RoleId", "Path", "CreateDate", "AssumeRolePolicyDocument")
    assert not missing(role, *read, "MaxSessionDuration", "Tags.0.Key")
    iam.put_role_policy(RoleName=name, PolicyName="it", PolicyDocument=policy)
    found = iam.get_role_policy(RoleName=name, PolicyName="it")
    document = found["PolicyDocument"]  # URL-encoded in the answer itself, which boto3 decodes
    assert (json.loads(unquote(document)) if isinstance(document, str) else document) == json.loads(policy)
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["it"]
    iam.attach_role_policy(RoleName=name, PolicyArn=MANAGED)
    [attached] = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert attached["PolicyArn"] == MANAGED
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust("scheduler.amazonaws.com"))
    iam.tag_role(RoleName=name, Tags=TAGS)
    iam.untag_role(RoleName=name, TagKeys=["stack"])
    assert iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"] == []
    assert error_of(iam.delete_role, RoleName=name) == "DeleteConflict"
    iam.detach_role_policy(RoleName=name, PolicyArn=MANAGED)
    iam.delete_role_policy(RoleName=name, PolicyName="it")
    assert error_of(iam.get_role_policy, RoleName=name, PolicyName="it") == "NoSuchEntity"
    iam.delete_role(RoleName=name)
    for call in (iam.get_role, iam.delete_role, iam.list_attached_role_policies):
        assert error_of(call, RoleName=name) == "NoSuchEntity"


def test_log_group_is_created_read_updated_and_deleted(stage: Stage) -> None:
    logs, name = stage.logs, stage.named("provided")
    logs.create_log_group(logGroupName=name, tags={"stack": "dev"})
    for days in (14, 30):
        logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    [group] = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert not missing(group, "arn", "logGroupName", "creationTime")
    assert group["retentionInDays"] == 30
    arn = group["arn"].removesuffix(":*")
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"stack": "dev"}
    assert error_of(logs.create_log_group, logGroupName=name) == "ResourceAlreadyExistsException"
    logs.delete_log_group(logGroupName=name)
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"] == []
    assert error_of(logs.delete_log_group, logGroupName=name) == "ResourceNotFoundException"


def test_gateway_endpoint_is_created_read_modified_and_deleted(stage: Stage) -> None:
    ec2 = stage.ec2
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    service = f"com.amazonaws.{stage.region}.dynamodb"
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=service,
        VpcEndpointType="Gateway",
        RouteTableIds=[table],
        PrivateDnsEnabled=False,
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": TAGS}],
    )["VpcEndpoint"]["VpcEndpointId"]

    def read() -> dict[str, Any]:
        [found] = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"]
        return found

    stage.until(lambda: read()["State"].lower() == "available")
    assert not missing(
        read(),
        *("VpcEndpointId", "VpcEndpointType", "VpcId", "ServiceName", "State", "OwnerId"),
        *("PolicyDocument", "RouteTableIds.0", "Tags.0.Key"),
    )
    filters = [{"Name": "prefix-list-name", "Values": [service]}]
    [prefixes] = ec2.describe_prefix_lists(Filters=filters)["PrefixLists"]
    assert not missing(prefixes, "PrefixListId", "PrefixListName")
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveRouteTableIds=[table])
    assert read()["RouteTableIds"] == []
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])["Unsuccessful"] == []
    stage.until(lambda: read()["State"].lower() == "deleted")


def test_parameter_is_put_read_and_deleted(stage: Stage) -> None:
    ssm, name = stage.client("ssm"), f"/{stage.named('provided')}"
    ssm.put_parameter(Name=name, Type="String", Value="one", Description="", Tags=TAGS)
    ssm.put_parameter(Name=name, Type="String", Value="two", Overwrite=True)
    found = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert not missing(found, "ARN", "Name", "Type", "Value", "Version", "DataType")
    filters = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
    [described] = ssm.describe_parameters(ParameterFilters=filters)["Parameters"]
    assert not missing(described, "Name", "Tier", "Version", "DataType")
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    assert tags == TAGS
    ssm.delete_parameter(Name=name)
    assert error_of(ssm.get_parameter, Name=name) == "ParameterNotFound"
    assert error_of(ssm.delete_parameter, Name=name) == "ParameterNotFound"


def test_schedule_and_its_group_are_created_read_updated_and_deleted(stage: Stage) -> None:
    scheduler, name = stage.client("scheduler"), stage.named("provided")
    role = stage.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("scheduler.amazonaws.com"))[
        "Role"
    ]["Arn"]
    group = scheduler.create_schedule_group(Name=name, Tags=TAGS)["ScheduleGroupArn"]
    found = scheduler.get_schedule_group(Name=name)
    assert not missing(found, "Arn", "CreationDate", "LastModificationDate", "Name")
    assert found["State"] == "ACTIVE"
    assert scheduler.list_tags_for_resource(ResourceArn=group)["Tags"] == TAGS
    place = {"GroupName": name, "Name": "every-day"}
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime", "RoleArn": role}
    members: dict[str, Any] = {
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ScheduleExpression": "rate(1 days)",
        "ScheduleExpressionTimezone": "UTC",
        "State": "ENABLED",
        "Target": {**target, "Input": "{}"},
    }
    scheduler.create_schedule(**place, **members)
    scheduler.update_schedule(**place, **members | {"State": "DISABLED"})
    schedule = scheduler.get_schedule(**place)
    assert not missing(schedule, "Arn", *place, *members, "FlexibleTimeWindow.Mode", "Target.RoleArn")
    assert schedule["State"] == "DISABLED"
    scheduler.delete_schedule(**place)
    assert error_of(scheduler.get_schedule, **place) == "ResourceNotFoundException"
    scheduler.delete_schedule_group(Name=name)
    assert error_of(scheduler.get_schedule_group, Name=name) == "ResourceNotFoundException"


def test_state_machine_is_created_read_updated_and_deleted(stage: Stage) -> None:
    machines, name = stage.client("stepfunctions"), stage.named("provided")
    role = stage.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("states.amazonaws.com"))
    definition = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    members = {"definition": definition, "roleArn": role["Role"]["Arn"]}
    checked = machines.validate_state_machine_definition(definition=definition, type="STANDARD")
    assert checked["result"] == "OK"
    arn = machines.create_state_machine(
        name=name, type="STANDARD", publish=False, tags=[{"key": "stack", "value": "dev"}], **members
    )["stateMachineArn"]
    machines.update_state_machine(stateMachineArn=arn, publish=False, **members)
    found = machines.describe_state_machine(stateMachineArn=arn)
    assert not missing(
        found, "stateMachineArn", "creationDate", "definition", "name", "roleArn", "status", "type"
    )
    assert machines.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"] == []
    assert machines.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "stack", "value": "dev"}]
    machines.delete_state_machine(stateMachineArn=arn)

    def is_gone() -> bool:
        try:
            machines.describe_state_machine(stateMachineArn=arn)
        except machines.exceptions.StateMachineDoesNotExist:
            return True
        return False

    stage.until(is_gone)


def test_project_is_created_read_updated_and_deleted_and_never_built(stage: Stage) -> None:
    builds, name = stage.client("codebuild"), stage.named("provided")
    members: dict[str, Any] = {
        "serviceRole": "arn:aws:iam::123456789012:role/deploy",
        "timeoutInMinutes": 60,
        "concurrentBuildLimit": 1,
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": {"computeType": "BUILD_GENERAL1_SMALL", "image": "i", "type": "LINUX_CONTAINER"},
        "source": {"type": "S3", "location": "bucket/project.zip", "buildspec": "{}"},
        "tags": [{"key": "stack", "value": "dev"}],
    }
    builds.create_project(name=name, **members)
    builds.update_project(name=name, timeoutInMinutes=90, sourceVersion="v2")
    (found,) = builds.batch_get_projects(names=[name])["projects"]
    assert not missing(found, "arn", "name", "created", *members)
    assert (found["timeoutInMinutes"], found["sourceVersion"]) == (90, "v2")
    assert found["concurrentBuildLimit"] == 1
    assert error_of(builds.start_build, projectName=name) == "InvalidInputException"
    assert builds.list_builds_for_project(projectName=name)["ids"] == []
    builds.delete_project(name=name)
    assert builds.batch_get_projects(names=[name])["projects"] == []
    assert error_of(builds.update_project, name=name) == "ResourceNotFoundException"
