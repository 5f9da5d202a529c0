"""Reads a dataset file; a mistake in it is told with its line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from dataset.errors import InputError
from dataset.mistakes import Location, first_mistake, key_path
from dataset.model import DatasetModel

MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class DatasetFile:
    """A dataset file as read; `where` gives file and line of a key."""

    model: DatasetModel
    where: Callable[[Location], str]

    def place(self, *location: str | int) -> str:
        """File, line and key, as messages name them."""
        return f"{self.where(location)}: {key_path(location)}"


def read_dataset_file(path: Path) -> DatasetFile:
    """The model of a dataset file; raises InputError with file, line and key."""
    shown = display_path(path)
    text = read_text(path, "a dataset file")
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise not_yaml(error, shown) from None
    if not isinstance(data, dict) or root is None:
        raise InputError(shown, "a dataset file holds keys and values", "see docs/dataset.md")
    _refuse_doubled(root, shown)
    where = _line_of(root, shown)
    try:
        return DatasetFile(model=DatasetModel.model_validate(data), where=where)
    except ValidationError as error:
        raise first_mistake(error, DatasetModel, where) from None


def read_text(path: Path, what: str) -> str:
    """The text of a small file that the user named; raises InputError when it cannot be read."""
    shown = display_path(path)
    try:
        if path.stat().st_size > 2 * MAX_BYTES:
            raise InputError(shown, f"too large for {what}")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(shown, "no such file") from None
    except IsADirectoryError:
        raise InputError(shown, f"a folder, expected {what}") from None
    except UnicodeDecodeError:
        raise InputError(shown, "not UTF-8 text") from None
    except OSError as error:
        raise InputError(shown, error.strerror or str(error)) from None


def not_yaml(error: yaml.YAMLError, shown: str) -> InputError:
    """What YAML's reader found wrong, with its line where it tells one."""
    mark = getattr(error, "problem_mark", None)
    where = f"{shown}, line {mark.line + 1}" if mark else shown
    return InputError(where, f"not YAML: {getattr(error, 'problem', error)}")


def display_path(path: Path) -> str:
    """The path as the user would type it: relative to where they are, when it is below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _refuse_doubled(root: yaml.Node, shown: str) -> None:
    # YAML forbids it; PyYAML takes the last one and says nothing.
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen or not isinstance(node, yaml.CollectionNode):
            continue
        seen.add(id(node))
        if not isinstance(node, yaml.MappingNode):
            waiting += node.value
            continue
        lines: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if (name := str(key.value)) in lines:
                what = f"{name}: given on line {lines[name]} already"
                raise InputError(f"{shown}, line {line}", what, "take one of them out")
            lines[name] = line
            waiting.append(value)


def _line_of(root: yaml.Node, shown: str) -> Callable[[Location], str]:
    def where(location: Location) -> str:
        return f"{shown}, line {_deepest(root, location).start_mark.line + 1}"

    return where


def _deepest(root: yaml.Node, location: Sequence[str | int]) -> yaml.Node:
    node, mark = root, root
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(part)), None)
            if pair is not None:
                mark, node = pair
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = mark = node.value[part]
    return mark
