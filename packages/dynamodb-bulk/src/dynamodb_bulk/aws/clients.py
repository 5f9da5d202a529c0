"""Clients of AWS for the work next to the graph."""

import os
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from dynamodb_bulk.aws.answers import watch_answers
from dynamodb_bulk.aws.refusals import DENIED, passes

if TYPE_CHECKING:
    from types_boto3_dms import DatabaseMigrationServiceClient
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_ec2 import EC2Client
    from types_boto3_iam import IAMClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_s3 import S3Client
    from types_boto3_sts import STSClient

# Six attempts, with random waits of up to 1, 2, 4, 8 and 16 s between them.
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 6}, connect_timeout=10, read_timeout=60)
_READS = 5
_CREATING = Lock()  # a boto3 session makes one client at a time; clients themselves are thread-safe


def named_region(given: str | None) -> str | None:
    """Return the Region given, or that of the environment: for commands that belong to no stack."""
    return given or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")


def is_denied(error: ClientError) -> bool:
    """Return whether who asks may not do that."""
    return error.response.get("Error", {}).get("Code") in DENIED


def read_object(bucket: str, key: str, aws: "Aws") -> bytes:
    """The content of a small object, asked for again when it breaks off: botocore repeats only the call."""
    for _ in range(_READS - 1):
        body = aws.s3.get_object(Bucket=bucket, Key=key)["Body"]
        try:
            return body.read()
        except BotoCoreError as error:
            if not passes(error):
                raise
    return aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()


@dataclass(frozen=True, kw_only=True)
class Aws:
    """A region, seen with the credentials of the environment or of a named profile."""

    region: str
    profile: str | None = None

    @cached_property
    def dms(self) -> "DatabaseMigrationServiceClient":
        """The DMS client."""
        return self._client("dms")

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """The DynamoDB client."""
        return self._client("dynamodb")

    @property
    def bulk(self) -> Any:
        """The DynamoDB client for the bulk operations, which its types do not know yet."""
        return self.dynamodb

    @cached_property
    def ec2(self) -> "EC2Client":
        """The EC2 client."""
        return self._client("ec2")

    @cached_property
    def iam(self) -> "IAMClient":
        """The IAM client."""
        return self._client("iam")

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        """The CloudWatch Logs client."""
        return self._client("logs")

    @cached_property
    def s3(self) -> "S3Client":
        """The S3 client."""
        return self._client("s3")

    @cached_property
    def sts(self) -> "STSClient":
        """The STS client."""
        return self._client("sts")

    @cached_property
    def tagging(self) -> Any:
        """The client of the Resource Groups Tagging API."""
        return self._client("resourcegroupstaggingapi")

    @cached_property
    def scheduler(self) -> Any:
        """The EventBridge Scheduler client."""
        return self._client("scheduler")

    @cached_property
    def states(self) -> Any:
        """The Step Functions client."""
        return self._client("stepfunctions")

    @cached_property
    def ssm(self) -> Any:
        """The Systems Manager client."""
        return self._client("ssm")

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session(region_name=self.region, profile_name=self.profile)

    def _client(self, service: str) -> Any:
        with _CREATING:
            client = cast("Any", self._session).client(service, config=_CONFIG)
        watch_answers(client)
        return client
