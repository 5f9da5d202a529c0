"""A configuration of the pack: `python -m policies.configuration FILE...` reports its mistakes.

The engine ignores an unknown rule or setting, so a typing error would silently turn a rule off.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from policies.pack import RULES
from policies.rule import LEVELS, Rule, Setting

LEVEL = "enforcementLevel"
ALL = "all"  # the engine's word for the level of every rule
HERE = Path(__file__).parent / "config"
ENVIRONMENTS = ("development", "staging", "production")
_TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
}


class ConfigurationError(Exception):
    """A configuration that cannot be used; the text has a line for each mistake."""


def read(file: Path) -> dict[str, dict[str, Any]]:
    """Return the levels and settings that the file sets, by rule; raise ConfigurationError."""
    try:
        if not file.is_file():
            raise ConfigurationError("not a file" if file.exists() else "No such file or directory")
        given = json.loads(file.read_text(encoding="utf-8-sig"), object_pairs_hook=_once)
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}") from None
    except ConfigurationError as error:
        raise ConfigurationError(f"{file}: {error}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{file}: not JSON: {error}") from None
    if not isinstance(given, dict):
        raise ConfigurationError(f"{file}: not an object of rules")
    rules = {name: _entry(entry) for name, entry in cast("dict[str, Any]", given).items()}
    if mistakes := [f"{file}: {each}" for each in _mistakes(rules)]:
        raise ConfigurationError("\n".join(mistakes))
    return rules


def level(rule: Rule, rules: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the level of a rule under a configuration; one that cannot remediate is then mandatory."""
    everywhere = rules.get(ALL, {}).get(LEVEL, rule.level)
    found = str(rules.get(rule.name, {}).get(LEVEL, everywhere))
    return "mandatory" if found == "remediate" and not rule.mend else found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ConfigurationError(f"{name} is given twice")
        found[name] = value
    return found


def _entry(entry: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", entry) if isinstance(entry, dict) else {LEVEL: entry}


def _mistakes(rules: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    known = {rule.name: rule for rule in RULES}
    for name, entry in rules.items():
        if name not in (*known, ALL):
            yield f"{name}: unknown rule{_nearest(name, list(known))}"
            continue
        settings = known[name].all_settings if name in known else {}
        for key, value in entry.items():
            if key == LEVEL:
                if value not in LEVELS:
                    yield f"{name}: unknown level: {value}{_nearest(str(value), LEVELS)}"
                elif value == "remediate" and name in known and not known[name].mend:
                    yield f"{name}: this rule cannot remediate; use mandatory"
            elif key not in settings:
                yield f"{name}: unknown setting: {key}{_nearest(key, [LEVEL, *settings])}"
            elif wrong := _wrong(value, settings[key]):
                yield f"{name}.{key}: {wrong}"


def _wrong(value: Any, setting: Setting) -> str:
    schema = setting.schema
    kind = schema["type"]
    if not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
        return f"{json.dumps(value)} is not of type {kind}"
    if "enum" in schema and value not in schema["enum"]:
        return (
            f"{json.dumps(value)} is not one of {', '.join(schema['enum'])}{_nearest(value, schema['enum'])}"
        )
    if kind == "integer" and value < schema.get("minimum", value):
        return f"{value} is below {schema['minimum']}"
    if kind == "array" and not all(isinstance(each, str) for each in value):
        return f"{json.dumps(value)} is not a list of texts"
    return ""


def _nearest(name: str, among: Sequence[str]) -> str:
    near = get_close_matches(name, among, n=1)
    return f"; did you mean {near[0]}?" if near else f"; use {', '.join(among)}"


def main() -> None:
    """Check each file; print the mistakes and exit with code 2 if there are any."""
    failed = not sys.argv[1:]
    if failed:
        sys.stderr.write("usage: python -m policies.configuration FILE...\n")
    for file in map(Path, sys.argv[1:]):
        try:
            rules = read(file)
        except ConfigurationError as error:
            sys.stderr.write(f"{error}\n")
            failed = True
        else:
            levels = [level(rule, rules) for rule in RULES]
            counts = ", ".join(f"{levels.count(each)} {each}" for each in reversed(LEVELS) if each in levels)
            sys.stdout.write(f"{file}: {len(RULES)} rules: {counts}\n")
    sys.exit(2 if failed else 0)


if __name__ == "__main__":
    main()
