"""The table mappings that a dataset file's own words stand for."""

import json
from typing import Any

from dynamodb_bulk.dms.condition import Condition
from dynamodb_bulk.dms.definition import ExternalTable
from dynamodb_bulk.spec.model import DatasetModel
from dynamodb_bulk.spec.target_values import AttributeValue, MapValue, beyond_dms, value_document


def generate_mappings(model: DatasetModel, table: ExternalTable, condition: Condition | None = None) -> str:
    """Return one explicit selection, so that `_` in a name is not a wildcard, and one object mapping.

    A `condition` with values of a row is included unchanged: then DMS cannot load the dataset.
    Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
    """
    locator = {"schema-name": table.owner, "table-name": table.name}
    return json.dumps(
        {
            "rules": [
                {
                    "rule-type": "selection",
                    "rule-id": "1",
                    "rule-name": "select",
                    "rule-action": "explicit",
                    "object-locator": locator,
                },
                {
                    "rule-type": "object-mapping",
                    "rule-id": "2",
                    "rule-name": "map",
                    "rule-action": "map-record-to-record",
                    "object-locator": locator,
                    "target-table-name": table.name,
                    "mapping-parameters": _parameters(model, condition),
                },
            ]
        },
        indent=2,
    )


def _parameters(model: DatasetModel, condition: Condition | None) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    if model.table:
        parameters["partition-key-name"] = model.table.partition_key.name
        if model.table.sort_key:
            parameters["sort-key-name"] = model.table.sort_key.name
    if model.exclude:
        parameters["exclude-columns"] = list(model.exclude)
    if model.attributes:
        parameters["attribute-mappings"] = [
            _attribute(name, value) for name, value in model.attributes.items() if not any(beyond_dms(value))
        ]
    if condition:
        # The lists are optional in AWS's older text and required in the newer one.
        parameters["condition-expression"] = {
            "expression": condition.text if condition.values else condition.expression,
            "expression-attribute-values": [],
            "expression-attribute-names": [
                {"name": name, "value": attribute} for name, attribute in condition.names.items()
            ],
        }
    return parameters


def _attribute(name: str, value: AttributeValue) -> dict[str, Any]:
    attribute = {"target-attribute-name": name}
    if isinstance(value, str):
        return {**attribute, "attribute-type": "scalar", "attribute-sub-type": "string", "value": value}
    return {
        **attribute,
        "attribute-type": "document",
        "attribute-sub-type": "dynamodb-map" if isinstance(value, MapValue) else "dynamodb-list",
        "value": value_document(value),
    }
