"""A probe: what it asks AWS, what it creates, how long it may take and what it may cost, as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dynamodb_bulk.estimate.prices import known_prices

if TYPE_CHECKING:
    from smoke.stage import Stage

REGIONS = 2  # the dearest Region costs at most so many times what us-east-1 costs
_PRICES = known_prices()
_USD: Mapping[str, float] = {
    "GB imported": _PRICES.usd("import_gb", 1) or 0,
    "GB exported": 0.10,
    "GB bulk put": 5.0,  # AWS's price is not known here: far above any price of DynamoDB for a GB
    "instance hours": _PRICES.usd("dms_instance_hour", 1) or 0,
    "million writes": _PRICES.usd("write_request_million", 1) or 0,
}
"""Per unit, in us-east-1."""
LEAST_GB = 0.01
"""What a request is taken to be billed for at least, as AWS does with incremental exports."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What nobody outside AWS knows, and what AWS's documentation says of it."""

    name: str
    asks: str
    docs: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What AWS did: `text` without names, times and ids, so that two runs compare; `seconds` beside it.

    `good`: nothing in it says that the product, or the probe, failed.
    """

    text: str
    seconds: float | None = None
    good: bool = True


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One thing to try, whose answers are by the names of its questions."""

    name: str
    creates: str
    minutes: int
    questions: tuple[Question, ...]
    ask: "Callable[[Stage], Mapping[str, Answer]]"
    units: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def usd(self) -> float:
        """What its units cost at most, in any Region."""
        return sum(units * _USD[unit] * REGIONS for unit, units in self.units.items())
