"""Loads that are held while a test does something meanwhile."""

import json
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def held(server: str, most: int = 1_000) -> Generator[Callable[..., int]]:
    """Hold the next loads of a server until the block ends, or `most=0`; a call tells how many are held."""

    def hold(**asked: int) -> int:
        request = urllib.request.Request(f"{server}/_bulk/hold", json.dumps(asked).encode())
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())["waiting"]

    hold(most=most)
    try:
        yield hold
    finally:
        hold(most=0)
