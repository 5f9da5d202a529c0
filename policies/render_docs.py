"""The table of all rules in docs/policies.md, written by `python -m policies.render_docs` from the rules."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from policies.configuration import ENVIRONMENTS, HERE, read
from policies.configuration import level as level_of
from policies.pack import FAMILIES
from policies.rule import Rule

PAGE = Path(__file__).parent.parent / "docs" / "policies.md"
BEGIN, END = "<!-- rules: written by `python -m policies.render_docs` -->", "<!-- end of rules -->"
SHORT = {"disabled": "off"}


def markdown() -> str:
    """Return one table per family."""
    return "\n".join(_lines())


def page(text: str) -> str:
    """Return a page with the tables between its two marks; raise ValueError if it has none."""
    if BEGIN not in text or END not in text:
        raise ValueError(f"no place between {BEGIN} and {END}")
    return re.sub(
        f"{re.escape(BEGIN)}.*{re.escape(END)}",
        lambda _: f"{BEGIN}\n\n{markdown()}\n{END}",
        text,
        flags=re.DOTALL,
    )


def _lines() -> Iterator[str]:
    configured = {environment: read(HERE / f"{environment}.json") for environment in ENVIRONMENTS}
    for family in FAMILIES:
        yield f"### {family.name}"
        yield ""
        yield family.subject
        yield ""
        yield f"| rule | why | {' | '.join(ENVIRONMENTS)} | settings |"
        yield f"|---|---|{'---|' * len(ENVIRONMENTS)}---|"
        for rule in family.rules:
            levels = [level_of(rule, configured[environment]) for environment in ENVIRONMENTS]
            cells = (
                f"`{rule.name}`",
                f"{_cell(rule.why)} *{_cell(_sentence(rule.remedy))}*",
                *(SHORT.get(each, each) for each in levels),
                _settings(rule) or "-",
            )
            yield f"| {' | '.join(cells)} |"
        yield ""


def _settings(rule: Rule) -> str:
    return "; ".join(
        f"`{name}` ({_cell(json.dumps(setting.default))}): {_cell(setting.meaning)}"
        for name, setting in rule.settings.items()
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write the page, or with `--check` report whether it is up to date."""
    text = PAGE.read_text()
    wanted = page(text)
    if "--check" in sys.argv[1:]:
        sys.exit(0 if text == wanted else f"{PAGE} is not up to date: run `python -m policies.render_docs`")
    PAGE.write_text(wanted)


if __name__ == "__main__":
    main()
