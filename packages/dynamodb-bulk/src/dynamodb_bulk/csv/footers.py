"""Words by which the last line of a file says that it is no row: a total, the number of rows."""

import re
from collections.abc import Sequence

_TOTAL = re.compile(
    r"\W*(?:(?:sub|grand )?totals?|sum|summe|gesamt(?:summe)?|somme|totale|suma|trailer|eof"
    r"|end of (?:file|report))\b.*",
    re.IGNORECASE,
)
_NUMBER = "[0-9][0-9.,]*"
_COUNT = re.compile(
    rf"\W*(?:{_NUMBER} (?:rows?|records?|lines?)\b.*"
    rf"|(?:rows?|records?|lines?|row count|count) ?[:=] ?{_NUMBER})\W*",
    re.IGNORECASE,
)


def says_so(fields: Sequence[str | None]) -> bool:
    """Whether the first value of a line is the word for a total, or says a number of rows."""
    said = next((field for field in fields if field), "")
    return bool(_TOTAL.fullmatch(said) or _COUNT.fullmatch(said))
