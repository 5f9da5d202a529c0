"""Reads YAML that a user wrote, in bounded time and memory: what it holds, and the line of each key."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import yaml

from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.mistakes import Location
from dynamodb_bulk.spec.text import first_unfit

MAX_BYTES = 256 * 1024
NODES = 20_000
DEPTH = 100
_STRING, _DATE = "tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp"


@dataclass(frozen=True, kw_only=True)
class YamlDocument:
    """What a text holds; an empty one holds None."""

    data: Any
    root: yaml.Node | None
    shown: str

    def where(self, location: Location) -> str:
        """Return the file, and the line of the key there."""
        return _at(self.shown, _deepest(self.root, location)) if self.root else self.shown


def read_yaml(text: str, shown: str) -> YamlDocument:
    """Return the document; raise InputError, with the line where there is one.

    A date stays the text that it is. Refused are tags, keys that are given twice or are not plain, anchors
    within themselves, texts that are not Unicode, more than `NODES` values (an alias counts as all that it
    stands for) and more than `DEPTH` levels.
    """
    try:
        loader = _Loader(text, shown)
        root = loader.get_single_node()
        if root is None:
            return YamlDocument(data=None, root=None, shown=shown)
        _check_keys(root, shown)
        return YamlDocument(data=loader.construct_document(root), root=root, shown=shown)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what = f"not YAML: the character {error.character:#04x} is not allowed"
        raise InputError(f"{shown}, line {line}", what, "remove it") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{shown}, line {mark.line + 1}" if mark else shown
        raise InputError(where, f"not YAML: {getattr(error, 'problem', error)}") from None


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: ClassVar = {  # pyright: ignore[reportIncompatibleVariableOverride]
        first: [(tag, pattern) for tag, pattern in found if tag != _DATE]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, text: str, shown: str) -> None:
        super().__init__(text)
        self._shown = shown
        self._nodes = 0
        self._depth = 0
        self._sizes: dict[str, int] = {}  # of what anchors stand for, once it is read

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = cast("Any", self.peek_event())
        anchor: str | None = event.anchor
        if isinstance(event, yaml.AliasEvent):
            if anchor in self.anchors and anchor not in self._sizes:
                raise self._refused(event, f"the anchor {anchor} is within itself")
            self._count(event, self._sizes.get(anchor or "", 0))
            return super().compose_node(parent, index)
        before = self._nodes
        self._count(event, 1)
        self._check(event)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        if anchor:
            self._sizes[anchor] = self._nodes - before
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            made: Any = super().construct_object(node, deep)
        except (ValueError, OverflowError):
            raise self._refused(node, "not a number that can be read", "put it in quotes") from None
        if isinstance(made, float) and not math.isfinite(made):
            raise self._refused(node, "not a finite number", "put it in quotes")
        return made

    def _count(self, event: Any, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > NODES:
            raise self._refused(event, f"more than {NODES:,} values, those of aliases included")

    def _check(self, event: Any) -> None:
        if self._depth >= DEPTH:
            raise self._refused(event, f"nested deeper than {DEPTH} levels")
        if event.tag not in (None, "!", _STRING):
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            raise self._refused(event, f"the tag {tag[:80]} is not known here", "remove it")
        if isinstance(event, yaml.ScalarEvent) and (unfit := first_unfit(event.value)):
            raise self._refused(event, f"a text with the character {unfit}", "remove it")

    def _refused(self, at: Any, what: str, remedy: str = "") -> InputError:
        return InputError(_at(self._shown, at), what, remedy)


def _at(shown: str, node: Any) -> str:
    return f"{shown}, line {node.start_mark.line + 1}"


def _check_keys(root: yaml.Node, shown: str) -> None:
    # YAML forbids a key to be given twice; PyYAML takes the last one and says nothing.
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
            if not isinstance(key, yaml.ScalarNode):
                raise InputError(f"{shown}, line {line}", "a key that is a list, or keys and values")
            if (name := str(key.value)) in lines:
                what = f"{name}: given on line {lines[name]} already"
                raise InputError(f"{shown}, line {line}", what, "remove one of them")
            lines[name] = line
            waiting.append(value)


def _deepest(root: yaml.Node, location: Sequence[str | int]) -> yaml.Node:
    node, mark = root, root
    for part in location:
        if isinstance(node, yaml.MappingNode):
            # What is merged into a mapping stands in front of its own keys.
            pair = next((pair for pair in reversed(node.value) if pair[0].value == str(part)), None)
            if pair is not None:
                mark, node = pair
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = mark = node.value[part]
    return mark
