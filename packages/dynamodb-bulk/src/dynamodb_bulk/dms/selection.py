"""Selection rules of DMS table mappings: which tables a task loads, and by filters which of their rows.

Sources: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.Filters.html and
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TableMapping.SelectionTransformation.Wildcards.html
"""

import re
from typing import Annotated, Any, Literal, Self, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Operator = Literal["eq", "noteq", "gte", "lte", "ste", "between", "notbetween", "null", "notnull"]
_NEGATIVE = ("noteq", "notbetween", "notnull")
_VALUES: dict[Operator, tuple[str, ...]] = {
    **dict.fromkeys(("between", "notbetween"), ("start_value", "end_value")),
    **dict.fromkeys(("null", "notnull"), ()),
}


def _as_text(value: Any) -> Any:
    # AWS documents texts, and takes numbers as well.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_as_text)]


def _kebab(name: str) -> str:
    return name.replace("_", "-")


class Rule(BaseModel):
    """A part of a rule, with the keys that AWS gives it."""

    model_config = ConfigDict(frozen=True, alias_generator=_kebab, populate_by_name=True)


class Locator(Rule):
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

    @property
    def ranges(self) -> tuple[str, ...]:
        """Those of the names that are patterns for many tables; `_` is part of many a real name."""
        return tuple(name for name in self.wildcards if "%" in name or "[" in name.replace("[_]", ""))

    @property
    def wildcards(self) -> tuple[str, ...]:
        """Those of the names that are patterns."""
        names = (self.schema_name, self.table_name)
        return tuple(name for name in names if any(sign in name.replace("[_]", "") for sign in "%_["))


class FilterCondition(Rule):
    """What a value is compared with, and how."""

    filter_operator: Operator
    value: Text | None = None
    start_value: Text | None = None
    end_value: Text | None = None

    @model_validator(mode="after")
    def _has_its_values(self) -> Self:
        needs = _VALUES.get(self.filter_operator, ("value",))
        for name in ("value", "start_value", "end_value"):
            given = getattr(self, name) is not None
            if given != (name in needs):
                what = "is missing" if name in needs else "is not a key"
                raise ValueError(f"{_kebab(name)} {what} of the filter-operator {self.filter_operator}")
        return self


class SourceFilter(Rule):
    """The rows of a table that are loaded: those where one of the conditions holds for the column."""

    model_config = ConfigDict(extra="forbid")

    filter_type: Literal["source"]
    column_name: str = Field(min_length=1)
    filter_conditions: tuple[FilterCondition, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_negative_condition(self) -> Self:
        """AWS takes one alone before engine 3.5.0, and does not document what later ones make of several.

        It says that the conditions of a filter are combined by OR, and also that a negative one with `null`
        and no positive one passes nothing, which OR would not.
        """
        negative = [one for one in self.filter_conditions if one.filter_operator in _NEGATIVE]
        if negative and len(self.filter_conditions) > 1:
            operator = negative[0].filter_operator
            what = (
                f"{operator} stands next to other conditions, and AWS does not document which rows then pass"
            )
            raise ValueError(f"{what}: write a filter for each, which all have to hold")
        return self


class Selection(Rule):
    """A rule that includes or excludes tables; `filters` all have to hold for a row."""

    rule_id: Text
    rule_name: Text
    rule_action: Literal["include", "exclude", "explicit"]
    object_locator: Locator
    load_order: int = Field(default=0, ge=0, le=2_147_483_647)
    filters: tuple[SourceFilter, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _load_order_of_the_locator(cls, rule: Any) -> Any:
        locator = cast("dict[str, Any]", rule).get("object-locator") if isinstance(rule, dict) else None
        if isinstance(locator, dict) and "load-order" in locator:
            order = cast("Any", locator["load-order"])
            return {"load-order": order, **cast("dict[str, Any]", rule)}
        return cast("Any", rule)

    @model_validator(mode="after")
    def _filters_a_named_table(self) -> Self:
        if self.filters and self.rule_action == "include" and (wide := self.object_locator.ranges):
            raise ValueError(
                f"filters work only with exact names, and {wide[0]} has wildcards: write the name"
            )
        return self

    def selects(self, schema: str, table: str) -> bool:
        """Return whether it includes or excludes the table."""
        if self.rule_action == "explicit":
            return self.object_locator.is_exactly(schema, table)
        return self.object_locator.matches(schema, table)


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
