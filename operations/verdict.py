"""Whether a load is good. What AWS calls finished or completed is not enough."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Good, or every reason why not."""

    reasons: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether every row of the files is accounted for."""
        return not self.reasons

    def with_reasons(self, more: Sequence[str]) -> Self:
        """The verdict with more reasons why the load is not good."""
        return replace(self, reasons=(*self.reasons, *more))
