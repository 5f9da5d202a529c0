"""What the Resource Groups Tagging API lists, of services that moto carries and of ours."""

import json
import urllib.request
from typing import Any

from local_aws.tagged_resources import GHOST_SECONDS
from local_aws.testing.stage import Stage

TAGS = [{"Key": "project", "Value": "tagged"}]


def listed(stage: Stage) -> dict[str, dict[str, str]]:
    pages = stage.client("resourcegroupstaggingapi").get_paginator("get_resources")
    return {
        found["ResourceARN"].split(":", 5)[5]: {tag["Key"]: tag["Value"] for tag in found["Tags"]}
        for page in pages.paginate(TagFilters=[{"Key": "project", "Values": ["tagged"]}], ResourcesPerPage=1)
        for found in page["ResourceTagMappingList"]
    }


def endpoint(stage: Stage) -> str:
    vpc, _ = stage.network()
    made: Any = stage.ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{stage.region}.s3",
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": TAGS}],  # pyright: ignore[reportArgumentType]
    )
    return made["VpcEndpoint"]["VpcEndpointId"]


def test_get_resources_lists_what_has_the_tag_in_its_region(server_of_module: str) -> None:
    stage, elsewhere = Stage(server_of_module, "eu-west-3"), Stage(server_of_module, "eu-central-1")
    instance = stage.instance(Tags=TAGS).rpartition(":")[2]
    stage.make_bucket()
    stage.s3.put_bucket_tagging(Bucket=stage.bucket, Tagging={"TagSet": TAGS})
    stage.client("scheduler").create_schedule_group(Name="nightly", Tags=TAGS)
    stage.client("scheduler").create_schedule_group(Name="untagged")
    stage.table("orders", Tags=TAGS)
    stage.table("untagged")
    gateway = endpoint(stage)
    assert set(listed(stage)) == {
        f"rep:{instance}",
        stage.bucket,
        "schedule-group/nightly",
        "table/orders",
        f"vpc-endpoint/{gateway}",
    }
    assert listed(stage)["table/orders"] == {"project": "tagged"}
    assert listed(elsewhere) == {}


def test_get_resources_lists_what_was_deleted_for_an_hour(server_of_module: str) -> None:
    stage = Stage(server_of_module)
    stage.table("orders", Tags=TAGS)
    assert list(listed(stage)) == ["table/orders"]
    stage.dynamodb.delete_table(TableName="orders")
    assert list(listed(stage)) == ["table/orders"]
    body = json.dumps({"forward_seconds": GHOST_SECONDS}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{server_of_module}/_bulk/clock", data=body)).close()
    assert listed(stage) == {}
