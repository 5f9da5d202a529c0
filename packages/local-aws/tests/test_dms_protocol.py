import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.testing.stage import Stage


def _post(url: str, operation: str, body: str) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(
        url, body.encode(), {"X-Amz-Target": f"AmazonDMSv20160101.{operation}"}, method="POST"
    )
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request)
    return raised.value.code, json.loads(raised.value.read())


def test_operation_when_it_is_not_of_dms_is_refused_by_name(server: str):
    status, answer = _post(server, "MakeTea", "{}")
    assert status == 400
    assert answer["__type"] == "UnknownOperationException"
    assert "MakeTea is not an operation of DMS" in answer["message"]


def test_operation_that_only_aws_has_is_reported(server: str):
    _, answer = _post(server, "ReloadReplicationTables", "{}")
    assert "is not supported by local AWS" in answer["message"]


def test_request_when_a_required_member_is_missing_names_it(server: str):
    _, answer = _post(server, "CreateReplicationInstance", '{"ReplicationInstanceIdentifier": "a"}')
    assert answer["__type"] == "InvalidParameterValueException"
    assert "ReplicationInstanceClass" in answer["message"]


def test_request_when_not_json_is_a_serialization_exception(server: str):
    assert _post(server, "DescribeEndpoints", "{")[1]["__type"] == "SerializationException"


def test_request_when_an_enum_value_is_unknown_lists_the_known_ones(stage: Stage):
    with pytest.raises(ClientError, match=r"full-load, cdc, full-load-and-cdc"):
        stage.dms.create_replication_task(
            ReplicationTaskIdentifier="t",
            SourceEndpointArn="s",
            TargetEndpointArn="t",
            ReplicationInstanceArn="i",
            MigrationType="half-load",
            TableMappings="{}",
        )


def test_resources_of_one_region_are_not_seen_in_another(server: str):
    here, there = Stage(server, "eu-west-1"), Stage(server, "us-east-2")
    group = here.subnet_group()
    names = [
        found["ReplicationSubnetGroupIdentifier"]
        for found in there.dms.describe_replication_subnet_groups()["ReplicationSubnetGroups"]
    ]
    assert group not in names


def test_describe_continues_at_the_marker_when_there_is_more_than_a_page(server: str):
    stage = Stage(server, "eu-central-1")
    for number in range(25):
        stage.subnet_group(f"group-{number:02}")
    pages = stage.dms.get_paginator("describe_replication_subnet_groups").paginate(
        PaginationConfig={"PageSize": 20}
    )
    sizes = [len(page["ReplicationSubnetGroups"]) for page in pages]
    assert sizes == [20, 5]


def test_describe_when_max_records_is_under_20_is_refused(stage: Stage):
    with pytest.raises(ClientError, match="MaxRecords must be between 20 and 100"):
        stage.dms.describe_endpoints(MaxRecords=5)


def test_describe_when_the_filter_is_unknown_lists_the_known_ones(stage: Stage):
    with pytest.raises(ClientError, match="endpoint-arn, endpoint-id"):
        stage.dms.describe_endpoints(Filters=[{"Name": "colour", "Values": ["red"]}])


def test_tags_when_added_and_removed_are_listed_accordingly(stage: Stage):
    arn = f"arn:aws:dms:eu-west-1:123456789012:subgrp:{stage.subnet_group()}"
    stage.dms.add_tags_to_resource(
        ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    )
    stage.dms.remove_tags_from_resource(ResourceArn=arn, TagKeys=["a"])
    assert stage.dms.list_tags_for_resource(ResourceArn=arn)["TagList"] == [{"Key": "b", "Value": "2"}]


def test_tags_of_an_unknown_resource_are_not_found(stage: Stage):
    with pytest.raises(stage.dms.exceptions.ResourceNotFoundFault):
        stage.dms.list_tags_for_resource(ResourceArn="arn:aws:dms:eu-west-1:123456789012:rep:NONE")
