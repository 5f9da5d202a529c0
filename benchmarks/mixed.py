"""The input of the benches: 19 mixed columns with missing values, about 115 bytes a row."""

from pathlib import Path

import polars as pl
import yaml

BLOCK = 500_000

COLUMNS: list[dict[str, object]] = [
    {"name": "order_id", "type": "STRING", "length": 12},
    {"name": "customer", "type": "STRING", "length": 12},
    {"name": "placed_at", "type": "DATETIME"},
    {"name": "ship_date", "type": "DATE"},
    {"name": "status", "type": "STRING", "length": 10},
    {"name": "items", "type": "INT1"},
    {"name": "weight", "type": "INT2"},
    {"name": "zip", "type": "INT4"},
    {"name": "account", "type": "INT8"},
    {"name": "priority", "type": "UINT1"},
    {"name": "session", "type": "UINT4"},
    {"name": "amount", "type": "NUMERIC", "precision": 10, "scale": 2},
    {"name": "tax", "type": "NUMERIC", "precision": 12, "scale": 4},
    {"name": "latitude", "type": "REAL8"},
    {"name": "longitude", "type": "REAL8"},
    {"name": "express", "type": "BOOLEAN"},
    {"name": "updated_at", "type": "DATETIME"},
    {"name": "city", "type": "STRING", "length": 40},
    {"name": "note", "type": "STRING", "length": 60},
]


def dataset_document() -> str:
    """The dataset file of the input, its file named `data.csv`."""
    return yaml.safe_dump(
        {
            "name": "mixed",
            "schema": "bench",
            "source": {"files": ["data*.csv"], "delimiter": "|"},
            "columns": COLUMNS,
            "table": {"partition_key": {"name": "order_id", "type": "S"}},
        },
        sort_keys=False,
    )


def make(folder: Path, rows: int) -> Path:
    """Write `rows` rows and their dataset file into the folder; the same bytes for the same number."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "data.csv").open("wb") as stream:
        for start in range(0, rows, BLOCK):
            block(start, min(BLOCK, rows - start)).write_csv(stream, include_header=False, separator="|")
    path = folder / "dataset.yaml"
    path.write_text(dataset_document())
    return path


def block(start: int, rows: int) -> pl.DataFrame:
    """Rows `start` to `start + rows`, as texts; keys are distinct and in no order."""
    # Multiplying by an odd number modulo a power of two changes the order and keeps numbers distinct.
    frame = pl.select(n=pl.int_range(start, start + rows, dtype=pl.UInt64))
    key = (pl.col("n") * 0x9E3779B1) % (1 << 27)
    chance = pl.col("n").hash(7)
    other = pl.col("n").hash(11)

    def pick(words: list[str], hashed: pl.Expr) -> pl.Expr:
        return pl.lit(pl.Series(words)).gather(hashed % len(words))

    def missing(value: pl.Expr, hashed: pl.Expr, one_in: int) -> pl.Expr:
        return pl.when(hashed % one_in != 0).then(value.cast(pl.String))

    def rare(value: pl.Expr, hashed: pl.Expr, one_in: int) -> pl.Expr:
        return pl.when(hashed % one_in == 0).then(value.cast(pl.String))

    start_of_time = pl.datetime(2024, 1, 1)
    placed = start_of_time + pl.duration(seconds=(chance % 60_000_000).cast(pl.Int64))
    return frame.select(
        order_id=pl.concat_str(pl.lit("O"), key.cast(pl.String).str.zfill(9)),
        customer=pl.concat_str(pl.lit("C"), (chance % 10_007).cast(pl.String)),
        placed_at=placed.dt.strftime("%Y-%m-%d %H:%M:%S"),
        ship_date=rare(placed.dt.strftime("%Y-%m-%d"), other, 5),
        status=pick(["paid", "shipped", "delivered", "returned"], chance // (1 << 3)),
        items=(chance % 12 + 1).cast(pl.String),
        weight=missing(other % 30_000, other // (1 << 5), 11),
        zip=missing(other % 90_000 + 1000, chance // (1 << 7), 10),
        account=(chance // (1 << 20) % 500_000).cast(pl.String),
        priority=missing(chance % 5, other // (1 << 9), 3),
        session=(other % 400_000).cast(pl.String),
        amount=((chance % 2_000_000).cast(pl.Float64) / 100).round(2).cast(pl.String),
        tax=missing(((other % 9_000_000).cast(pl.Float64) / 10_000).round(4), other // (1 << 11), 2),
        latitude=(((chance // (1 << 9)) % 18_000).cast(pl.Float64) / 100 - 90).round(2).cast(pl.String),
        longitude=missing((((other // (1 << 9)) % 36_000).cast(pl.Float64) / 100 - 180).round(2), other, 13),
        express=pl.when(chance % 3 == 0).then(pl.lit("true")).otherwise(pl.lit("false")),
        updated_at=rare(placed.dt.strftime("%Y-%m-%d %H:%M:%S"), chance, 9),
        city=missing(
            pick(["Cork", "Utrecht", "Gdańsk", "Porto", "Malmö", "Graz"], other // (1 << 3)), chance, 2
        ),
        note=rare(pick(["ring twice", "left at the door", "für Oma", 'say "hi"'], other), chance, 8),
    )
