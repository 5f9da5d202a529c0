"""The story of a load, made without AWS, with markup wherever data can have it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bulk_testing.plant import small
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.estimate.prices import known_prices
from dynamodb_bulk.loads.base import MethodEstimate
from dynamodb_bulk.loads.last_run import LastRun, Used, table_metrics
from dynamodb_bulk.loads.stack_loads import StackResource
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.loads.writes.load import WritesLoad
from dynamodb_bulk.report.contents import read_contents
from dynamodb_bulk.report.metrics import Series
from dynamodb_bulk.report.story import Cost, Known, Story
from dynamodb_bulk.report.tree import load_tree
from dynamodb_bulk.sources.reading import local_files

EVIL = "<script>document.title='run'</script>"
IMAGE = "<img src=http://elsewhere.test/x>"
ROWS = f"a,1,x\nb,{EVIL},x\n{IMAGE[:7]},2,y\nc,|`@all`|,x\nd,4,x\ne,5,x\n"
BEGAN = datetime(2026, 11, 1, 12, tzinfo=UTC)
_URN = "urn:pulumi:dev::shop::"


def resource(
    name: str, parent: str = "", *, load: str = "", depends_on: tuple[str, ...] = ()
) -> StackResource:
    """A resource whose type is named like itself."""
    urns = [f"{_URN}{each}::{each}" for each in (name, parent, *depends_on)]
    return StackResource(
        urn=urns[0], type=name, parent=urns[1] if parent else "", load=load, depends_on=tuple(urns[2:])
    )


RESOURCES = (
    resource("stack"),
    resource("files", "stack"),
    resource("bucket", "files"),
    resource("orders", "stack", load="small"),
    resource("table", "orders", depends_on=("bucket",)),
    resource("other", "stack", load="other"),
    resource("elsewhere", "other"),
)


def made_story(folder: Path) -> Story:
    """A load by writes of six rows, two of which are rejected."""
    path = small(folder, {"a.csv": ROWS.encode()}, columns=_columns())
    dataset = open_dataset(path)
    metrics = table_metrics("orders")
    points = tuple((BEGAN + timedelta(minutes=minute), 10.0 * minute) for minute in range(5))
    run = LastRun(
        began=BEGAN,
        ended=BEGAN + timedelta(minutes=5),
        used=(Used(price="write_request_million", units=4e-6, words="4 write units"),),
        metrics=metrics,
    )
    load = WritesLoad(name="small", dataset=path, table=f"orders{EVIL}", records_bucket="records")
    return Story(
        status=LoadStatus(
            load="small",
            method="writes",
            table="orders",
            rows_in_files=6,
            items_written=4,
            rejected=2,
            seconds=300,
            good=False,
            verdict=f"2 of 6 rows rejected {EVIL}",
        ),
        load=load,
        region="eu-west-1",
        prices=known_prices(),
        engine="v3.259.0",
        verified="",
        unfixed="",
        source=str(folder),
        dataset_text=Known(value=f"# {EVIL}\n{path.read_text()}"),
        run=Known(value=run),
        series=Known(value=tuple(Series(shown=each, points=points, total=6000) for each in metrics)),
        contents=Known(value=read_contents(dataset, local_files(dataset), lambda _: None)),
        estimate=Known(
            value=MethodEstimate(method="writes", shortest=60, longest=60, usd=(0.5, 0.5), basis="a guess")
        ),
        costs=(Cost(words="4 write units", usd=0.25),),
        named=Known(value=Counter({f"too large {IMAGE}": 3})),
        tree=load_tree(RESOURCES, "small"),
    )


def _columns() -> list[dict[str, object]]:
    return [
        {"name": "id", "type": "STRING", "length": 8},
        {"name": "pieces", "type": "INT2"},
        {"name": "note", "type": "STRING", "length": 20},
    ]
