"""What one import or bulk put accepts of its source.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.BestPractices.html
"""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.filesize import decimal

_TB = 10**12
_LARGE_IMPORTS = ("us-east-1", "us-west-2", "eu-west-1")


@dataclass(frozen=True, kw_only=True)
class SourceLimits:
    """The most objects, and the most bytes as stored, of one object and of all; None: none is documented.

    The bytes of all are a quota of the Region: other imports that run at the same time count as well.
    """

    objects: int = 50_000
    object_bytes: int | None = None
    total_bytes: int | None = None

    def exceeded(self, sizes: Iterable[int]) -> str | None:
        """Return which limit objects of these sizes exceed; None where they exceed none."""
        known = list(sizes)
        if len(known) > self.objects:
            return f"{len(known):,} objects, at most {self.objects:,} are accepted"
        largest, total = max(known, default=0), sum(known)
        if self.object_bytes and largest > self.object_bytes:
            return f"an object of {largest:,} bytes, at most {self.object_bytes:,} are accepted"
        if self.total_bytes and total > self.total_bytes:
            return f"{decimal(total)} in all, at most {decimal(self.total_bytes)} are accepted at once"
        return None


BULK_PUT_LIMITS = SourceLimits(object_bytes=5 * 1024**3)
"""A total by tier exists as well; AWS does not publish its value where it could be read."""


def import_limits(region: str | None) -> SourceLimits:
    """Return the limits of an import in a Region; where it is not known, those of the largest."""
    return SourceLimits(total_bytes=15 * _TB if region is None or region in _LARGE_IMPORTS else _TB)
