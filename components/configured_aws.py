"""AWS as the stack configures its provider (`aws:` in Pulumi.<stack>.yaml), for the program's own clients.

What the provider reads and boto3 does not is refused: the steps of a stack would work in another account than
its resources, or with other rights.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

import boto3
import pulumi
from pulumi.runtime.config import CONFIG
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.clients import RoleRequest
from dynamodb_bulk.aws.regions import check_region, named_region
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.json_reading import read_json
from dynamodb_bulk.spec.mistakes import first_mistake

_KEYS = "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
_INSTEAD = {
    "accessKey": f"{_KEYS}, or a profile with aws:profile",
    "secretKey": f"{_KEYS}, or a profile with aws:profile",
    "token": f"{_KEYS}, or a profile with aws:profile",
    "assumeRole": "aws:assumeRoles, a list, as the provider calls it since version 7",
    "assumeRoleWithWebIdentity": "AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE",
    "sharedConfigFiles": "AWS_CONFIG_FILE",
    "sharedCredentialsFiles": "AWS_SHARED_CREDENTIALS_FILE",
    "endpoints": "AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_<SERVICE>",
    "customCaBundle": "AWS_CA_BUNDLE",
    "httpProxy": "HTTP_PROXY",
    "httpsProxy": "HTTPS_PROXY",
    "noProxy": "NO_PROXY",
    "insecure": "AWS_CA_BUNDLE with the certificate to trust",
    "useDualstackEndpoint": "AWS_USE_DUALSTACK_ENDPOINT=true",
    "useFipsEndpoint": "AWS_USE_FIPS_ENDPOINT=true",
    "ec2MetadataServiceEndpoint": "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "ec2MetadataServiceEndpointMode": "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
}
"""What to use in the place of a key that boto3 does not know; both it and the provider read these.
https://www.pulumi.com/registry/packages/aws/installation-configuration/ and
https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
"""
_NOTHING = ("", "false", "[]", "{}", "null")
_SECONDS = {"h": 3600, "m": 60, "s": 1}


class _Role(BaseModel):
    """One of `aws:assumeRoles`."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)

    role_arn: str = Field(pattern=r"^arn:[^:]+:iam::\d{12}:role/.+")
    session_name: str | None = None
    external_id: str | None = None
    duration: str | None = Field(default=None, pattern=r"^(\d+[hms])+$")
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    source_identity: str | None = None
    tags: dict[str, str] = {}
    transitive_tag_keys: tuple[str, ...] = ()

    @property
    def request(self) -> RoleRequest:
        """The request of AssumeRole."""
        lengths = re.findall(r"(\d+)([hms])", self.duration or "")
        every = {
            "RoleArn": self.role_arn,
            "RoleSessionName": self.session_name,
            "ExternalId": self.external_id,
            "DurationSeconds": sum(int(count) * _SECONDS[unit] for count, unit in lengths),
            "Policy": self.policy,
            "PolicyArns": [{"arn": arn} for arn in self.policy_arns],
            "SourceIdentity": self.source_identity,
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
            "TransitiveTagKeys": list(self.transitive_tag_keys),
        }
        return {name: value for name, value in every.items() if value}


class _Roles(BaseModel):
    assume_roles: tuple[_Role, ...] = Field(default=(), alias="assumeRoles")


def configured_aws() -> Aws:
    """Return AWS with the credentials and the Region that the provider has.

    Raise InputError where boto3 cannot have the same, or the Region does not exist; and what AWS says of the
    credentials, before the provider does, which needs a page for it.
    """
    config = pulumi.Config("aws")
    for key, instead in _INSTEAD.items():
        if _given(key):
            what = "only the provider reads it, and the steps of a load must use the same account"
            raise InputError(_place(key), what, f"remove it, and use {instead}")
    profile = config.get("profile")
    region: str = config.get("region") or named_region(None) or _region_of(profile)
    if not region:
        raise InputError(_place("region"), "missing", "set it, or AWS_REGION")
    if not _given("skipRegionValidation"):
        check_region(region, _place("region"))
    aws = Aws(region=region, profile=profile, roles=_roles())
    _check_account(aws.account)
    return aws


def _region_of(profile: str | None) -> str:
    return cast("Any", boto3.Session(profile_name=profile)).region_name or ""


def _roles() -> tuple[RoleRequest, ...]:
    text = CONFIG.get().get("aws:assumeRoles", "")
    given: Mapping[str, Any] = {"assumeRoles": read_json(text, _place("assumeRoles"))} if text else {}
    try:
        return tuple(role.request for role in _Roles.model_validate(given).assume_roles)
    except ValidationError as error:
        raise first_mistake(error, _Roles, lambda _: _file(), within="aws:") from None


def _check_account(account: str) -> None:
    """Raise InputError where the provider would refuse the account."""
    for key, wrong in (("allowedAccountIds", False), ("forbiddenAccountIds", True)):
        if _given(key) and (account in _accounts(key)) is wrong:
            what = f"does not allow the account {account}, whose credentials these are"
            raise InputError(_place(key), what, "use credentials of another account, or change the setting")


def _accounts(key: str) -> tuple[str, ...]:
    try:
        return TypeAdapter(tuple[str, ...]).validate_python(json.loads(CONFIG.get()[f"aws:{key}"]))
    except ValueError:
        raise InputError(_place(key), "expected a list of account IDs", 'put each in quotes: ["…"]') from None


def _given(key: str) -> bool:
    return CONFIG.get().get(f"aws:{key}", "").strip().lower() not in _NOTHING


def _file() -> str:
    return f"Pulumi.{pulumi.get_stack()}.yaml"


def _place(key: str) -> str:
    return f"{_file()}: aws:{key}"
