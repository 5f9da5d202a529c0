"""Makes the orders: `python examples/orders/make.py [ROWS] [FOLDER]`, the same rows for the same number."""

import csv
import random
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

SEED = 20261104
ROWS_PER_FILE = 100_000
STREETS = ("Harbour Road", "Mill Lane", "Station Street", "Linden Avenue", "Old Market")
CITIES = ("Cork", "Utrecht", "Gdańsk", "Porto", "Malmö", "Graz")
NOTES = (
    "",
    "",
    "",
    "ring twice",
    'say "hello" first',
    "left | behind the shed",
    "door code 4|7|1",
    "für Oma",
)
STATUSES = ("paid", "shipped", "delivered", "returned")


def rows(count: int) -> Iterator[list[str]]:
    """The rows, in file order, as text."""
    chance = random.Random(SEED)  # noqa: S311 - nothing secret depends on it
    start = datetime(2025, 1, 1)
    for number in range(1, count + 1):
        placed = start + timedelta(seconds=97 * number)
        yield [
            f"O{number:09}",
            f"C{chance.randrange(1, count // 3 + 2):07}",
            placed.strftime("%Y-%m-%d %H:%M:%S"),
            chance.choice(STATUSES),
            str(chance.randrange(1, 12)),
            f"{chance.randrange(100, 2_000_000) / 100:.2f}",
            chance.choice(("true", "false")),
            f"{chance.randrange(1, 240)} {chance.choice(STREETS)}",
            chance.choice(CITIES),
            str(chance.randrange(1000, 99999)) if chance.random() < 0.9 else "",
            chance.choice(NOTES),
        ]


def write(count: int, folder: Path) -> None:
    """Write `count` rows into files of at most 100,000."""
    folder.mkdir(parents=True, exist_ok=True)
    made = rows(count)
    for file in range(-(-count // ROWS_PER_FILE)):
        with (folder / f"orders-{file + 1}.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, delimiter="|", lineterminator="\n")
            for _, row in zip(range(min(ROWS_PER_FILE, count - file * ROWS_PER_FILE)), made, strict=False):
                writer.writerow(row)


if __name__ == "__main__":
    rows_wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    write(rows_wanted, Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent / "data")
