"""A load whose connection breaks once, at any call, is good."""

from collections.abc import Callable
from itertools import product

import pytest

from bulk_testing.interrupted import Fault, Method, Walk, points

FAULTS: tuple[Fault, ...] = ("reset before", "reset after", "cut answer")


@pytest.mark.parametrize("method", ["native", "bulk_put", "dms"])
def test_load_is_good_when_the_connection_breaks_once(walk: Callable[[Method], Walk], method: Method) -> None:
    load = walk(method)
    for point, fault in product(points(load), FAULTS):
        if point.reads and fault == "reset before":
            continue
        load.change()
        load.renew()
        load.up(point, fault)
        assert load.held() == load.expected(), f"{fault}, {point}: good over other items"
        assert load.outcome().good, f"{fault}, {point}"
