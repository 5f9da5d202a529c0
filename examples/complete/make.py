"""Makes the products: `python examples/complete/make.py [ROWS] [FOLDER]`, always the same for one number."""

import csv
import gzip
import io
import random
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from dynamodb_bulk.spec.loader import read_dataset_file

HERE = Path(__file__).parent
SEED = 20261123
NONE = "-"
TITLES = ("Kettle", 'Pan 12"', "Lamp; oak", "Stool", "Größe M Jacke", "Rug")
TAGS = ("new", "sale", "wood", "steel", "indoor", "gift")


def rows(count: int) -> Iterator[list[str]]:
    """The rows, in file order, as text."""
    chance = random.Random(SEED)  # noqa: S311 - nothing secret depends on it
    for number in range(1, count + 1):
        listed = datetime(2026, 1, 1) + timedelta(seconds=5077 * number)
        yield [
            f"SKU-{number:06}",
            str(number % 7),
            chance.choice(TITLES),
            f"{chance.randrange(100, 90_000) / 100:.2f}",
            f"{chance.randrange(1, 9000)}e-1" if chance.random() < 0.8 else NONE,
            listed.strftime("%Y/%m/%d %H:%M:%S"),
            (date(2026, 3, 1) + timedelta(days=92 * (number % 4))).isoformat(),
            f"{chance.randrange(7, 11):02}:30:00",
            chance.choice(("true", "false", NONE)),
            str(1_800_000_000 + number),
            f"{chance.getrandbits(32):08x}",
            "|".join(chance.sample(TAGS, chance.randrange(1, 4))),
            "|".join(map(str, sorted(chance.sample(range(34, 50), 3)))) if number % 3 else NONE,
            "|".join(f"SKU-{chance.randrange(1, count + 1):06}" for _ in range(number % 4)) or NONE,
            "|".join(str(chance.randrange(1, 6)) for _ in range(3)),
            'Said to be "the best"' if number % 5 == 0 else NONE,
        ]


def write(count: int, folder: Path) -> None:
    """Write `count` rows into one compressed file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(column.name for column in read_dataset_file(HERE / "dataset.yaml").model.columns)
    writer.writerows(rows(count))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "products.csv.gz").write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    write(wanted, Path(sys.argv[2]) if len(sys.argv) > 2 else HERE / "data")
