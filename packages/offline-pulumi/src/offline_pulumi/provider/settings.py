"""The provider's configuration (`aws:region`, …), its clients, and its refusal to leave this machine."""

import ipaddress
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from offline_pulumi.provider.failures import Failure

KEYS = frozenset(
    [
        "accessKey", "allowedAccountIds", "assumeRoles", "customCaBundle", "defaultTags",
        "ec2MetadataServiceEndpoint", "endpoints", "forbiddenAccountIds", "httpProxy", "httpsProxy",
        "ignoreTags", "insecure", "maxRetries", "noProxy", "profile", "region", "retryMode",
        "s3UsEast1RegionalEndpoint", "s3UsePathStyle", "secretKey", "sharedConfigFiles",
        "sharedCredentialsFiles", "skipCredentialsValidation", "skipMetadataApiCheck", "skipRegionValidation",
        "skipRequestingAccountId", "stsRegion", "token", "tokenBucketRateLimiterCapacity",
        "useDualstackEndpoint", "useFipsEndpoint", "userAgents", "version",
    ]
)  # fmt: skip
"""Configuration of the real provider, which this one accepts; it acts on those of `Settings`."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Says where AWS is, and what every resource gets."""

    region: str
    endpoint: str
    """For services that `endpoints` does not name; may be empty."""
    endpoints: Mapping[str, str] = field(default_factory=dict[str, str])
    access_key: str = "local"
    secret_key: str = "local"  # noqa: S105 - local AWS takes any
    default_tags: Mapping[str, str] = field(default_factory=dict[str, str])
    path_style: bool = True

    def endpoint_of(self, service: str) -> str:
        """Return the URL of a service; raise `Failure` when there is none on this machine."""
        url = self.endpoints.get(service) or self.endpoint
        if not url:
            raise Failure(
                f"no endpoint for {service}: this is a replacement for pulumi-resource-aws, which works with "
                "local AWS only; set AWS_ENDPOINT_URL or aws:endpoints to its address, or install "
                "the real provider for AWS itself"
            )
        return loopback(url)


def loopback(url: str) -> str:
    """Return the URL, if its host is this machine; else raises `Failure`."""
    host = urlsplit(url).hostname or ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host.lower() == "localhost"
    if not local:
        raise Failure(
            f"refused: endpoint {url} is not local, and this is the local replacement for "
            "pulumi-resource-aws, which never talks to anything else; install the real provider for AWS "
            "(`pulumi plugin install resource aws`), or set aws:endpoints or AWS_ENDPOINT_URL to 127.0.0.1"
        )
    return url


def unknown_keys(config: Mapping[str, Any]) -> list[str]:
    """Return the keys of a configuration that the real provider does not know either."""
    return sorted(set(config) - KEYS)


def read_settings(config: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings that provider configuration and environment give; raise `Failure` at a wrong endpoint."""
    endpoints = {
        service: url
        for each in _parsed(config.get("endpoints"), [])
        for service, url in each.items()
        if isinstance(url, str) and url
    }
    tags = _parsed(config.get("defaultTags"), {})
    endpoint = environ.get("AWS_ENDPOINT_URL", "")
    settings = Settings(
        region=config.get("region")
        or environ.get("AWS_REGION")
        or environ.get("AWS_DEFAULT_REGION")
        or "us-east-1",
        endpoint=endpoint,
        endpoints=endpoints,
        access_key=config.get("accessKey") or environ.get("AWS_ACCESS_KEY_ID") or "local",
        secret_key=config.get("secretKey") or environ.get("AWS_SECRET_ACCESS_KEY") or "local",
        default_tags={str(key): str(value) for key, value in tags.get("tags", {}).items()},
        path_style=str(config.get("s3UsePathStyle", "true")).lower() == "true",
    )
    for url in (*endpoints.values(), *([endpoint] if endpoint else [])):
        loopback(url)
    if not endpoint and not endpoints:
        settings.endpoint_of("any service")
    return settings


def _parsed(value: Any, empty: Any) -> Any:
    return (json.loads(value) if isinstance(value, str) and value else value) or empty


class Clients:
    """Makes boto3 clients, one per service and Region, and keeps them; safe for use by many threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._session = boto3.Session(
            aws_access_key_id=settings.access_key,
            aws_secret_access_key=settings.secret_key,
            region_name=settings.region,
        )
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str], Any] = {}

    def get(self, service: str, region: str = "") -> Any:
        """Return the client of a service, in the provider's region unless another is given."""
        place = (service, region or self.settings.region)
        with self._lock:
            if place not in self._made:
                self._made[place] = self._session.client(  # pyright: ignore[reportUnknownMemberType, reportCallIssue]
                    place[0],  # pyright: ignore[reportArgumentType]
                    place[1],
                    endpoint_url=self.settings.endpoint_of(service),
                    config=Config(
                        max_pool_connections=64,
                        retries={"mode": "standard", "max_attempts": 5},
                        connect_timeout=5,
                        s3={"addressing_style": "path"} if self.settings.path_style else {},
                    ),
                )
            return self._made[place]
