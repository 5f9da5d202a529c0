"""Pages of a list, with tokens as DynamoDB's operations have them: hexadecimal digits."""

from collections.abc import Sequence
from typing import TypeVar

from local_aws.protocol import invalid

Entry = TypeVar("Entry")

_WIDTH = 16


def page(
    entries: Sequence[Entry], size: int, token: str | None, tokens: int = 1
) -> tuple[Sequence[Entry], str | None]:
    """Entries from where the token points, and the token of the rest; `tokens` is its length in 16 digits.

    Raise ValidationException.
    """
    try:
        start = int(token[:_WIDTH], 16) if token else 0
    except ValueError:
        raise invalid("Invalid NextToken") from None
    if token and (start > len(entries) or token != _token(start, tokens)):
        raise invalid("Invalid NextToken")
    end = start + size
    return entries[start:end], _token(end, tokens) if end < len(entries) else None


def _token(position: int, tokens: int) -> str:
    return f"{position:016x}" * tokens
