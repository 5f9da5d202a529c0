"""The table that the load tests move, and the rules that select and map it."""

from typing import Any

from dynamodb_bulk.dms.definition import ExternalTable
from dynamodb_bulk.spec.columns import Column

ORDERS = ExternalTable(
    owner="import",
    name="orders",
    path="import/orders/",
    columns=(
        Column(name="id", type="STRING", length=20, primary_key=True, nullable=False),
        Column(name="total", type="NUMERIC", precision=10, scale=2),
        Column(name="note", type="STRING", length=100),
    ),
)
SELECT_ALL = {
    "rule-type": "selection",
    "rule-id": "1",
    "rule-name": "all",
    "rule-action": "include",
    "object-locator": {"schema-name": "import", "table-name": "%"},
}


def object_mapping(target: str, **parameters: Any) -> dict[str, Any]:
    return {
        "rule-type": "object-mapping",
        "rule-id": "2",
        "rule-name": "map",
        "rule-action": "map-record-to-record",
        "object-locator": {"schema-name": "import", "table-name": "orders"},
        "target-table-name": target,
        "mapping-parameters": {"partition-key-name": "id", **parameters},
    }
