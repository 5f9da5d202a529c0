"""Pages of a list, with tokens as DynamoDB's operations have them: hexadecimal digits."""

from collections.abc import Sequence
from typing import Protocol

from local_aws.protocol import Fields, invalid

_WIDTH = 16


class Entry(Protocol):
    """Is one entry of a list."""

    def summary(self) -> Fields:
        """As the list has it."""
        ...


def page(name: str, entries: Sequence[Entry], size: int, token: str | None, tokens: int = 1) -> Fields:
    """Return the entries from where the token points as the answer's field `name`, and the rest's token.

    `tokens` is the length of a token in 16 digits. Raise ValidationException.
    """
    try:
        start = int(token[:_WIDTH], 16) if token else 0
    except ValueError:
        raise invalid("Invalid NextToken") from None
    if token and (start > len(entries) or token != _token(start, tokens)):
        raise invalid("Invalid NextToken")
    end = start + size
    more = {"NextToken": _token(end, tokens)} if end < len(entries) else {}
    return {name: [entry.summary() for entry in entries[start:end]], **more}


def _token(position: int, tokens: int) -> str:
    return f"{position:016x}" * tokens
