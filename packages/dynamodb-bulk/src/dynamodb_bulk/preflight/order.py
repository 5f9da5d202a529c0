"""Whether rows that follow each other go to the same place in the table.

AWS: "don't import sorted data"; one partition takes 1,000 write units a second.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.BestPractices.html
"""

from dataclasses import dataclass

import polars as pl

FEWEST_ROWS = 1000
_SAME_SHARE = 0.5
_SORTED_SHARE = 0.999


@dataclass(kw_only=True)
class KeyOrder:
    """Counts how partition keys follow each other, over all files."""

    is_number: bool
    pairs: int = 0
    same: int = 0
    rising: int = 0
    falling: int = 0
    _last: str | None = None

    def add(self, keys: pl.Series) -> None:
        """Take the next canonical partition keys, in the order of the file."""
        if not len(keys):
            return
        here = keys.cast(pl.Float64) if self.is_number else keys
        before = here.shift()
        self.pairs += len(keys) - 1
        self.same += int((keys == keys.shift()).sum() or 0)
        self.rising += int((here > before).sum() or 0)
        self.falling += int((here < before).sum() or 0)
        if self._last is not None:
            self.pairs += 1
            self.same += keys[0] == self._last
        self._last = keys[-1]

    def finding(self) -> str | None:
        """Return what is wrong with the order, if anything."""
        if self.pairs + 1 < FEWEST_ROWS:
            return None
        if self.same > _SAME_SHARE * self.pairs:
            return f"{self.same / self.pairs:.0%} of the rows have the partition key of the row before"
        for count, how in ((self.rising, "ascending"), (self.falling, "descending")):
            if count + self.same >= _SORTED_SHARE * self.pairs:
                return f"the partition keys are in {how} order"
        return None
