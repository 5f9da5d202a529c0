"""Object mappings written short."""

from typing import Any

from dynamodb_bulk.dms.mappings import ObjectMapping


def scalar(name: str, template: str, sub_type: str = "string") -> dict[str, Any]:
    return {
        "target-attribute-name": name,
        "attribute-type": "scalar",
        "attribute-sub-type": sub_type,
        "value": template,
    }


def document(name: str, value: dict[str, Any]) -> dict[str, Any]:
    return {
        "target-attribute-name": name,
        "attribute-type": "document",
        "attribute-sub-type": "dynamodb-map" if "M" in value else "dynamodb-list",
        "value": value,
    }


def mapping(*attributes: dict[str, Any], action: str = "record", **parameters: Any) -> ObjectMapping:
    named = {key.replace("_", "-"): value for key, value in parameters.items()}
    return ObjectMapping.model_validate(
        {
            "rule-id": "2",
            "rule-name": "m",
            "rule-action": f"map-record-to-{action}",
            "object-locator": {"schema-name": "s", "table-name": "t"},
            "target-table-name": "T",
            "mapping-parameters": {"attribute-mappings": list(attributes), **named},
        }
    )
