"""The Region that is meant where no stack says it."""

import os


def named_region(given: str | None) -> str | None:
    """The Region given, or that of the environment."""
    return given or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
