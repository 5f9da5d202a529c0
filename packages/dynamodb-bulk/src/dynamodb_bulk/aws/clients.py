"""Clients of AWS for the work next to the graph; boto3 is imported by the first that makes one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from botocore.exceptions import BotoCoreError, ClientError

from dynamodb_bulk.aws.answers import watch_answers
from dynamodb_bulk.aws.call_log import log_calls
from dynamodb_bulk.aws.clock import follow_clock
from dynamodb_bulk.aws.refusals import DENIED, passes
from dynamodb_bulk.aws.regions import named_region
from dynamodb_bulk.spec.errors import InputError

if TYPE_CHECKING:
    import boto3
    from types_boto3_dms import DatabaseMigrationServiceClient
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_ec2 import EC2Client
    from types_boto3_iam import IAMClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_s3 import S3Client
    from types_boto3_sts import STSClient

# Six attempts, with random waits of up to 1, 2, 4, 8 and 16 s between them. What watches calls every few
# seconds, and looks again after the last attempt.
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
_CONFIG: dict[str, Any] = {
    "retries": {"total_max_attempts": 6},
    "connect_timeout": 10,
    "read_timeout": 60,
}
# To see whether anything answers: who waits longer for that only waits.
_FIRST_CONFIG = {
    "retries": {"total_max_attempts": 2},
    "connect_timeout": 5,
    "read_timeout": 20,
}
# Others than these have limits of the account for each API, so that once AWS throttles a client, the adaptive
# mode rightly slows all of its calls. A table or a prefix that throttles must not slow down the others.
# https://docs.aws.amazon.com/AWSJavaSDK/latest/javadoc/com/amazonaws/retry/RetryMode.html
_LIMITED_BY_RESOURCE = frozenset({"dynamodb", "s3"})
_READS = 5
RoleRequest = Mapping[str, Any]
"""The request of AssumeRole. It names a role, and holds no credentials.
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""
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
    """A Region, seen with the credentials of the environment or of a profile: a client per service.

    `roles` are assumed with those credentials, each with those of the one before.
    """

    region: str
    profile: str | None = None
    roles: tuple[RoleRequest, ...] = ()

    dms: ClassVar["cached_property[DatabaseMigrationServiceClient]"] = _client_of("dms")
    dynamodb: ClassVar["cached_property[DynamoDBClient]"] = _client_of("dynamodb")
    ec2: ClassVar["cached_property[EC2Client]"] = _client_of("ec2")
    iam: ClassVar["cached_property[IAMClient]"] = _client_of("iam")
    logs: ClassVar["cached_property[CloudWatchLogsClient]"] = _client_of("logs")
    s3: ClassVar["cached_property[S3Client]"] = _client_of("s3")
    sts: ClassVar["cached_property[STSClient]"] = _client_of("sts")
    tagging: ClassVar["cached_property[Any]"] = _client_of("resourcegroupstaggingapi")
    glue: ClassVar["cached_property[Any]"] = _client_of("glue")
    kms: ClassVar["cached_property[Any]"] = _client_of("kms")
    scheduler: ClassVar["cached_property[Any]"] = _client_of("scheduler")
    states: ClassVar["cached_property[Any]"] = _client_of("stepfunctions")
    ssm: ClassVar["cached_property[Any]"] = _client_of("ssm")
    autoscaling: ClassVar["cached_property[Any]"] = _client_of("application-autoscaling")
    cloudwatch: ClassVar["cached_property[Any]"] = _client_of("cloudwatch")
    codebuild: ClassVar["cached_property[Any]"] = _client_of("codebuild")
    events: ClassVar["cached_property[Any]"] = _client_of("events")
    sns: ClassVar["cached_property[Any]"] = _client_of("sns")

    @classmethod
    def of(cls, recorded: Mapping[str, Any]) -> Self:
        """Return what a state recorded."""
        roles = tuple(recorded.get("roles") or ())
        return cls(region=recorded["region"], profile=recorded.get("profile"), roles=roles)

    @property
    def recorded(self) -> dict[str, Any]:
        """What a state records of it: whose credentials, never the credentials themselves."""
        roles = {"roles": [dict(role) for role in self.roles]} if self.roles else {}
        return {"region": self.region, "profile": self.profile, **roles}

    @cached_property
    def account(self) -> str:
        """The account of the credentials; raise what AWS says, after a second try."""
        return str(self._made("sts", _FIRST_CONFIG).get_caller_identity()["Account"])

    @property
    def bulk(self) -> Any:
        """The DynamoDB client for the bulk operations, which its types do not know yet."""
        return self.dynamodb

    @cached_property
    def _session(self) -> "boto3.Session":
        import boto3

        from dynamodb_bulk.aws.assumed_roles import assumed
        from dynamodb_bulk.aws.sessions import core_session

        core = core_session()
        session = boto3.Session(botocore_session=core, region_name=self.region, profile_name=self.profile)
        for request in self.roles:
            session = assumed(session, request)
        return session

    def client(self, service: str, **config: Any) -> Any:
        """Make a client of a service; the properties are made once, when they are first asked for.

        `config` takes the place of what clients of this program have in common.
        """
        return self._made(service, {**_CONFIG, **config})

    def _made(self, service: str, config: Mapping[str, Any]) -> Any:
        from botocore.config import Config

        mode = "standard" if service in _LIMITED_BY_RESOURCE else "adaptive"
        retrying: dict[str, Any] = {**config, "retries": {"mode": mode, **config["retries"]}}
        with _CREATING:
            client = cast("Any", self._session).client(service, config=Config(**retrying))
        watch_answers(client)
        log_calls(client)
        follow_clock(client)
        return client


NO_REGION = InputError("--region", "missing", "pass it, or set AWS_REGION")


def aws_in(region: str | None) -> Aws | None:
    """Return the clients of the Region given, or of the environment's, for commands of no stack."""
    named = named_region(region)
    return Aws(region=named) if named else None
