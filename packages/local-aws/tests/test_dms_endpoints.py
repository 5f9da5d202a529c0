from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.testing.stage import TRUST, Stage


def _fields(stage: Stage, arn: str) -> dict[str, Any]:
    filters = [{"Name": "endpoint-arn", "Values": [arn]}]
    return stage.dms.describe_endpoints(Filters=filters)["Endpoints"][0]


def test_source_endpoint_with_few_settings_has_the_defaults_of_dms(stage: Stage):
    endpoint = _fields(stage, stage.source())
    settings = endpoint["S3Settings"]
    assert (endpoint["Status"], endpoint["EngineDisplayName"]) == ("active", "Amazon S3")
    assert (settings["CsvDelimiter"], settings["CsvRowDelimiter"], settings["Rfc4180"]) == (",", "\\n", True)


@pytest.mark.parametrize("missing", ["BucketName", "ServiceAccessRoleArn", "ExternalTableDefinition"])
def test_source_endpoint_without_a_required_setting_names_it(stage: Stage, missing: str):
    settings = {"BucketName": "b", "ServiceAccessRoleArn": "r", "ExternalTableDefinition": "{}"}
    del settings[missing]
    with pytest.raises(ClientError, match=rf"S3Settings\.{missing} is required"):
        stage.endpoint("source", "s3", S3Settings=settings)


def test_target_endpoint_without_a_role_is_refused(stage: Stage):
    with pytest.raises(ClientError, match=r"DynamoDbSettings\.ServiceAccessRoleArn is required"):
        stage.endpoint("target", "dynamodb")


def test_source_endpoint_of_dynamodb_is_refused(stage: Stage):
    with pytest.raises(ClientError, match="only s3 as a source and dynamodb as a target"):
        stage.endpoint("source", "dynamodb", DynamoDbSettings={"ServiceAccessRoleArn": "r"})


def test_source_endpoint_with_a_setting_for_targets_is_refused(stage: Stage):
    with pytest.raises(
        ClientError, match="GlueCatalogGeneration feature is not available for S3 source endpoint"
    ):
        stage.source("r", GlueCatalogGeneration=True)


def test_endpoint_when_modified_keeps_the_settings_not_named(stage: Stage):
    arn = stage.source()
    stage.dms.modify_endpoint(EndpointArn=arn, S3Settings={"CsvDelimiter": "|"})
    settings = _fields(stage, arn)["S3Settings"]
    assert (settings["CsvDelimiter"], settings["BucketName"]) == ("|", stage.bucket)


def test_endpoint_in_use_by_a_task_cannot_be_deleted(stage: Stage):
    source = stage.source()
    stage.task(source=source)
    with pytest.raises(
        stage.dms.exceptions.InvalidResourceStateFault, match="part of one or more ReplicationTasks"
    ):
        stage.dms.delete_endpoint(EndpointArn=source)


def test_endpoint_when_deleted_is_not_found(stage: Stage):
    arn = stage.source()
    stage.dms.delete_endpoint(EndpointArn=arn)
    with pytest.raises(stage.dms.exceptions.ResourceNotFoundFault):
        _fields(stage, arn)


def test_connection_with_the_documented_permissions_is_successful(stage: Stage):
    stage.make_bucket()
    assert stage.connection(stage.ready_instance(), stage.source())["Status"] == "successful"


def test_connection_when_the_role_may_not_list_the_bucket_names_action_resource_and_role(stage: Stage):
    stage.make_bucket()
    role = stage.role("reader", ("s3:GetObject", f"arn:aws:s3:::{stage.bucket}/*"))
    connection = stage.connection(stage.ready_instance(), stage.source(role))
    assert connection["Status"] == "failed"
    assert (
        f"{role} is not authorized to perform: s3:ListBucket on resource: arn:aws:s3:::{stage.bucket}"
        in (connection["LastFailureMessage"])
    )


def test_connection_reports_a_missing_bucket(stage: Stage):
    connection = stage.connection(stage.ready_instance(), stage.source())
    assert f"The bucket {stage.bucket} does not exist" in connection["LastFailureMessage"]


def test_connection_reports_a_bucket_in_a_different_region(stage: Stage):
    there = Stage(stage.url, "us-west-2")
    there.make_bucket()
    connection = stage.connection(stage.ready_instance(), stage.source(BucketName=there.bucket))
    assert "is in us-west-2 and the replication instance in eu-west-1" in connection["LastFailureMessage"]


def test_connection_reports_a_missing_role(stage: Stage):
    stage.make_bucket()
    role = "arn:aws:iam::123456789012:role/nobody"
    connection = stage.connection(stage.ready_instance(), stage.source(role))
    assert f"The IAM role {role} does not exist" in connection["LastFailureMessage"]


def test_connection_reports_a_role_that_trusts_a_different_service(stage: Stage):
    stage.make_bucket()
    trust = {**TRUST, "Principal": {"Service": "glue.amazonaws.com"}}
    connection = stage.connection(stage.ready_instance(), stage.target(stage.role("stranger", trust=trust)))
    assert "dms.amazonaws.com cannot assume the IAM role" in connection["LastFailureMessage"]


@pytest.mark.parametrize(("account", "status"), [("123456789012", "successful"), ("999999999999", "failed")])
def test_connection_when_the_trust_names_an_account_honours_it(stage: Stage, account: str, status: str):
    trust = {**TRUST, "Condition": {"StringEquals": {"aws:SourceAccount": account}}}
    role = stage.role("narrow", ("dynamodb:*", "*"), trust=trust)
    assert stage.connection(stage.ready_instance(), stage.target(role))["Status"] == status


@pytest.mark.parametrize(("kind", "status"), [("*", "successful"), ("task:*", "failed")])
def test_connection_when_the_trust_names_a_source_arn_honours_it(stage: Stage, kind: str, status: str):
    trust = {
        **TRUST,
        "Condition": {"ArnLike": {"AWS:SourceArn": f"arn:aws:dms:eu-west-1:123456789012:{kind}"}},
    }
    role = stage.role("narrow", ("dynamodb:*", "*"), trust=trust)
    assert stage.connection(stage.ready_instance(), stage.target(role))["Status"] == status


def test_endpoint_types_are_those_that_can_be_created(stage: Stage):
    types = stage.dms.describe_endpoint_types()["SupportedEndpointTypes"]
    assert {(each["EngineName"], each["EndpointType"], each["SupportsCDC"]) for each in types} == {
        ("s3", "source", True),
        ("dynamodb", "target", True),
    }
    filters = [{"Name": "endpoint-type", "Values": ["source"]}]
    [found] = stage.dms.describe_endpoint_types(Filters=filters)["SupportedEndpointTypes"]
    assert found["EngineDisplayName"] == "Amazon S3"


def test_schemas_of_a_source_are_the_owners_in_its_definition(stage: Stage):
    assert stage.dms.describe_schemas(EndpointArn=stage.source())["Schemas"] == ["import"]
    assert stage.dms.describe_schemas(EndpointArn=stage.target())["Schemas"] == []


def test_schemas_of_an_endpoint_that_does_not_exist_are_not_found(stage: Stage):
    with pytest.raises(stage.dms.exceptions.ResourceNotFoundFault):
        stage.dms.describe_schemas(EndpointArn="arn:aws:dms:eu-west-1:123456789012:endpoint:NONE")
