"""`bulk estimate`: show the size, time and cost of loads, and which method fits."""

import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from dynamodb_bulk.cli.check import PLAIN_WIDTH, Json, Region
from dynamodb_bulk.cli.console import Console
from dynamodb_bulk.dataset import Dataset, dataset_files, open_dataset
from dynamodb_bulk.estimate.prices import Prices, known_prices
from dynamodb_bulk.estimate.size import DatasetSize, measure
from dynamodb_bulk.loads.base import MethodEstimate
from dynamodb_bulk.loads.registry import LOADERS
from dynamodb_bulk.loads.row_counts import counting_time
from dynamodb_bulk.loads.selection import Choice, choose_method, load_facts
from dynamodb_bulk.sources.locating import aws_of, source_files
from dynamodb_bulk.spec.loader import display_path
from dynamodb_bulk.spec.text import duration, number_of


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The size of a dataset, the estimate of each method, and the method that fits.

    `counting`: what it takes to count the rows of files in S3 before a load.
    """

    dataset: str
    size: DatasetSize
    methods: tuple[MethodEstimate, ...]
    choice: Choice
    counting: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the estimate as plain values."""
        return {
            "dataset": self.dataset,
            "size": asdict(self.size),
            "methods": [method.as_json() for method in self.methods],
            "fits": asdict(self.choice),
            **({"counting": self.counting} if self.counting else {}),
        }


def estimate(
    datasets: Annotated[list[Path], Parameter(help="Dataset files, or folders that contain them.")],
    /,
    *,
    prices: Annotated[Path | None, Parameter(help="A YAML file that overrides prices.")] = None,
    region: Region = None,
    as_json: Json = False,
) -> int:
    """Show the size of datasets, the time and cost of each method, and which one fits."""
    table = known_prices(prices)
    found = [_estimate(path, table, region) for path in dataset_files(datasets)]
    if as_json:
        document = {
            "prices": table.model_dump(mode="json"),
            "datasets": [one.as_json() for one in found],
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return 0
    console = Console(highlight=False) if sys.stdout.isatty() else Console(width=PLAIN_WIDTH, highlight=False)
    for one in found:
        _print(one, console)
    console.print(
        f"Prices in USD of {table.as_of}, {table.region}; `--prices FILE` overrides them.", style="dim"
    )
    return 0


def _estimate(path: Path, prices: Prices, region: str | None) -> Estimate:
    dataset = open_dataset(path)
    aws = aws_of(dataset, region)
    files = source_files(dataset, aws)
    console = Console(stderr=True)
    with console.status(f"reading {dataset.name}") as line:
        size = measure(dataset, files, lambda rows: line.update(f"reading {dataset.name}: {rows:,} rows"))
    sizes, where = [file.size for file in files], aws.region if aws else None
    methods = tuple(
        replace(one, basis=f"not with these files: {why}; else {one.basis}")
        if (why := LOADERS[one.method].too_large(dataset, sizes, where))
        else one
        for one in estimate_methods(dataset, size, prices)
    )
    estimates = {one.method: one for one in methods}
    choice = choose_method(replace(load_facts(dataset), estimates=estimates))
    return Estimate(
        dataset=display_path(path),
        size=size,
        methods=methods,
        choice=choice,
        counting=counting_time(dataset, files) if dataset.location else "",
    )


def estimate_methods(dataset: Dataset, size: DatasetSize, prices: Prices) -> tuple[MethodEstimate, ...]:
    """An estimate for every method, whether it fits or not."""
    return tuple(loader.estimate(dataset, size, prices) for loader in LOADERS.values())


def _print(one: Estimate, console: Console) -> None:
    size = one.size
    console.print(Text(one.dataset, style="bold"))
    read = f"{number_of(size.rows, 'row')} in {number_of(size.files, 'file')}"
    console.print(
        f"  {read} of {size.stored_bytes:,} bytes; {number_of(size.items, 'item')}, "
        f"about {size.item_bytes:,} bytes and {size.write_units:,} write units (from a sample)"
    )
    if one.counting:
        console.print(f"  counted before a load, if `count_up_to` of the load allows: {one.counting}")
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("  method", "time", "USD", "based on"):
        table.add_column(heading, overflow="fold")
    for method in one.methods:
        colour = "green" if method.method == one.choice.method else ""
        name = Text("  " + method.method.replace("_", " "), style=colour)
        table.add_row(name, _times(method), method.cost, method.basis)
    console.print(table)
    fits = (one.choice.method or "none").replace("_", " ")
    console.print(Text.assemble("  ", (fits, "bold"), f": {one.choice.why}.\n"))


def _times(method: MethodEstimate) -> str:
    if method.longest is None:
        return "unknown"
    if method.shortest is None:
        return f"up to {duration(method.longest)}"
    shortest, longest = duration(method.shortest), duration(method.longest)
    return longest if shortest == longest else f"{shortest} to {longest}"
