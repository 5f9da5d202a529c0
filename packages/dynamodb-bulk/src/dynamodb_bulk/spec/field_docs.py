"""Describes the keys of a JSON Schema by the docstrings below the fields of its models.

Pydantic's own `use_attribute_docstrings` reads the source of every model at each import, which costs a tenth
of a second; this reads it when the schema is asked for.
"""

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pydantic import BaseModel


def describe_fields(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Add the docstrings of the model's fields to its schema: a `json_schema_extra` of its configuration."""
    for name, text in _docstrings(model):
        schema["properties"][model.model_fields[name].alias or name]["description"] = text


def _docstrings(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    definition = ast.parse(inspect.getsource(model)).body[0]
    for field, below in pairwise(definition.body if isinstance(definition, ast.ClassDef) else ()):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)
            case _:
                pass
