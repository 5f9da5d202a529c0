"""What AWS accepts of the source of one operation."""

import pytest

from dynamodb_bulk.requests.limits import BULK_PUT_LIMITS, import_limits

GB, TB = 10**9, 10**12


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2", "eu-west-1", None])
def test_import_accepts_15_tb_in_the_largest_regions_and_where_none_is_known(region: str | None) -> None:
    assert import_limits(region).exceeded([15 * TB]) is None
    assert (
        import_limits(region).exceeded([15 * TB, 1]) == "15.0 TB in all, at most 15.0 TB are accepted at once"
    )


def test_import_accepts_1_tb_elsewhere() -> None:
    assert import_limits("eu-central-1").exceeded([1 * TB]) is None
    assert (
        import_limits("eu-central-1").exceeded([2 * TB])
        == "2.0 TB in all, at most 1.0 TB are accepted at once"
    )


def test_bulk_put_accepts_objects_of_5_gib_and_50_000_of_them() -> None:
    assert BULK_PUT_LIMITS.exceeded([5 * 1024**3] * 50_000) is None
    assert BULK_PUT_LIMITS.exceeded([5 * 1024**3 + 1]) == (
        "an object of 5,368,709,121 bytes, at most 5,368,709,120 are accepted"
    )
    assert BULK_PUT_LIMITS.exceeded([1] * 50_001) == "50,001 objects, at most 50,000 are accepted"
