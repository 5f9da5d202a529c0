"""Compares a table with files, and looks again at what differs."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import orjson
import polars as pl

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.clock import aws_now
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.aws.scan import Pace
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.item_files.canonical import canonical_item
from dynamodb_bulk.loads.changes import ChangeFiles
from dynamodb_bulk.spec.keys import TableKeys
from dynamodb_bulk.spec.text import number_of
from dynamodb_bulk.verify.changed_items import ChangedItems
from dynamodb_bulk.verify.comparable import Comparable, comparable_texts
from dynamodb_bulk.verify.item_source import FileItems, Found, Held
from dynamodb_bulk.verify.keyed_diff import Compared, Sides, digests
from dynamodb_bulk.verify.reread import Item, Key, key_of
from dynamodb_bulk.verify.verification import Difference, Kind, LoadShare, Verification

LOOKED_AT = 10_000  # differences that are read again; more are told by their keys


@dataclass(frozen=True, kw_only=True)
class ExpectedLoad:
    """A load into the table, and the number of its failed conditions, if known.

    `changes` are applied to its items, or to none where the dataset has changes alone.
    """

    name: str
    dataset: Dataset
    refused: int | None = None
    changes: ChangeFiles | None = None

    def items(self, aws: Aws | None) -> FileItems:
        """Return the items that it makes."""
        if self.changes is None:
            return FileItems(self.dataset, aws)
        return ChangedItems(self.dataset, self.changes, aws)


@dataclass(kw_only=True)
class _Sum:
    expected: int = 0
    found: int = 0
    same: int = 0
    repeated: int = 0
    named: Counter[int] = field(default_factory=Counter[int])
    held: Counter[int] = field(default_factory=Counter[int])
    keys: dict[Kind, list[pl.DataFrame]] = field(default_factory=dict[Kind, "list[pl.DataFrame]"])
    unlisted: Counter[str] = field(default_factory=Counter[str])

    def add(self, part: Compared, unlisted: Callable[[Kind, Iterator[Key]], None]) -> None:
        self.expected += part.expected
        self.found += part.found
        self.same += part.same
        self.repeated += part.repeated
        self.named.update(part.named)
        self.held.update(part.held)
        for kind, frame in part.keys.items():
            room = LOOKED_AT - sum(one.height for listed in self.keys.values() for one in listed)
            self.keys.setdefault(kind, []).append(frame.head(room))
            beyond = frame.slice(room)
            self.unlisted[kind] += beyond.height
            unlisted(kind, (_key(row) for row in beyond.drop("digest", strict=False).iter_rows()))


def verify(
    loads: Sequence[ExpectedLoad],
    held: Held,
    keys: TableKeys,
    aws: Aws | None,
    report: Report,
    *,
    table: str,
    pace: Pace | None = None,
    extra_allowed: bool = False,
    unlisted: Callable[[Kind, Iterator[Key]], None] = lambda _, __: None,
) -> Verification:
    """Compare all items of the files of the loads with all items of `held`.

    An item is correct if it matches any load, as loads may run again in any order. `unlisted` gets the keys
    of differences beyond those that are read again. Raise InputError if something cannot be read.
    """
    started = time.monotonic()
    files = [load.items(aws) for load in loads]
    total, rejected = _compared(files, held, report, unlisted)
    report(f"{held.shown}: reading what differs once more")
    differences = _Again(loads, files, held, keys).differences(total.keys)
    refused = [load.refused for load in loads if load.dataset.condition]
    shares = tuple(
        LoadShare(
            name=load.name,
            keys=total.named[number],
            held=total.held[number],
            rejected=rejected[number],
            condition=load.dataset.condition,
        )
        for number, load in enumerate(loads)
    )
    return Verification(
        table=table,
        by=held.shown,
        loads=shares,
        expected=total.expected,
        found=total.found,
        same=total.same,
        repeated=total.repeated,
        differences=tuple(differences),
        unlisted={kind: count for kind, count in total.unlisted.items() if count},
        extra_allowed=extra_allowed,
        refused=None if None in refused else sum(cast("list[int]", refused)),
        seconds=round(time.monotonic() - started, 1),
        read_units=pace.units if pace else 0.0,
    )


def _compared(
    files: Sequence[FileItems], held: Held, report: Report, unlisted: Callable[[Kind, Iterator[Key]], None]
) -> tuple[_Sum, Counter[int]]:
    rejected: Counter[int] = Counter()
    counts = {"files": 0, "table": 0}

    def count(side: str, items: Comparable) -> None:
        counts[side] += len(items.items)
        report(f"{held.shown}: {number_of(counts['table'], 'item')} read, {counts['files']:,} of the files")

    with TemporaryDirectory(prefix="bulk-verify-") as folder:
        sides = Sides(Path(folder))

        def find(items: Comparable) -> None:
            sides.find(items)
            count("table", items)

        def expect() -> None:
            for number, one in enumerate(files):

                def take(items: Comparable, number: int = number) -> None:
                    sides.expect(items, number)
                    rejected[number] += items.rejected
                    count("files", items)

                one.read(take)

        with ThreadPoolExecutor(1) as beside:
            expecting = beside.submit(expect)
            held.read(find)
            expecting.result()
        total = _Sum()
        for part in sides.compared():
            total.add(part, unlisted)
    return total, rejected


class _Again:
    """Read keys again, in the files and in the current table."""

    def __init__(
        self, loads: Sequence[ExpectedLoad], files: Sequence[FileItems], held: Held, keys: TableKeys
    ) -> None:
        self._loads, self._files, self._held, self._keys = loads, files, held, keys

    def differences(self, frames: Mapping[Kind, Sequence[pl.DataFrame]]) -> Iterator[Difference]:
        seen: dict[Kind, dict[Key, int | None]] = {
            kind: {key: digest for frame in some for key, digest in _rows(frame)}
            for kind, some in frames.items()
        }
        everything = [key for some in seen.values() for key in some]
        if not everything:
            return
        expected = self._expected([key for kind, some in seen.items() if kind != "extra" for key in some])
        now = self._held.lookup(everything)
        for kind, some in seen.items():
            for key, digest in some.items():
                yield self._difference(kind, key, digest, expected.get(key, []), now.get(key))

    def _expected(self, keys: Sequence[Key]) -> dict[Key, list[tuple[int, Found]]]:
        found: dict[Key, list[tuple[int, Found]]] = {}
        for number, files in enumerate(self._files):
            for key, one in files.places(keys):
                found.setdefault(key, []).append((number, one))
        return found

    def _difference(
        self, kind: Kind, key: Key, digest: int | None, wanted: list[tuple[int, Found]], now: Item | None
    ) -> Difference:
        again = self._digest(now) if now else None
        state = "stays"
        if self._held.live and again != digest:
            agrees = any(self._digest(one.item) == again for _, one in wanted) if wanted else now is None
            state = "agrees" if agrees else "changing"
        newest = wanted[-1][1] if wanted else None
        if kind == "missing" and state == "stays" and any(self._expired(*one) for one in wanted):
            state = "expired"
        conditions = [self._loads[number].dataset.condition for number, _ in wanted]
        return Difference(
            kind=kind,
            key=key_of(key, self._keys),
            state=state,
            conditional=bool(conditions) and None not in conditions,
            place=newest.place if newest else "",
            expected=dict(newest.item) if newest else None,
            found=dict(now) if now else None,
            attributes=unlike(newest.item, now) if newest and now else {},
        )

    def _expired(self, load: int, found: Found) -> bool:
        """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html."""
        attribute = self._loads[load].dataset.table.time_to_live
        second = found.item.get(attribute or "", {}).get("N")
        return second is not None and Decimal(second) < Decimal(aws_now().timestamp())

    def _digest(self, item: Item) -> int:
        return int(digests(comparable_texts([orjson.dumps(item)], self._keys))[0])


def unlike(expected: Item, found: Item) -> dict[str, dict[str, Any]]:
    """Return the attributes in which two items differ; a missing one is omitted."""
    differing: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys((*expected, *found)):
        sides = {"expected": expected.get(name), "found": found.get(name)}
        there = {side: value for side, value in sides.items() if value is not None}
        texts = {canonical_item({"": value}) for value in there.values()}
        if len(there) < 2 or len(texts) > 1:
            differing[name] = there
    return differing


def _rows(frame: pl.DataFrame) -> Iterator[tuple[Key, int | None]]:
    names = [name for name in frame.columns if name != "digest"]
    digests = frame["digest"].to_list() if "digest" in frame.columns else [None] * frame.height
    for key, digest in zip(frame.select(names).iter_rows(), digests, strict=True):
        yield _key(key), digest


def _key(row: tuple[Any, ...]) -> Key:
    return cast("Key", row)
