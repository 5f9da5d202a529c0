"""The log of calls: operation, resource and caller of each request, in the protocols of all services."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_aws.call_log import FOLDER, recorded_calls
from local_aws.testing.fixtures import running

pytestmark = pytest.mark.server

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/loads/reader"
GROUP = f"arn:aws:scheduler:eu-west-1:{ACCOUNT}:schedule-group/nightly"


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server that logs its calls, and the folder that it logs to."""
    folder = tmp_path_factory.mktemp("calls")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER, str(folder))
        with running("fast") as url:
            yield url, folder


@pytest.mark.parametrize(
    ("service", "method", "arguments", "operation", "resource"),
    [
        ("s3", "list_buckets", {}, "ListBuckets", "*"),
        ("s3", "list_objects_v2", {"Bucket": "b-1"}, "ListObjectsV2", "arn:aws:s3:::b-1"),
        ("s3", "list_objects", {"Bucket": "b-1"}, "ListObjects", "arn:aws:s3:::b-1"),
        ("s3", "head_bucket", {"Bucket": "b-1"}, "HeadBucket", "arn:aws:s3:::b-1"),
        ("s3", "get_bucket_encryption", {"Bucket": "b-1"}, "GetBucketEncryption", "arn:aws:s3:::b-1"),
        ("s3", "get_object", {"Bucket": "b-1", "Key": "a/b c"}, "GetObject", "arn:aws:s3:::b-1/a/b c"),
        ("s3", "get_object_tagging", {"Bucket": "b-1", "Key": "a"}, "GetObjectTagging", "arn:aws:s3:::b-1/a"),
        ("s3", "put_object", {"Bucket": "b-1", "Key": "a"}, "PutObject", "arn:aws:s3:::b-1/a"),
        (
            "s3",
            "upload_part",
            {"Bucket": "b-1", "Key": "a", "PartNumber": 1, "UploadId": "u", "Body": b"x"},
            "UploadPart",
            "arn:aws:s3:::b-1/a",
        ),
        (
            "s3",
            "copy_object",
            {"Bucket": "b-1", "Key": "a", "CopySource": "b-2/a"},
            "CopyObject",
            "arn:aws:s3:::b-1/a",
        ),
        (
            "dynamodb",
            "describe_table",
            {"TableName": "people"},
            "DescribeTable",
            f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/people",
        ),
        ("iam", "get_role", {"RoleName": "reader"}, "GetRole", f"arn:aws:iam::{ACCOUNT}:role/reader"),
        ("scheduler", "list_tags_for_resource", {"ResourceArn": GROUP}, "ListTagsForResource", ""),
        ("scheduler", "list_schedules", {}, "ListSchedules", ""),
        ("ec2", "describe_vpcs", {}, "DescribeVpcs", ""),
    ],
)
def test_call_is_logged_with_its_operation_and_resource(
    logged: tuple[str, Path],
    service: Any,
    method: str,
    arguments: dict[str, Any],
    operation: str,
    resource: str,
) -> None:
    call(logged[0], service, method, f"{service}-{method}", **arguments)
    (found,) = [one for one in recorded_calls(logged[1]) if one["app"] == f"{service}-{method}"]
    assert (found["service"], found["operation"], found["resource"]) == (service, operation, resource)


def test_role_that_is_handed_on_and_tags_are_logged(logged: tuple[str, Path]) -> None:
    more = {"EndpointType": "target", "EngineName": "dynamodb", "Tags": [{"Key": "a", "Value": "b"}]}
    target = {"DynamoDbSettings": {"ServiceAccessRoleArn": ROLE}}
    call(logged[0], "dms", "create_endpoint", "hands-on", EndpointIdentifier="e", **more, **target)
    (found,) = [one for one in recorded_calls(logged[1]) if one["app"] == "hands-on"]
    assert (found["passed"], found["tagged"]) == ([ROLE], True)


def call(url: str, service: Any, method: str, app: str, **arguments: Any) -> None:
    """Call once, whatever the answer."""
    once = Config(retries={"total_max_attempts": 1})
    with pytest.MonkeyPatch.context() as patch, suppress(ClientError):
        patch.setenv("AWS_SDK_UA_APP_ID", app)
        client = boto3.client(service, region_name="eu-west-1", endpoint_url=url, config=once)
        getattr(client, method)(**arguments)
