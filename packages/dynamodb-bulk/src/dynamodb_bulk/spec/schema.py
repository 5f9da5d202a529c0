"""The JSON Schema of dataset files, for editors."""

import json
from pathlib import Path

from dynamodb_bulk.spec.model import DatasetModel

FILE = Path(__file__).parent / "dataset.schema.json"


def schema_text() -> str:
    """Return the schema as it stands in `dataset.schema.json`."""
    schema = DatasetModel.model_json_schema(by_alias=True)
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Dataset"}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
