"""The templates of pages: every value is escaped, and what would act in it or hide is made visible."""

import re
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dynamodb_bulk.spec.text import number_of, visible_lines

_SHORT = 40
# What Markdown, with the HTML and the names of people that GitHub takes in it, would not show as it is.
_ACTS = re.compile(r"([\\`*_{}\[\]<>#|~&@$]|:(?=/))")


def html_page(template: str, **values: Any) -> str:
    """Return a page of HTML."""
    return _ENVIRONMENT.get_template(template).render(values) + "\n"


def markdown_page(template: str, **values: Any) -> str:
    """Return a page of Markdown."""
    return _MARKDOWN.get_template(template).render(values) + "\n"


def _environment(**options: Any) -> Environment:
    # A subclass escapes; `autoescape` is off for Markdown alone, whose values `finalize` escapes.
    environment = Environment(  # noqa: S701
        loader=PackageLoader("dynamodb_bulk.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
    filters: dict[str, Any] = environment.filters
    filters |= {"number": "{:,}".format, "count": number_of, "short": _short}
    return environment


def _short(value: object) -> str:
    if value is None:
        return ""
    text = f"{value:.12g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"


def _visible(value: Any) -> Any:
    return visible_lines(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _in_markdown(value: Any) -> Any:
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return _ACTS.sub(r"\\\1", " ".join(visible_lines(value).split()))


_ENVIRONMENT = _environment(autoescape=True, finalize=_visible)
_MARKDOWN = _environment(autoescape=False, finalize=_in_markdown)
