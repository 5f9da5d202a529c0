"""Ties work to local AWS."""

import ipaddress
import os
from urllib.parse import urlsplit

from dynamodb_bulk.spec.errors import InputError


def require_loopback_endpoint(where: str) -> None:
    """Raise InputError unless AWS_ENDPOINT_URL is on this machine."""
    if not is_loopback_endpoint():
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        raise InputError(
            where,
            f"this stack is for local AWS, but AWS_ENDPOINT_URL is {endpoint or 'not set'}",
            'run `eval "$(.venv/bin/bulk local env)"` first',
        )


def is_loopback_endpoint() -> bool:
    """Return whether AWS_ENDPOINT_URL is on this machine."""
    host = urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
