"""What takes time at a server as a test wants it: held loads, maintenance, time to live, throttled tables."""

import json
import urllib.request
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any


@contextmanager
def held(server: str, most: int = 1_000) -> Generator[Callable[..., int]]:
    """Hold the next loads of a server until the block ends, or `most=0`; a call tells how many are held."""

    def hold(**asked: int) -> int:
        return _ask(server, "hold", asked)["waiting"]

    hold(most=most)
    try:
        yield hold
    finally:
        hold(most=0)


def maintain(server: str, instance_arn: str, seconds: float) -> None:
    """Let the maintenance of a replication instance begin, which takes so long."""
    _ask(server, "maintenance", {"instance": instance_arn, "seconds": seconds})


@contextmanager
def slow_time_to_live(server: str, seconds: float = 3600) -> Generator[None]:
    """Let changes of time to live at a server take so long until the block ends, when they are over."""
    before = _ask(server, "time-to-live", {})["seconds"]
    _ask(server, "time-to-live", {"seconds": seconds})
    try:
        yield
    finally:
        _ask(server, "time-to-live", {"seconds": before})


@contextmanager
def throttled(server: str, table: str, units: float) -> Generator[Callable[[float], object]]:
    """Let a table take so many write units per second until the block ends; a call sets others."""

    def set_units(units: float | None) -> object:
        return _ask(server, "throttle", {table: units})

    set_units(units)
    try:
        yield set_units
    finally:
        set_units(None)


def _ask(server: str, what: str, asked: Mapping[str, object]) -> dict[str, Any]:
    request = urllib.request.Request(f"{server}/_bulk/{what}", json.dumps(asked).encode())
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())
