"""A load added to the settings of a stack, whose comments stay."""

from pathlib import Path
from typing import Any, cast

import yaml

from dynamodb_bulk.init.rendering import scalar
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.loader import display_path, read_text

_LOADS = "bulk:loads"


def with_load(path: Path, dataset: str) -> str:
    """Return the text of `Pulumi.<stack>.yaml` with one load more.

    Raise InputError if it cannot be read, or is written in a way that a line cannot be added to.
    """
    text = read_text(path, "a stack's settings")
    text += "" if text.endswith("\n") or not text else "\n"
    shown = display_path(path)
    try:
        before: Any = yaml.safe_load(text) or {}
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise InputError(shown, f"not YAML: {getattr(error, 'problem', error)}") from None
    loads = _entry(_entry(root, "config"), _LOADS)
    config = cast("dict[str, Any]", before.get("config") or {})
    known = cast("list[Any]", config.get(_LOADS) or [])
    if any(isinstance(one, dict) and cast("dict[str, Any]", one).get("dataset") == dataset for one in known):
        return text
    after = _added(text, root, loads, dataset)
    expected: Any = {**before, "config": {**config, _LOADS: [*known, {"dataset": dataset}]}}
    if after is None or _loaded(after) != expected:
        raise InputError(
            shown, f"{_LOADS} is not a list with a line for each load", f"add dataset: {dataset} there"
        )
    return after


def _loaded(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _added(text: str, root: Any, loads: Any, dataset: str) -> str | None:
    lines = text.splitlines(keepends=True)
    item = f"dataset: {scalar(dataset)}\n"
    if isinstance(loads, yaml.SequenceNode) and loads.value and not loads.flow_style:
        indent = " " * (loads.start_mark.column)
        lines.insert(_end(loads.value[-1], lines), f"{indent}- {item}")
        return "".join(lines)
    config = _entry(root, "config")
    if loads is None and isinstance(config, yaml.MappingNode) and not config.flow_style:
        indent = " " * config.start_mark.column
        lines.insert(_end(config, lines), f"{indent}{_LOADS}:\n{indent}  - {item}")
        return "".join(lines)
    if isinstance(loads, yaml.SequenceNode) and not loads.value:
        start, end = loads.start_mark.index, loads.end_mark.index
        indent = " " * (config.start_mark.column + 2)
        return f"{text[:start].rstrip(' ')}\n{indent}- {item.rstrip()}{text[end:]}"
    if root is None or config is None:
        return "".join([*lines, f"config:\n  {_LOADS}:\n    - {item}"])
    return None


def _entry(node: Any, name: str) -> Any:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)


def _end(node: Any, lines: list[str]) -> int:
    """Return the number of the line after a node, without empty lines and comments behind it."""
    # A block ends where the next token begins, everything else within its last line.
    block = isinstance(node, yaml.CollectionNode) and not node.flow_style
    line = node.end_mark.line + (0 if block else 1)
    while line > 1 and (not lines[line - 1].strip() or lines[line - 1].lstrip().startswith("#")):
        line -= 1
    return line
