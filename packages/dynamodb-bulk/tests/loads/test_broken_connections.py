"""A load whose connection breaks once, at any call, is good."""

from collections.abc import Callable

import pytest

from bulk_testing.interrupted import Fault, Method, Walk, points


@pytest.mark.parametrize("fault", ["reset before", "reset after", "cut answer"])
@pytest.mark.parametrize("method", ["native", "bulk_put", "dms"])
def test_load_is_good_when_the_connection_breaks_once(
    walk: Callable[[Method], Walk], method: Method, fault: Fault
) -> None:
    load = walk(method)
    for point in points(load):
        load.change()
        load.renew()
        load.up(point, fault)
        assert load.held() == load.expected(), f"{point}: good over other items"
        assert load.outcome().good, point
