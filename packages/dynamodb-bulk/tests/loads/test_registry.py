"""Loads as the states of stacks describe them, also of stacks that an earlier version deployed."""

from typing import Any

import pytest

from dynamodb_bulk.loads.bulk_put.load import BulkPutLoad
from dynamodb_bulk.loads.dms.load import TaskLoad
from dynamodb_bulk.loads.load import DescribedLoad, DormantLoad
from dynamodb_bulk.loads.native.load import NativeLoad
from dynamodb_bulk.loads.registry import load_of

COMMON = {"name": "orders", "dataset": "d.yaml", "table": "shop-orders", "records_bucket": "files"}
FILES = {"bucket": "files", "prefix": "data/orders/0123456789ab/", "converted": False}
TASK = {
    "task_arn": "arn:task",
    "instance_arn": "arn:instance",
    "source_endpoint_arn": "arn:source",
    "target_endpoint_arn": "arn:target",
    "log_group": "dms-tasks-shop",
    "prefix": "orders/rows",
    "objects": ["orders/rows/LOAD00000001.csv"],
}


@pytest.mark.parametrize(
    ("described", "kind"),
    [
        ({"method": "native", "files": FILES, "tolerate": 0, "incarnation": 2}, NativeLoad),
        ({"method": "bulk_put", "files": FILES, "reports_prefix": "reports/orders/"}, BulkPutLoad),
        ({"method": "dms", **TASK, "migration_type": "full-load"}, TaskLoad),
        ({"method": "closed", "by": "native"}, DormantLoad),
    ],
)
def test_load_of_a_state_is_of_its_methods_kind(described: dict[str, Any], kind: type[DescribedLoad]) -> None:
    assert type(load_of(COMMON | described)) is kind


def test_native_load_reads_its_generation_under_the_name_of_the_first_versions() -> None:
    load = load_of(COMMON | {"method": "native", "files": FILES, "incarnation": 2})
    assert isinstance(load, NativeLoad)
    assert load.table_generation == 2
