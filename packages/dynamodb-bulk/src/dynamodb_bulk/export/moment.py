"""Moments as AWS's commands and messages write them."""

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """In UTC and whole seconds: windows of changes are asked for in no others."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
