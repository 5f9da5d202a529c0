"""`make bench`: every figure with its conditions, nothing asserted."""

import os
import platform
from importlib.metadata import version

from rich.console import Console
from rich.table import Table

from benchmarks import changes, critical_path, data_plane, deployment, fast_loads, previews, writes


def main() -> None:
    """Measure and print."""
    console = Console()
    console.print(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"pulumi {version('pulumi')}, polars {version('polars')}, moto {version('moto')}; latency fast",
        highlight=False,
    )
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("what", "measured", "beside it", "conditions"):
        table.add_column(heading, overflow="fold")
    for figure in (
        *deployment.measure(),
        *critical_path.measure(),
        *previews.measure(),
        *data_plane.measure(),
        *changes.measure(),
        *fast_loads.measure(),
        *writes.measure(),
    ):
        table.add_row(figure.what, figure.measured, figure.beside, figure.conditions)
    console.print(table)


if __name__ == "__main__":
    main()
