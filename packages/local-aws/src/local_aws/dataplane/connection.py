"""What a test of a connection finds out about an endpoint's role and bucket."""

from collections.abc import Iterable, Mapping
from typing import Any

from local_aws.dataplane.objects import SourceError, find_bucket
from local_aws.dataplane.roles import AssumedRole, DeniedError, assume

_FAILED = "Test Endpoint failed: Application-Status: 1020912, Application-Message: "


def connection_failure(endpoint: Mapping[str, Any], region: str, on_behalf_of: Iterable[str]) -> str:
    """Return why the endpoint cannot be reached, or an empty text."""
    try:
        if endpoint["EngineName"] == "s3":
            settings = endpoint["S3Settings"]
            role = assume(settings["ServiceAccessRoleArn"], on_behalf_of=on_behalf_of)
            check_bucket(settings, role, region)
        else:
            role = assume(endpoint["DynamoDbSettings"]["ServiceAccessRoleArn"], on_behalf_of=on_behalf_of)
            role.require(("dynamodb:ListTables",), "*")
    except (DeniedError, SourceError) as error:
        return f"{_FAILED}{error}"
    return ""


def check_bucket(settings: Mapping[str, Any], role: AssumedRole, region: str) -> None:
    """Raise SourceError or DeniedError if the role cannot list the bucket of an S3 source."""
    bucket = find_bucket(settings["BucketName"], region)
    role.require(("s3:ListBucket",), f"arn:aws:s3:::{bucket.name}")
