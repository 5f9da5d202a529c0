"""Why a row does not become an item, by kind."""

from typing import Literal

RejectionKind = Literal[
    "column-count", "unclosed-quote", "stray-quote", "not-utf8", "record-too-long", "blank-line",
    "unparsable", "too-long", "out-of-range", "key-missing", "key-empty", "key-too-long", "key-type",
    "item-too-large", "not-an-item", "value-missing",
]  # fmt: skip


class UnfitValue(ValueError):
    """A value that its column's type cannot hold; a plain ValueError is one that is not of the type."""

    def __init__(self, reason: str, kind: RejectionKind) -> None:
        super().__init__(reason)
        self.kind: RejectionKind = kind


def kind_of(error: ValueError, otherwise: RejectionKind = "unparsable") -> RejectionKind:
    """Return the kind that an error names, if it does."""
    return error.kind if isinstance(error, UnfitValue) else otherwise
