"""Requests that are the same by their client token.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTable.html
"""

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

Made = TypeVar("Made")

_SECONDS = 8 * 3600


class Mismatch(Exception):
    """The token was used with other parameters."""


class Tokens(Generic[Made]):
    """What was made for a token of the last eight hours."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[float, str, Made]] = {}

    def find(self, request: Mapping[str, Any]) -> Made | None:
        """What the same request made before; raises `Mismatch`."""
        found = self._made.get(str(request.get("ClientToken")))
        if found is None or time.monotonic() - found[0] > _SECONDS:
            return None
        if found[1] != _text(request):
            raise Mismatch
        return found[2]

    def keep(self, request: Mapping[str, Any], made: Made) -> None:
        """Remember what was made."""
        self._made[str(request["ClientToken"])] = (time.monotonic(), _text(request), made)


def with_token(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request, with a token of its own where it has none."""
    return {"ClientToken": str(uuid.uuid4()), **request}


def _text(request: Mapping[str, Any]) -> str:
    return json.dumps(request, sort_keys=True)
