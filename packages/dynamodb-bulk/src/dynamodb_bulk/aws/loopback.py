"""Ties work to local AWS."""

import ipaddress
import os
from urllib.parse import urlsplit

from dynamodb_bulk.spec.errors import InputError


def require_loopback_endpoint(where: str) -> None:
    """Raise InputError unless AWS_ENDPOINT_URL is on this machine."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    host = urlsplit(endpoint).hostname or ""
    try:
        on_this_machine = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        on_this_machine = False
    if not on_this_machine:
        raise InputError(
            where,
            f"this stack is for local AWS, but AWS_ENDPOINT_URL is {endpoint or 'not set'}",
            'run `eval "$(.venv/bin/bulk local env)"` first',
        )
