"""DMS table mappings: which tables a task selects and how their rows become items.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html
"""

import re
from collections.abc import Iterator
from typing import Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dynamodb_bulk.dms.selection import Locator, Rule, Selection, SourceFilter, Text
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spec.json_reading import read_json, without_nulls
from dynamodb_bulk.spec.mistakes import validated

PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}")
Document = dict[str, Any]
_ACTIONS = {"selection": "include", "object-mapping": "map-record-to-record"}


class AttributeMapping(Rule):
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


class ExpressionValue(Rule):
    """A named value of a condition expression, in DynamoDB JSON."""

    name: str
    value: Document


class ExpressionName(Rule):
    """A named attribute of a condition expression."""

    name: str
    value: str


class ConditionExpression(Rule):
    """A condition that each write has to meet; refused rows count as condition-failed, not as errors."""

    expression: str
    expression_attribute_values: tuple[ExpressionValue, ...] = ()
    expression_attribute_names: tuple[ExpressionName, ...] = ()
    apply_during_cdc: bool = False
    apply_during_full_load: bool = True


class MappingParameters(Rule):
    """The parameters of an object mapping."""

    model_config = ConfigDict(extra="forbid")

    partition_key_name: str | None = None
    sort_key_name: str | None = None
    exclude_columns: tuple[str, ...] = ()
    attribute_mappings: tuple[AttributeMapping, ...] = ()
    condition_expression: ConditionExpression | None = None


class ObjectMapping(Rule):
    """A rule that turns the rows of one table into items of one DynamoDB table."""

    rule_id: Text
    rule_name: Text
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
        actions = {rule.rule_action for rule in self.selections if rule.selects(schema, table)}
        return bool(actions) and "exclude" not in actions

    def source_filters(self, schema: str, table: str) -> tuple[SourceFilter, ...]:
        """Return the filters for the rows of the table, which hold only where the action is include."""
        return tuple(
            one
            for rule in self.selections
            if rule.rule_action == "include" and rule.selects(schema, table)
            for one in rule.filters
        )

    def refuse_uncarried(self, schema: str, table: str, where: str) -> None:
        """Raise InputError for a rule for this table whose effect is known to AWS alone."""
        for rule in self.other_rules:
            if not covers(rule, schema, table) or (why := _uncarried(rule)) is None:
                continue
            raise InputError(f"{where}: rule {rule.get('rule-id')}", *why)
        included = [
            rule for rule in self.selections if rule.rule_action == "include" and rule.selects(schema, table)
        ]
        if len(included) > 1 and any(rule.filters for rule in included):
            ids = " and ".join(rule.rule_id for rule in included)
            what = f"rules {ids} include {schema}.{table} with filters, and AWS does not document their sum"
            raise InputError(where, what, "keep one of these rules")

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
    for index, rule in enumerate(read_rules(text, where)):
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


def read_rules(text: str, where: str) -> list[Document]:
    """Return the rules of a document; raise InputError if it holds none.

    Keys that hold null are left out: AWS gives those back that nobody wrote.
    """
    return [_given(rule) for rule in validated(_Rules, read_json(text, where), lambda _: where).rules]


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


def _given(rule: Document) -> Document:
    action = _ACTIONS.get(rule.get("rule-type", ""))
    if rule.get("rule-action", action) is None and action:
        rule = {**rule, "rule-action": action}
    return without_nulls(rule)


def covers(rule: Document, schema: str, table: str) -> bool:
    """Return whether a rule is for this table; one without a locator is for all."""
    locator = rule.get("object-locator")
    named = cast("Document", locator) if isinstance(locator, dict) else {}
    names = Locator.model_validate({"schema-name": "%", "table-name": "%", **named})
    if rule.get("rule-action") == "explicit":
        return names.is_exactly(schema, table)
    return names.matches(schema, table)


def _uncarried(rule: Document) -> tuple[str, str] | None:
    kind = rule.get("rule-type")
    if kind == "transformation":
        action = rule.get("rule-action")
        what = f"{action} is a transformation; AWS does not document what it does before an object mapping"
        return what, "remove the rule, and write its effect into the object-mapping rule"
    if kind == "table-settings" and "lob-settings" not in rule:
        return None  # parallel loads of a table change how fast its rows are read, not which
    if kind == "table-settings":
        return "lob-settings may cut values", "remove the rule, and set LobMaxSize in the task settings"
    return f"{kind} rules are not for the load of files into DynamoDB", "remove the rule"
