"""What tests of the AWS provider's calls ask of an answer: the members it reads, the code of an error."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def missing(answer: Any, *paths: str) -> list[str]:
    """Return the dotted paths that an answer does not have; a number is a place in a list."""
    return [path for path in paths if not _has(answer, path.split("."))]


def error_of(call: Callable[..., Any], **members: Any) -> str:
    """Return the code of the error in which a call ends."""
    with pytest.raises(ClientError) as raised:
        call(**members)
    return str(raised.value.response.get("Error", {}).get("Code"))


def _has(found: Any, steps: list[str]) -> bool:
    for step in steps:
        try:
            found = found[int(step) if isinstance(found, list) else step]
        except (KeyError, IndexError, TypeError):
            return False
    return found is not None
