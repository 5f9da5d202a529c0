"""Makes the records, always the same: `python examples/customer-events/make.py [CUSTOMERS] [FOLDER]`."""

import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SEED = 20261104
FILES = 5
NAMES = ("Ada Byrne", "Zoë de Vries", "Łukasz Nowak", "Inês Carvalho", "Nils Öberg", "Mira Huber")
PRODUCTS = (("Kettle", "19.90"), ("Lamp", "45"), ("Chair", "129.5"), ("Desk", "399.00"), ("Clock", "12.25"))
EVENTS = ("signed_up", "looked", "bought", "returned", "complained")
Item = dict[str, dict[str, Any]]


def items(customers: int) -> Iterator[Item]:
    """Products, then each customer with orders and events: several types of records in one table."""
    chance = random.Random(SEED)  # noqa: S311 - nothing secret depends on it
    for number, (name, price) in enumerate(PRODUCTS, start=1):
        yield product(f"P{number:03}", name, price)
    for number in range(1, customers + 1):
        yield from of_customer(f"C{number:05}", chance)


def product(sku: str, name: str, price: str) -> Item:
    """A product in its first version."""
    return {
        "PK": {"S": f"PRODUCT#{sku}"},
        "SK": {"S": "CURRENT"},
        "entity": {"S": "product"},
        "sku": {"S": sku},
        "title": {"S": name},
        "price": {"N": price},
        "version": {"N": "1"},
    }


def of_customer(customer: str, chance: random.Random) -> Iterator[Item]:
    """The customer, and what became of them."""
    key = {"S": f"CUSTOMER#{customer}"}
    yield {
        "PK": key,
        "SK": {"S": "PROFILE"},
        "entity": {"S": "customer"},
        "full_name": {"S": chance.choice(NAMES)},
        "newsletter": {"BOOL": chance.random() < 0.5},
        "phone": {"NULL": True} if chance.random() < 0.3 else {"S": f"+353 21 {chance.randrange(10**6):06}"},
        "interests": {"SS": sorted(chance.sample([name for name, _ in PRODUCTS], k=2))},
        "address": {"M": {"city": {"S": "Cork"}, "zip": {"N": str(chance.randrange(10000, 99999))}}},
    }
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(6000))
    for number in range(1, chance.randrange(2, 5)):
        moment += timedelta(minutes=chance.randrange(1, 5000))
        yield {
            "PK": key,
            "SK": {"S": f"EVENT#{moment:%Y-%m-%dT%H:%M:%S}#{number}"},
            "entity": {"S": "event"},
            "event": {"S": chance.choice(EVENTS)},
            "at": {"N": str(int(moment.timestamp()))},
            "lines": {
                "L": [
                    {"M": {"sku": {"S": f"P{chance.randrange(1, 6):03}"}, "count": {"N": "1"}}}
                    for _ in range(chance.randrange(3))
                ]
            },
        }


def write(customers: int, folder: Path) -> None:
    """Deal the records out to five files, a line each."""
    folder.mkdir(parents=True, exist_ok=True)
    streams = [
        (folder / f"events-{number}.json").open("w", encoding="utf-8") for number in range(1, FILES + 1)
    ]
    for number, item in enumerate(items(customers)):
        line = json.dumps({"Item": item}, ensure_ascii=False, separators=(",", ":"))
        streams[number % FILES].write(line + "\n")
    for stream in streams:
        stream.close()


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    write(wanted, Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent / "data")
