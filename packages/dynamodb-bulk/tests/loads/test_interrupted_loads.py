"""A load that is killed, or refused a call, at any call: no verdict is good over other items."""

from collections.abc import Callable
from itertools import product

import pytest
from botocore.exceptions import ClientError

from bulk_testing.interrupted import Fault, Killed, Method, Walk, points
from dynamodb_bulk.spec.errors import InputError, LoadFailed

CASES: tuple[tuple[Fault, str], ...] = (
    ("killed before", "the same data"),
    ("killed after", "the same data"),
    ("killed after", "changed data"),
    ("refused", "changed data"),
)


@pytest.mark.parametrize("method", ["native", "bulk_put", "dms"])
def test_load_is_never_good_over_other_items_when_a_call_is_killed_or_refused(
    walk: Callable[[Method], Walk], method: Method
) -> None:
    load = walk(method)
    for point, (fault, then) in product(points(load), CASES):
        if point.reads and fault == "killed before":
            continue
        at = f"{fault}, then {then}, {point}"
        load.change()
        load.renew()
        try:
            load.up(point, fault)
        except (Killed, LoadFailed, InputError, ClientError):
            pass
        else:
            assert load.held() == load.expected(), f"{at}: good over other items"
        if not load.wire.hit:
            continue  # this run needed fewer calls
        if then == "changed data":
            load.change()
        failed = load.failure()
        if (method, then) == ("native", "changed data") and "reload: replace" in failed:
            continue  # the import of the earlier data ended well: its table is not replaced unasked
        assert failed == "", f"{at}: {failed}"
        assert load.held() == load.expected(), f"{at}: good over other items"
        assert load.outcome().good, at
