"""Whether a condition is one on keys: one partition key, and perhaps one test of the sort key.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from collections.abc import Iterator
from typing import Any

from moto.dynamodb import comparisons as moto
from moto.dynamodb.models.table import Table

from local_aws.dataplane.written import PutCondition

_UNSUPPORTED = "Query key condition not supported"
_COMPARISONS = (
    moto.OpEqual,
    moto.OpLessThan,
    moto.OpLessThanOrEqual,
    moto.OpGreaterThan,
    moto.OpGreaterThanOrEqual,
)


def check_key_condition(condition: PutCondition, table: Table) -> None:
    """Raise ValueError with what is wrong with a condition that `parse_condition` understands."""
    names, values = dict(condition.names), dict(condition.values)
    tree: Any = moto.get_filter_expression(condition.expression, names or None, values or None)
    tests = [tree.lhs, tree.rhs] if isinstance(tree, moto.OpAnd) else [tree]
    found = {name: (test, kinds) for test in tests for name, kinds in [_tested(test)]}
    if table.hash_key_attr not in found:
        raise ValueError(f"Query condition missed key schema element: {table.hash_key_attr}")
    if not isinstance(found[table.hash_key_attr][0], moto.OpEqual) or len(found) < len(tests):
        raise ValueError(_UNSUPPORTED)
    types = {table.hash_key_attr: table.hash_key_type, table.range_key_attr: table.range_key_type}
    for name, (_, kinds) in found.items():
        if name not in types:
            raise ValueError(f"Query condition missed key schema element: {table.range_key_attr or name}")
        if kinds != {types[name]}:
            raise ValueError("Condition parameter type does not match schema type")


def _tested(test: Any) -> tuple[str, set[str]]:
    """Return the attribute of a test, and the types of the values it is compared with."""
    if isinstance(test, _COMPARISONS):
        attribute, literals = test.lhs, [test.rhs]
    elif isinstance(test, moto.FuncBetween):
        attribute, literals = test.attr, [test.start, test.end]
    elif isinstance(test, moto.FuncBeginsWith):
        attribute, literals = test.attr, [test.substr]
    else:
        raise ValueError(_UNSUPPORTED)
    if not isinstance(attribute, moto.AttributePath) or len(attribute.path) != 1:
        raise ValueError(_UNSUPPORTED)
    return attribute.path[0], set(_types(literals))


def _types(literals: list[Any]) -> Iterator[str]:
    for literal in literals:
        if not isinstance(literal, moto.AttributeValue):
            raise ValueError(_UNSUPPORTED)
        yield literal.type
