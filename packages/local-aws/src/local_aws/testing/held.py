"""Loads that are held while a test does something meanwhile."""

import json
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def held(server: str) -> Generator[Callable[..., int]]:
    """Hold all loads of a server until the block ends, or `held=False`; a call tells how many are held."""

    def hold(**asked: bool) -> int:
        request = urllib.request.Request(f"{server}/_bulk/hold", json.dumps(asked).encode())
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())["waiting"]

    hold(held=True)
    try:
        yield hold
    finally:
        hold(held=False)
