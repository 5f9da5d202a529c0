"""Whether an item meets a condition, by the types of its values: moto compares them as Python does.

So there `1 = true`, a number next to a text raises, and an attribute that is missing is the same as a NULL.
What moto reads of an expression is kept; what it means is written here.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

import operator
from base64 import b64decode
from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

from moto.core.exceptions import JsonRESTError
from moto.dynamodb import comparisons as moto
from moto.dynamodb.models.dynamo_type import DynamoType, Item

from local_aws.dataplane.written import ConditionError, PutCondition

Holds = Callable[[Item | None], bool]
_Value = Callable[[Item | None], DynamoType | None]
_ORDERED = ("N", "S", "B")
_LENGTHS: dict[str, Callable[[Any], int]] = {
    "S": lambda text: len(text.encode()),
    "B": lambda text: len(b64decode(text)),
    **dict.fromkeys(("SS", "NS", "BS", "L", "M"), len),
}
_ELEMENTS = {"SS": "S", "NS": "N", "BS": "B"}
_TYPES = frozenset({*_LENGTHS, "N", "BOOL", "NULL"})


def parse_condition(condition: PutCondition) -> Holds:
    """Return what tells whether an item (None: there is none) meets the condition; raise `ConditionError`."""
    names, values = dict(condition.names), dict(condition.values)
    try:
        return _holds(moto.get_filter_expression(condition.expression, names or None, values or None))
    except (JsonRESTError, ValueError, KeyError, AssertionError) as error:
        said = getattr(error, "message", None) or error
        raise ConditionError(f"condition-expression {condition.expression!r}: {said}") from None


def _holds(node: Any) -> Holds:
    for kind, make in _NODES.items():
        if isinstance(node, kind):
            return make(node)
    raise ValueError(f"{node} is not a condition")


def _negated(inner: Holds) -> Holds:
    return lambda item: not inner(item)


def _and(node: Any) -> Holds:
    left, right = _holds(node.lhs), _holds(node.rhs)
    return lambda item: left(item) and right(item)


def _or(node: Any) -> Holds:
    left, right = _holds(node.lhs), _holds(node.rhs)
    return lambda item: left(item) or right(item)


def _exists(node: Any) -> Holds:
    attribute = _value(node.attr)
    return lambda item: attribute(item) is not None


def _value(operand: Any, kinds: tuple[str, ...] = ()) -> _Value:
    """Return what an operand is for an item; `kinds` are the types that a literal may have."""
    match operand:
        case moto.AttributePath():
            first, *more = operand.path

            def found(item: Item | None) -> DynamoType | None:
                value = cast("DynamoType | None", item.attrs.get(first)) if item else None
                for step in more:
                    value = value.child_attr(step) if value else None
                return value

            return found
        case moto.FuncSize():
            measured = _value(operand.attr)

            def size(item: Item | None) -> DynamoType | None:
                value = measured(item)
                length = _LENGTHS.get(value.type) if value else None
                return DynamoType({"N": str(length(value.value))}) if value and length else None

            return size
        case moto.AttributeValue():
            literal = DynamoType({operand.type: operand.value})
            if kinds and literal.type not in kinds:
                raise ValueError(f"Incorrect operand type for operator or function: {literal.type}")
            return lambda _item: literal
        case _:
            raise ValueError(f"{operand} is not an operand")


def _meets(check: Callable[..., bool], *operands: _Value) -> Holds:
    """Return what tells whether an item has a value for each operand, and these meet the check."""

    def holds(item: Item | None) -> bool:
        values = [operand(item) for operand in operands]
        return all(value is not None for value in values) and check(*values)

    return holds


def _equality(node: Any) -> Holds:
    return _meets(_equal, _value(node.lhs), _value(node.rhs))


def _equal(one: DynamoType, other: DynamoType) -> bool:
    return one.type == other.type and _meaning(one) == _meaning(other)


def _meaning(value: DynamoType) -> Any:
    """Return a value with which Python compares as DynamoDB does, among values of its type."""
    match value.type:
        case "N":
            return Decimal(value.value)
        case "S":
            return value.value.encode()
        case "B":
            return b64decode(value.value)
        case "SS" | "NS" | "BS":
            return {_meaning(DynamoType({_ELEMENTS[value.type]: each})) for each in value.value}
        case "L":
            return [(each.type, _meaning(each)) for each in value.value]
        case "M":
            return {name: (each.type, _meaning(each)) for name, each in value.value.items()}
        case _:
            return value.value


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any], Holds]:
    return lambda node: _ordering(_value(node.lhs, _ORDERED), _value(node.rhs, _ORDERED), compare)


def _ordering(left: _Value, right: _Value, compare: Callable[[Any, Any], bool]) -> Holds:
    def follows(one: DynamoType, other: DynamoType) -> bool:
        return one.type == other.type and one.type in _ORDERED and compare(_meaning(one), _meaning(other))

    return _meets(follows, left, right)


def _between(node: Any) -> Holds:
    attribute, start, end = (_value(operand, _ORDERED) for operand in (node.attr, node.start, node.end))
    if isinstance(node.start, moto.AttributeValue) and isinstance(node.end, moto.AttributeValue):
        if node.start.type != node.end.type:
            raise ValueError("The BETWEEN operator requires same data type for lower and upper bounds")
        if not _ordering(start, end, operator.le)(None):
            raise ValueError("The BETWEEN operator requires upper bound to be greater than the lower bound")
    above, below = _ordering(start, attribute, operator.le), _ordering(attribute, end, operator.le)
    return lambda item: above(item) and below(item)


def _in(node: Any) -> Holds:
    tests = [_meets(_equal, _value(node.attr), _value(each)) for each in node.possible_values]
    return lambda item: any(test(item) for test in tests)


def _has_type(node: Any) -> Holds:
    attribute, wanted = _value(node.attr), _value(node.type, ("S",))(None)
    if wanted is None or wanted.value not in _TYPES:
        raise ValueError(f"Invalid attribute type name found: {wanted.value if wanted else 'none'}")

    def has_type(value: DynamoType) -> bool:
        return value.type == wanted.value

    return _meets(has_type, attribute)


def _begins(node: Any) -> Holds:
    def begins(value: DynamoType, start: DynamoType) -> bool:
        texts = value.type == start.type and value.type in ("S", "B")
        return texts and _meaning(value).startswith(_meaning(start))

    return _meets(begins, _value(node.attr), _value(node.substr, ("S", "B")))


def _contains(value: DynamoType, part: DynamoType) -> bool:
    if value.type == "L":
        return any(_equal(each, part) for each in value.value)
    if part.type != _ELEMENTS.get(value.type, value.type) or value.type not in ("S", "B", *_ELEMENTS):
        return False
    return _meaning(part) in _meaning(value)


_NODES: dict[type, Callable[[Any], Holds]] = {
    moto.OpNot: lambda node: _negated(_holds(node.lhs)),
    moto.OpAnd: _and,
    moto.OpOr: _or,
    moto.OpEqual: _equality,
    moto.OpNotEqual: lambda node: _negated(_equality(node)),
    moto.OpLessThan: _ordered(operator.lt),
    moto.OpLessThanOrEqual: _ordered(operator.le),
    moto.OpGreaterThan: _ordered(operator.gt),
    moto.OpGreaterThanOrEqual: _ordered(operator.ge),
    moto.FuncBetween: _between,
    moto.FuncIn: _in,
    moto.FuncAttrExists: _exists,
    moto.FuncAttrType: _has_type,
    moto.FuncBeginsWith: _begins,
    moto.FuncContains: lambda node: _meets(_contains, _value(node.attr), _value(node.operand)),
}
