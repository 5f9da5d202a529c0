"""The text of a dataset file, with a comment for each doubt."""

import json
import re
from typing import Any, cast

import yaml

from dynamodb_bulk.init.proposal import KeyCandidate, Proposal
from dynamodb_bulk.spec.text import visible

_PLAIN = re.compile(r"[^\W\d][\w./*-]*")
_MOST_FIELDS = 200


def dataset_text(proposal: Proposal, key: KeyCandidate | None) -> str:
    """Return the dataset file; without a `key` the table is as the proposal has it."""
    lines = [f"# {_line(text)}" for text in proposal.head]
    lines += [f"name: {scalar(proposal.name)}", "source:"]
    for name, value in proposal.source.items():
        lines += [f"  # {_line(text)}" for text in proposal.notes.get(name, ())]
        lines.append(f"  {name}: {scalar(value)}")
    lines += [f"  # {_line(text)}" for text in proposal.notes.get("source", ())]
    if proposal.columns:
        lines.append("columns:")
    for name, choice in proposal.columns.items():
        lines += [f"  # {_line(f'{name}: {text}')}" for text in choice.doubts]
        comment = f"  # {_line(choice.note)}" if choice.note else ""
        lines.append(f"  - {scalar({'name': name, **choice.keys})}{comment}")
    if proposal.fields:
        lines.append("# Every field becomes an attribute. Fields found:")
        lines += [f"#   {_line(text)}" for text in proposal.fields[:_MOST_FIELDS]]
    if proposal.documents:
        lines.append("dms:")
        lines += [f"  {name}: {scalar(value)}" for name, value in proposal.documents.items()]
    elif key or proposal.table:
        lines += _table(proposal, key)
    return "\n".join(lines) + "\n"


def _table(proposal: Proposal, key: KeyCandidate | None) -> list[str]:
    lines = ["table:", *(f"  # {_line(text)}" for text in proposal.notes.get("table", ()))]
    if key:
        for role, name, kind in zip(("partition_key", "sort_key"), key.columns, key.types, strict=False):
            lines.append(f"  {role}: {scalar({'name': name, 'type': kind})}")
        others = [one.shown for one in proposal.keys if one != key][:5]
        if others:
            lines.append(f"  # also different in every row: {_line('; '.join(others))}")
    for name, value in proposal.table.items():
        if isinstance(value, list) and name == "global_secondary_indexes":
            lines.append(f"  {name}:")
            lines += [f"    - {scalar(one)}" for one in cast("list[Any]", value)]
        else:
            lines.append(f"  {name}: {scalar(value)}")
    return lines


def scalar(value: Any) -> str:
    """Return a value in YAML on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case dict():
            entries = cast("dict[str, Any]", value).items()
            return "{" + ", ".join(f"{scalar(name)}: {scalar(inner)}" for name, inner in entries) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(scalar, cast("list[Any]", value))) + "]"
        case _:
            text = str(value)
            plain = _PLAIN.fullmatch(text) and yaml.safe_load(text) == text
            return text if plain else json.dumps(text, ensure_ascii=not text.isprintable())


def _line(text: str) -> str:
    return visible(" ".join(text.split(" ")))
