"""One measured figure."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What was measured, its value, the peer or plain way next to it, and under which conditions."""

    what: str
    measured: str
    beside: str = ""
    conditions: str = ""
