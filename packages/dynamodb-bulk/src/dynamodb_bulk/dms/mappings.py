"""DMS table mappings: which tables a task selects and how their rows become items.

Sources: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html and
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TableMapping.SelectionTransformation.Wildcards.html
"""

import re
from collections.abc import Iterator
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.json_reading import read_json
from dynamodb_bulk.spec.mistakes import validated

PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}")
Document = dict[str, Any]


def _kebab(name: str) -> str:
    return name.replace("_", "-")


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=_kebab, populate_by_name=True)


class AttributeMapping(_Rule):
    """The definition of one attribute: a text template, or a map or list in DynamoDB JSON with templates."""

    model_config = ConfigDict(extra="forbid")

    target_attribute_name: str = Field(min_length=1, max_length=65535)
    attribute_type: Literal["scalar", "document"] = "scalar"
    attribute_sub_type: str = "string"
    value: str | Document

    @model_validator(mode="after")
    def _value_fits_the_type(self) -> Self:
        if self.attribute_type == "scalar" and not isinstance(self.value, str):
            raise ValueError("the value of a scalar attribute is a text")
        if self.attribute_type == "document":
            wanted = {"dynamodb-map": "M", "dynamodb-list": "L"}.get(self.attribute_sub_type)
            if wanted is None:
                raise ValueError("the sub-type of a document attribute is dynamodb-map or dynamodb-list")
            if not isinstance(self.value, dict) or set(self.value) != {wanted}:
                raise ValueError(f'the value of a {self.attribute_sub_type} is {{"{wanted}": …}}')
        return self

    def templates(self) -> Iterator[str]:
        """Yield every text in the value that may hold placeholders."""
        yield from _texts(self.value)


class ExpressionValue(_Rule):
    """A named value of a condition expression, in DynamoDB JSON."""

    name: str
    value: Document


class ExpressionName(_Rule):
    """A named attribute of a condition expression."""

    name: str
    value: str


class ConditionExpression(_Rule):
    """A condition that each write has to meet; refused rows count as condition-failed, not as errors."""

    expression: str
    expression_attribute_values: tuple[ExpressionValue, ...] = ()
    expression_attribute_names: tuple[ExpressionName, ...] = ()
    apply_during_cdc: bool = False
    apply_during_full_load: bool = True


class MappingParameters(_Rule):
    """The parameters of an object mapping."""

    model_config = ConfigDict(extra="forbid")

    partition_key_name: str | None = None
    sort_key_name: str | None = None
    exclude_columns: tuple[str, ...] = ()
    attribute_mappings: tuple[AttributeMapping, ...] = ()
    condition_expression: ConditionExpression | None = None


class Locator(_Rule):
    """A schema and a table, either of them possibly a pattern."""

    schema_name: str
    table_name: str

    def matches(self, schema: str, table: str) -> bool:
        """Return whether the patterns cover this table: `%` any run, `_` one character, `[…]` a set."""
        return bool(
            _pattern(self.schema_name).fullmatch(schema) and _pattern(self.table_name).fullmatch(table)
        )

    def is_exactly(self, schema: str, table: str) -> bool:
        """Return whether the names are these, wildcards taken literally."""
        return (self.schema_name, self.table_name) == (schema, table)


class Selection(_Rule):
    """A rule that includes or excludes tables."""

    rule_id: str
    rule_name: str
    rule_action: Literal["include", "exclude", "explicit"]
    object_locator: Locator
    load_order: int = Field(default=0, ge=0, le=2_147_483_647)
    filters: tuple[Document, ...] = ()


class ObjectMapping(_Rule):
    """A rule that turns the rows of one table into items of one DynamoDB table."""

    rule_id: str
    rule_name: str
    rule_action: Literal["map-record-to-record", "map-record-to-document"]
    object_locator: Locator
    target_table_name: str
    mapping_parameters: MappingParameters = MappingParameters()

    @property
    def attribute_types(self) -> dict[str, str]:
        """The types of the attributes that it defines, by name."""
        return {
            rule.target_attribute_name: "S" if isinstance(rule.value, str) else next(iter(rule.value), "")
            for rule in self.mapping_parameters.attribute_mappings
        }


class _Rules(BaseModel):
    rules: list[Document]


class TableMappings(BaseModel):
    """The rules of one task, read."""

    model_config = ConfigDict(frozen=True)

    selections: tuple[Selection, ...]
    object_mappings: tuple[ObjectMapping, ...]
    other_rules: tuple[Document, ...] = ()

    def selects(self, schema: str, table: str) -> bool:
        """Return whether a task with these rules loads the table."""
        included = False
        for selection in self.selections:
            if selection.rule_action == "explicit":
                included |= selection.object_locator.is_exactly(schema, table)
            elif selection.object_locator.matches(schema, table):
                if selection.rule_action == "exclude":
                    return False
                included = True
        return included

    def object_mapping(self, schema: str, table: str) -> ObjectMapping | None:
        """Return the first object mapping that covers the table."""
        return next(
            (rule for rule in self.object_mappings if rule.object_locator.matches(schema, table)), None
        )


def parse_mappings(text: str, where: str) -> TableMappings:
    """Read table mappings; raise InputError if DMS would refuse or misread them."""
    selections: list[Selection] = []
    object_mappings: list[ObjectMapping] = []
    others: list[Document] = []
    seen: set[tuple[str, str]] = set()
    for index, rule in enumerate(validated(_Rules, read_json(text, where), lambda _: where).rules):
        place = f"{where}: rule {rule.get('rule-id', index + 1)}"
        _unique(rule, seen, place)
        match rule.get("rule-type"):
            case "selection":
                selections.append(validated(Selection, rule, lambda _, place=place: place))
            case "object-mapping":
                object_mappings.append(validated(ObjectMapping, rule, lambda _, place=place: place))
            case None:
                raise InputError(place, "rule-type is missing")
            case _:
                others.append(rule)
    if not selections:
        raise InputError(where, "no selection rule", "DMS needs at least one that covers the table")
    return TableMappings(
        selections=tuple(selections), object_mappings=tuple(object_mappings), other_rules=tuple(others)
    )


def _unique(rule: Document, seen: set[tuple[str, str]], place: str) -> None:
    for key in ("rule-id", "rule-name"):
        value = str(rule.get(key, ""))
        if not value:
            raise InputError(place, f"{key} is missing")
        if (key, value) in seen:
            raise InputError(place, f"{key} {value!r} is used twice", "DMS wants each to be unique")
        seen.add((key, value))
    if not str(rule["rule-id"]).isdecimal():
        raise InputError(place, "rule-id is not a number")


def placeholders(template: str) -> tuple[str, ...]:
    """Return the column names in a template, in order."""
    return tuple(PLACEHOLDER.findall(template))


def unescape(text: str) -> str:
    """`$${name}` as `${name}`: how documents look that passed through another tool's templates."""
    return text.replace("$${", "${")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():  # pyright: ignore[reportUnknownVariableType]
            yield from _texts(inner)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, list):
        for inner in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _texts(inner)  # pyright: ignore[reportUnknownArgumentType]


def _pattern(text: str) -> re.Pattern[str]:
    pieces = re.findall(r"\[[^\]]*\]|%|_|[^%_\[]+|\[", text)
    return re.compile("".join(_piece(piece) for piece in pieces), re.DOTALL)


def _piece(piece: str) -> str:
    if piece == "%":
        return ".*"
    if piece == "_":
        return "."
    if len(piece) > 1 and piece.startswith("[") and piece.endswith("]"):
        return "[" + piece[1:-1].replace("\\", r"\\").replace("^", r"\^") + "]"
    return re.escape(piece)
