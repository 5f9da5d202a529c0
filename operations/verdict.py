"""Whether a load is good. What AWS calls finished or completed is not enough."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Good, or every reason why not."""

    reasons: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether every row of the files is accounted for."""
        return not self.reasons
