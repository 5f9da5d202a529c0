"""The condition of a dataset: what the table has to hold for an item to be put, with values of its own row.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dynamodb_bulk.dms.mappings import ConditionExpression, Document
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.mistakes import nearest

LONGEST = 4096
_FUNCTIONS = ("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size")
_WORDS = frozenset({"AND", "OR", "NOT", "IN", "BETWEEN"})
_TOKEN = re.compile(
    r"""(?P<value>\$\{(?P<name>[^{}]+)\})
    |(?P<function>[A-Za-z_]+)(?=\s*\()
    |(?P<attribute>\#?[A-Za-z_][A-Za-z0-9_]*)
    |(?P<index>\[[0-9]+\])
    |(?P<sign><>|<=|>=|[=<>(),.])
    |(?P<space>\s+)
    |(?P<other>.)""",
    re.VERBOSE,
)


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A condition in DynamoDB's form, with the meaning of its names and values.

    `values` are the names of attributes or columns, `constants` DynamoDB JSON that is the same for each item.
    """

    text: str
    expression: str
    names: Mapping[str, str]
    values: Mapping[str, str]
    constants: Mapping[str, Document]


def parse_condition(text: str, where: str) -> Condition:
    """Read a condition in which `${name}` is a value of the row; raise InputError.

    A name that DynamoDB reserves, and one that is written with a `#`, goes to `names`.
    """
    values: dict[str, str] = {}
    names: dict[str, str] = {}
    pieces: list[str] = []
    for token in _tokens(text, where):
        piece = token[0]
        if name := token["name"]:
            values.setdefault(name, f":v{len(values)}")
            piece = values[name]
        elif (name := token["attribute"]) and _is_name(name):
            names[f"#{name.removeprefix('#')}"] = name.removeprefix("#")
            piece = f"#{name.removeprefix('#')}"
        pieces.append(piece)
    expression = "".join(pieces)
    if len(expression.encode()) > LONGEST:
        raise InputError(where, f"longer than {LONGEST:,} bytes, DynamoDB's maximum")
    return Condition(
        text=text,
        expression=expression,
        names=names,
        values={placeholder: name for name, placeholder in values.items()},
        constants={},
    )


def mapped_condition(mapped: ConditionExpression) -> Condition:
    """Return the condition of an object mapping of DMS."""
    return Condition(
        text=mapped.expression,
        expression=mapped.expression,
        names={name.name: name.value for name in mapped.expression_attribute_names},
        values={},
        constants={value.name: value.value for value in mapped.expression_attribute_values},
    )


def _tokens(text: str, where: str) -> Iterator[re.Match[str]]:
    depth = 0
    for token in _TOKEN.finditer(text):
        if token["other"]:
            shown = text[token.start() : token.start() + 20]
            raise InputError(
                where,
                f"{shown!r} is not part of a condition",
                "write values as ${column}, and attribute names unchanged",
            )
        if token["function"] and not _is_function(token["function"]):
            raise InputError(
                where, f"unknown function {token['function']!r}", nearest(token["function"], _FUNCTIONS)
            )
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth < 0:
            break
        yield token
    if depth:
        raise InputError(where, f"a bracket is not {'closed' if depth > 0 else 'opened'}")


def _is_function(word: str) -> bool:
    return word in _FUNCTIONS or word.upper() in _WORDS


def _is_name(word: str) -> bool:
    """Return whether the attribute name needs a placeholder in an expression."""
    return word.startswith("#") or (word.upper() in reserved_words() and word.upper() not in _WORDS)


@cache
def reserved_words() -> frozenset[str]:
    """The words that DynamoDB reserves, in capitals: expressions hold such attributes only by other names.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
    """
    lines = (files("dynamodb_bulk.dms") / "reserved_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
