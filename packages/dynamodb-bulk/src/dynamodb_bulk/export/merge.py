"""The items of a chain of exports: the last write of each, in bounded memory.

Items and changes are spread over files by their keys; then each file is sorted by the time of the writes.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import orjson
import polars as pl

from dynamodb_bulk.export.export_chain import Chain
from dynamodb_bulk.export.lines import read_lines
from dynamodb_bulk.export.manifest import DataFile, Export
from dynamodb_bulk.item_files.canonical import canonical_items
from dynamodb_bulk.spec.errors import InputError
from dynamodb_bulk.spilled_table import SpilledTable

PARTS = 128
_LINES = 20_000
_OF_THE_FULL = -1  # before any write that an incremental export tells of
_EPOCH = datetime.fromtimestamp(0, UTC)
_SCHEMA = {"key": pl.String, "micros": pl.Int64, "line": pl.Binary}


def chain_lines(chain: Chain) -> Iterator[tuple[str, list[bytes]]]:
    """Yield the items, as blocks of lines `{"Item":{…}}`, each with its file.

    Raise InputError as `read_lines` does, and for records that are none of changes or items.
    """
    with TemporaryDirectory(prefix="bulk-export-") as folder:
        written = SpilledTable(
            Path(folder),
            "written",
            part_of=lambda frame: frame["key"].hash() % PARTS,
            parts=PARTS,
            rows_in_memory=PARTS * 2_000,
        )
        names: list[str] = []  # of the key, which the changes tell
        for export in chain.changes:
            for frame in _changes(export, chain, names):
                written.add(frame)
        for file, lines in read_lines(chain.full):
            if names:
                written.add(_items(file, lines, names))
            else:  # nothing has changed
                yield file.key, lines
        windows = [(_micros(since), _micros(until)) for since, until in chain.windows]
        for frame in written.parts():
            lines = cast("list[bytes]", _newest(frame, windows)["line"].drop_nulls().to_list())
            for start in range(0, len(lines), _LINES):
                yield chain.full.place.shown, lines[start : start + _LINES]


def _changes(export: Export, chain: Chain, names: list[str]) -> Iterator[pl.DataFrame]:
    exported = chain.full.summary.export_time
    after = _micros(exported) if exported else 0
    for file, lines in read_lines(export):
        keys: list[dict[str, Any]] = []
        rows: list[tuple[int, bytes | None]] = []
        for line in lines:
            try:
                record = orjson.loads(line)
                key, image = record["Keys"], record.get("NewImage")
                micros = int(record["Metadata"]["WriteTimestampMicros"]["N"])
            except (ValueError, KeyError, TypeError):
                shown = line[:80].decode(errors="replace")
                raise InputError(
                    f"{export.place.shown}: {file.key}", f"a line is not a change of an item: {shown}"
                ) from None
            names[:] = names or list(key)
            if micros >= after:  # the full export has what was written before
                keys.append(key)
                rows.append((micros, None if image is None else _line(image)))
        yield _frame(keys, [micros for micros, _ in rows], [image for _, image in rows])


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _items(file: DataFile, lines: Sequence[bytes], names: Sequence[str]) -> pl.DataFrame:
    try:
        items = [orjson.loads(line)["Item"] for line in lines]
        keys = [{name: item[name] for name in names} for item in items]
    except (ValueError, KeyError, TypeError):
        raise InputError(file.key, "a line is not an item with the table's key", "export it again") from None
    return _frame(keys, [_OF_THE_FULL] * len(keys), list(lines))


def _frame(
    keys: list[dict[str, Any]], micros: list[int], lines: list[bytes | None] | list[bytes]
) -> pl.DataFrame:
    columns = {"key": canonical_items(keys), "micros": micros, "line": lines}
    return pl.DataFrame(columns, schema=_SCHEMA)


def _line(item: dict[str, Any]) -> bytes:
    return json.dumps({"Item": item}, ensure_ascii=False, separators=(",", ":")).encode()


def _newest(frame: pl.DataFrame, windows: Sequence[tuple[int, int]]) -> pl.DataFrame:
    """The last record of each key.

    A window has no record of an item that was not there before nor after it. So where windows overlap,
    an item is gone if its last write is in more windows than tell of that write.
    """
    last = (
        frame.with_columns(said=pl.len().over("key", "micros"))
        .sort("micros", maintain_order=True)
        .unique("key", keep="last")
    )
    micros = pl.col("micros")
    within = (micros.is_between(*window, closed="left").cast(pl.Int64) for window in windows)
    return last.filter(pl.sum_horizontal(pl.lit(0), *within) <= pl.col("said"))
