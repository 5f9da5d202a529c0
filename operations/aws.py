"""Clients of AWS for the work beside the graph."""

from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_dms import DatabaseMigrationServiceClient
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_iam import IAMClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_s3 import S3Client

_CONFIG = Config(retries={"mode": "standard", "max_attempts": 8}, connect_timeout=10, read_timeout=60)
_CREATING = Lock()  # a boto3 session makes one client at a time; clients themselves are thread-safe


@dataclass(frozen=True, kw_only=True)
class Aws:
    """A region, seen with the credentials of the environment or of a named profile."""

    region: str
    profile: str | None = None

    @property
    def dms(self) -> "DatabaseMigrationServiceClient":
        """The DMS client."""
        return _client(self, "dms")

    @property
    def dynamodb(self) -> "DynamoDBClient":
        """The DynamoDB client."""
        return _client(self, "dynamodb")

    @property
    def iam(self) -> "IAMClient":
        """The IAM client."""
        return _client(self, "iam")

    @property
    def logs(self) -> "CloudWatchLogsClient":
        """The CloudWatch Logs client."""
        return _client(self, "logs")

    @property
    def s3(self) -> "S3Client":
        """The S3 client."""
        return _client(self, "s3")


def _client(aws: Aws, service: str) -> Any:
    with _CREATING:
        return _created(aws, service)


@cache
def _created(aws: Aws, service: str) -> Any:
    return _session(aws).client(service, config=_CONFIG)  # pyright: ignore[reportCallIssue, reportArgumentType]


@cache
def _session(aws: Aws) -> boto3.Session:
    return boto3.Session(region_name=aws.region, profile_name=aws.profile)
