"""Clients of AWS for the work next to the graph."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from dynamodb_bulk.aws.answers import watch_answers
from dynamodb_bulk.aws.refusals import DENIED, passes
from dynamodb_bulk.spec.errors import InputError

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


def pages_of(call: Callable[..., Any], found: str, marker: str = "NextToken", **of: str) -> Iterator[Any]:
    """Yield what every page of a call has under `found`, for calls that boto3 has no paginator for."""
    more: dict[str, str] = {}
    while True:
        page = call(**of, **more)
        yield from page.get(found, [])
        if not page.get(marker):
            return
        more = {marker: page[marker]}


def _client_of(service: str) -> "cached_property[Any]":
    return cached_property(lambda aws: aws.client(service))


@dataclass(frozen=True, kw_only=True)
class Aws:
    """A region, seen with the credentials of the environment or of a named profile: a client per service."""

    region: str
    profile: str | None = None

    dms: ClassVar["cached_property[DatabaseMigrationServiceClient]"] = _client_of("dms")
    dynamodb: ClassVar["cached_property[DynamoDBClient]"] = _client_of("dynamodb")
    ec2: ClassVar["cached_property[EC2Client]"] = _client_of("ec2")
    iam: ClassVar["cached_property[IAMClient]"] = _client_of("iam")
    logs: ClassVar["cached_property[CloudWatchLogsClient]"] = _client_of("logs")
    s3: ClassVar["cached_property[S3Client]"] = _client_of("s3")
    sts: ClassVar["cached_property[STSClient]"] = _client_of("sts")
    tagging: ClassVar["cached_property[Any]"] = _client_of("resourcegroupstaggingapi")
    kms: ClassVar["cached_property[Any]"] = _client_of("kms")
    scheduler: ClassVar["cached_property[Any]"] = _client_of("scheduler")
    states: ClassVar["cached_property[Any]"] = _client_of("stepfunctions")
    ssm: ClassVar["cached_property[Any]"] = _client_of("ssm")

    @property
    def bulk(self) -> Any:
        """The DynamoDB client for the bulk operations, which its types do not know yet."""
        return self.dynamodb

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session(region_name=self.region, profile_name=self.profile)

    def client(self, service: str) -> Any:
        """Make a client of a service; the properties are made once, when they are first asked for."""
        with _CREATING:
            client = cast("Any", self._session).client(service, config=_CONFIG)
        watch_answers(client)
        return client


NO_REGION = InputError("--region", "missing", "pass it, or set AWS_REGION")


def aws_in(region: str | None) -> Aws | None:
    """Return the clients of the Region given, or of the environment's, for commands of no stack."""
    named = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return Aws(region=named) if named else None
