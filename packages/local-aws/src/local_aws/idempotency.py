"""Requests that are the same by their client token.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTable.html
"""

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from local_aws import clock

Made = TypeVar("Made")

_SECONDS = 8 * 3600


class Mismatch(Exception):
    """The token was used with other parameters."""


class Tokens(Generic[Made]):
    """Remembers what was made in a region for a token of the last eight hours.

    Two requests of one token are the same when they agree in `same`; what is `over` has no token any more.
    """

    def __init__(
        self,
        same: Callable[[Mapping[str, Any]], Any] = lambda request: request,
        over: Callable[[Made], bool] = lambda _: False,
    ) -> None:
        self._same = same
        self._over = over
        self._made: dict[tuple[str, str], tuple[float, str, Made]] = {}
        self._lock = threading.Lock()

    def once(
        self, region: str, request: Mapping[str, Any], make: Callable[[str, Mapping[str, Any]], Made]
    ) -> Made:
        """Return what the same request made before, or makes now; raise `Mismatch`."""
        request = {"ClientToken": str(uuid.uuid4()), **request}
        place = region, str(request["ClientToken"])
        text = json.dumps(self._same(request), sort_keys=True)
        with self._lock:
            found = self._made.get(place)
            if found is None or clock.now() - found[0] > _SECONDS or self._over(found[2]):
                found = self._made[place] = (clock.now(), text, make(region, request))
        if found[1] != text:
            raise Mismatch
        return found[2]
