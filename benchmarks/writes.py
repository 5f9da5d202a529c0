"""How fast a load by writes is beside a bare client and batch_writer, and how well it keeps its rate."""

import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config

from benchmarks.fast_loads import item_line
from benchmarks.figure import Figure
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.glue.definition import SCRIPT
from dynamodb_bulk.loads.source_check import SourceCheck
from dynamodb_bulk.loads.source_digest import source_contents
from dynamodb_bulk.loads.writes.journal import read_journal
from dynamodb_bulk.loads.writes.load import WritesLoad
from dynamodb_bulk.loads.writes.loader import WRITES
from dynamodb_bulk.loads.writes.writer import THREADS
from dynamodb_bulk.spec.errors import InputError
from local_aws.background import DYNAMODBS, MOTO
from local_aws.dynamodb_local.acquire import find_jars
from local_aws.state import folders
from local_aws.terminal import Terminal
from local_aws.testing.fixtures import running

ITEMS = 40_000
PLAIN_ITEMS = 5_000
LIMITED_SECONDS = 60
GLUE_FILES = 8
ROUNDS = 3
BUCKET = "bench-writes"
_BATCH = 25
_DATASET = """
name: written
source: {format: dynamodb_json, files: ['*.json']}
table: {partition_key: {name: id}}
"""


def measure() -> Iterator[Figure]:
    """Items per second, alternating, and the units per second of a load with a limit."""
    os.environ.update(
        AWS_ACCESS_KEY_ID="local", AWS_SECRET_ACCESS_KEY="local", AWS_DEFAULT_REGION="eu-west-1"
    )
    for dynamodb in DYNAMODBS:
        with suppress(InputError):  # no Java, or no jars
            if dynamodb != MOTO:
                find_jars(folders().dynamodb_local, Terminal())
            yield from _measure(dynamodb)


def _measure(dynamodb: str) -> Iterator[Figure]:
    with running("fast", "--dynamodb", dynamodb) as url, tempfile.TemporaryDirectory() as folder:
        os.environ["AWS_ENDPOINT_URL"] = url
        bench = _Bench(Path(folder))
        rounds = [(bench.load(ITEMS)[0], bench.bare(ITEMS), bench.plain(PLAIN_ITEMS)) for _ in range(ROUNDS)]
        ours, bare, plain = (statistics.median(each) for each in zip(*rounds, strict=True))
        yield Figure(
            what=f"writes into a table of {dynamodb}",
            measured=f"{ours:,.0f} items/s, {ours / bare:.2f} times a bare client",
            beside=f"boto3's client, {THREADS} threads: {bare:,.0f}; its batch_writer: {plain:,.0f} items/s",
            conditions=f"{ITEMS:,} items, without counting; batch_writer on {PLAIN_ITEMS:,}; "
            f"median of {ROUNDS}, alternating",
        )
        limit = max(100, round(bare / 4, -2))  # which the table takes on a shared machine, too
        items = int(limit * LIMITED_SECONDS)
        yield _limited("the same with `max_write_units`", limit, items, bench.load(items, limit)[1])
        if dynamodb == MOTO and find_spec("pyspark") and shutil.which("java"):
            units = bench.on_glue(items, limit)[1]
            yield _limited("the same by 2 writers of a Glue job, on PySpark", limit, items, units)


def _limited(what: str, limit: float, items: int, units: float) -> Figure:
    return Figure(
        what=what,
        measured=f"{units:,.0f} units/s, {units / limit:.1%}",
        beside=f"the limit: {limit:,.0f}, a quarter of what the bare client writes",
        conditions=f"{items:,} items of a unit each",
    )


class _Bench:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._aws = Aws(region="eu-west-1")
        self._client = boto3.client("dynamodb", config=Config(max_pool_connections=THREADS))
        self._tables = 0
        place: Any = {"LocationConstraint": "eu-west-1"}
        self._aws.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        (folder / "dataset.yaml").write_text(_DATASET)

    def load(self, items: int, max_write_units: float = 1e9) -> tuple[float, float]:
        """Items, and units, per second of the writing, as the journal has them."""
        (self._folder / "items.json").write_text("".join(map(item_line, range(items))))
        return self._load(items, name=f"written-{self._tables}", max_write_units=max_write_units)

    def on_glue(self, items: int, max_write_units: float) -> tuple[float, float]:
        """The same by the writers of a Glue job."""
        located = _DATASET.replace("files: ['*.json']", f"location: s3://{BUCKET}/in/")
        (self._folder / "dataset.yaml").write_text(located)
        for number in range(GLUE_FILES):
            lines = "".join(map(item_line, range(number, items, GLUE_FILES)))
            self._aws.s3.put_object(Bucket=BUCKET, Key=f"in/{number}.json", Body=lines.encode())
        self._aws.s3.put_object(Bucket=BUCKET, Key="script.py", Body=SCRIPT.encode())
        assumes = {"Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
        statement = {"Effect": "Allow", **assumes}
        trust, iam = {"Version": "2012-10-17", "Statement": [statement]}, self._aws.client("iam")
        role = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        files = {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{BUCKET}/*"}
        table = {"Action": "dynamodb:BatchWriteItem", "Resource": "*"}
        statements = [{"Effect": "Allow", **one} for one in (files, table)]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName="bench", PolicyName="work", PolicyDocument=policy)
        self._aws.glue.create_job(
            Name="bench",
            Role=role,
            Command={"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/script.py"},
            DefaultArguments={"--bucket": BUCKET},
            GlueVersion="5.1",
            WorkerType="G.1X",
            NumberOfWorkers=2,
        )
        return self._load(items, name="written", max_write_units=max_write_units, glue_job="bench")

    def _load(self, items: int, **fields: Any) -> tuple[float, float]:
        load = WritesLoad(
            dataset=self._folder / "dataset.yaml",
            table=self._table(),
            records_bucket=BUCKET,
            **fields,
        )
        contents = source_contents(open_dataset(load.dataset), self._aws)
        WRITES.start(load, "one", self._aws, lambda _: None, check=SourceCheck(contents, self._aws))
        kept = read_journal(BUCKET, load.name, self._aws)
        assert kept
        return items / kept.journal.seconds, kept.journal.units / kept.journal.seconds

    def bare(self, items: int) -> float:
        """Items per second of a client that is given all batches at once."""
        table = self._table()
        puts = [{"PutRequest": {"Item": json.loads(item_line(number))["Item"]}} for number in range(items)]
        batches = [puts[start : start + _BATCH] for start in range(0, items, _BATCH)]

        def write(batch: Any) -> None:
            self._client.batch_write_item(RequestItems={table: batch})

        def all_of_them() -> None:
            with ThreadPoolExecutor(THREADS) as pool:
                list(pool.map(write, batches))

        return items / _timed(all_of_them)

    def plain(self, items: int) -> float:
        """Items per second of a resource's batch writer, one thread."""
        table: Any = boto3.resource("dynamodb").Table(self._table())
        deserialize = TypeDeserializer().deserialize
        documents = (json.loads(item_line(number))["Item"] for number in range(items))
        ready = [{name: deserialize(value) for name, value in document.items()} for document in documents]

        def write() -> None:
            with table.batch_writer() as batch:
                for item in ready:
                    batch.put_item(Item=item)

        return items / _timed(write)

    def _table(self) -> str:
        self._tables += 1
        name = f"written-{self._tables}"
        self._client.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        return name


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    for figure in measure():
        print(figure)
