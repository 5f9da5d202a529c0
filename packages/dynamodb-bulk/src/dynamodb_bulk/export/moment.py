"""Times as AWS's commands and messages write them."""

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """Return the time in UTC and whole seconds, as windows of changes require."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
