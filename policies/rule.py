"""A rule: its name, its reason, what to do about a finding, its settings, and the check."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, TypedDict, Unpack

from policies.resources import UNKNOWN, Resource, Stack

Level = Literal["disabled", "advisory", "mandatory", "remediate"]
LEVELS: tuple[Level, ...] = ("disabled", "advisory", "mandatory", "remediate")


@dataclass(frozen=True)
class Finding:
    """A property of a resource whose value is not as `wanted`."""

    resource: Resource
    property: str
    value: Any
    wanted: str


Findings = Iterator[Finding]


def expect(resource: Resource, path: str, holds: Callable[[Any], bool], wanted: str) -> Findings:
    """Return a finding where the value at a path is known and does not hold."""
    value = resource[path]
    if value is not UNKNOWN and not holds(value):
        yield Finding(resource, path, value, wanted)


def is_on(value: Any) -> bool:
    """Return whether a switch is set and on; providers also accept it as text."""
    return value is True or value == "true"


def is_not_on(value: Any) -> bool:
    """Return whether a switch is not set, or off."""
    return not is_on(value)


def is_off(value: Any) -> bool:
    """Return whether a switch is set and off."""
    return value is False or value == "false"


def at_most(most: float) -> Callable[[Any], bool]:
    """Return a check that accepts no value, and numbers up to `most`; providers also accept them as text."""

    def holds(value: Any) -> bool:
        try:
            return value is None or float(value) <= most
        except (TypeError, ValueError):
            return False

    return holds


@dataclass(frozen=True)
class Setting:
    """A setting of a rule: its JSON schema without the default, and its meaning."""

    default: Any
    meaning: str
    schema: Mapping[str, Any]


def texts(default: Iterable[str], meaning: str) -> Setting:
    """Return a list of texts."""
    return Setting(list(default), meaning, {"type": "array", "items": {"type": "string"}})


def text(default: str, meaning: str) -> Setting:
    """Return a text."""
    return Setting(default, meaning, {"type": "string"})


def choice(default: str, among: Iterable[str], meaning: str) -> Setting:
    """Return one of a few texts."""
    return Setting(default, meaning, {"type": "string", "enum": list(among)})


def number(default: int, meaning: str, least: int = 0) -> Setting:
    """Return an entire number from `least`."""
    return Setting(default, meaning, {"type": "integer", "minimum": least})


def switch(meaning: str, *, default: bool = False) -> Setting:
    """True or false."""
    return Setting(default, meaning, {"type": "boolean"})


IN_PREVIEW = choice(
    "note",
    ("note", "refuse"),
    "what a preview does about a value that it cannot know: `note` leaves it to `pulumi up`, which checks it "
    "before it makes the resource; `refuse` wants it known",
)
Settings = Mapping[str, Any]
Mend = Callable[[Resource, Settings], Mapping[str, Any] | None]
ResourceCheck = Callable[[Resource, Settings], Findings]
StackCheck = Callable[[Stack, Settings], Findings]


@dataclass(kw_only=True)
class Rule:
    """A rule over one resource of `types` (all, when there are none), or over an entire stack."""

    name: str
    why: str
    remedy: str
    level: Level = "mandatory"
    types: frozenset[str] = frozenset()
    check_resource: ResourceCheck | None = None
    check_stack: StackCheck | None = None
    mend: Mend | None = None
    settings: Mapping[str, Setting] = field(default_factory=dict[str, Setting])

    @property
    def all_settings(self) -> dict[str, Setting]:
        """Its own settings, and the one that all rules have."""
        return {**self.settings, "unknown": IN_PREVIEW}

    def is_about(self, kind: str) -> bool:
        """Return whether the rule looks at single resources, and at those of this type."""
        return self.check_resource is not None and (not self.types or kind in self.types)

    def configured(self, config: Mapping[str, Any]) -> Settings:
        """Return what a configuration sets, over the defaults."""
        return {name: config.get(name, setting.default) for name, setting in self.all_settings.items()}

    def mends(self, mend: Mend) -> Mend:
        """Decorate the function that gives what to change at level `remediate`: values by dotted path."""
        self.mend = mend
        return mend


class Words(TypedDict):
    """What every rule says of itself; `level` is mandatory if it is left out."""

    why: str
    remedy: str
    level: NotRequired[Level]
    settings: NotRequired[Mapping[str, Setting]]


class Family:
    """Rules about one subject; their names begin with it."""

    def __init__(self, name: str, subject: str) -> None:
        self.name = name
        self.subject = subject
        self.rules: list[Rule] = []

    def on(
        self, types: str | frozenset[str], name: str, **words: Unpack[Words]
    ) -> Callable[[ResourceCheck], Rule]:
        """Decorate the check of one resource of these types."""
        of = frozenset({types}) if isinstance(types, str) else types
        return lambda check: self._add(Rule(name=name, types=of, check_resource=check, **words))

    def expect(
        self,
        types: str | frozenset[str],
        name: str,
        path: str,
        holds: Callable[[Any], bool],
        wanted: str,
        **words: Unpack[Words],
    ) -> None:
        """Add a rule that expects one property of these types to hold."""
        self.on(types, name, **words)(lambda resource, _: expect(resource, path, holds, wanted))

    def on_stack(self, name: str, **words: Unpack[Words]) -> Callable[[StackCheck], Rule]:
        """Decorate the check of an entire stack."""
        return lambda check: self._add(Rule(name=name, check_stack=check, **words))

    def _add(self, rule: Rule) -> Rule:
        rule.name = f"{self.name}-{rule.name}"
        self.rules.append(rule)
        return rule
