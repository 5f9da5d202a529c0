"""AWS's prices as one dated table; a user's file overrides single prices."""

from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dynamodb_bulk.spec.loader import read_yaml_file
from dynamodb_bulk.spec.mistakes import validated
from dynamodb_bulk.spec.yaml_reading import read_yaml

PriceName = Literal[
    "write_request_million",
    "import_gb",
    "bulk_put_gb",
    "dms_instance_hour",
    "dms_capacity_unit_hour",
    "storage_gb_month",
    "glue_dpu_hour",
    "glue_flex_dpu_hour",
]


class Price(BaseModel):
    """A price per unit, and its source; `usd` is None if unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    usd: float | None = Field(ge=0)
    unit: str = ""
    source: str = ""


class Prices(BaseModel):
    """The prices of a Region on a day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: date
    region: str = "us-east-1"
    prices: Mapping[PriceName, Price]

    def usd(self, name: PriceName, units: float) -> float | None:
        """Return the cost of some units; None if the price is not known."""
        price = self.prices[name].usd
        return None if price is None else price * units


def known_prices(override: Path | None = None) -> Prices:
    """Return the table, overridden by the prices of the file; raise InputError for a wrong file."""
    text = (files("dynamodb_bulk.estimate") / "prices.yaml").read_text(encoding="utf-8")
    table = Prices.model_validate(read_yaml(text, "prices.yaml").data)
    if override is None:
        return table
    document = read_yaml_file(override, "a table of prices")
    own = validated(Prices, document.data, document.where)
    return Prices(as_of=own.as_of, region=own.region, prices={**table.prices, **own.prices})
