"""`python -m benchmarks.spark`: the Glue job on PySpark, next to `bulk convert` of the same files.

Both read from S3 of local AWS, whose own work is not counted, and use the same cores. The job is the very
script. CPU time is of all processes: Spark's JVM with its start, and its Python workers.
"""

import argparse
import ctypes
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from benchmarks.figure import Figure
from benchmarks.mixed import dataset_document, make
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.glue.definition import SCRIPT
from dynamodb_bulk.glue.job import ANSWER, REQUEST
from dynamodb_bulk.glue.ranges import RANGE_BYTES
from dynamodb_bulk.glue.request import Action, Answer, DatasetTexts, Request, files_in_s3, program_version
from dynamodb_bulk.sources.locating import source_files
from local_aws.glue.runs import CORES, spark_environment
from local_aws.testing.fixtures import running

ROWS = 3_000_000
GROWTH_BYTES = 8 * 1024**2
GROWTH = (8, 16, 32)
SMALL_FILES = (8, 58)
REGION, BUCKET = "eu-west-1", "bench-spark"
_ROW_BYTES = 117
_DOUBLED = 12
_REAP_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER of prctl(2): the JVM outlives the script for a moment


@dataclass(frozen=True, kw_only=True)
class Took:
    """Wall and CPU seconds of a command with all its processes; `run`: what the run itself says it took."""

    wall: float
    cpu: float
    run: float = 0.0


class Bench:
    """Files in S3, and what works on them."""

    def __init__(self, folder: Path, cores: int) -> None:
        self._folder = folder
        self._cores = cores
        self._aws = Aws(region=REGION)
        place: Any = {"LocationConstraint": REGION}
        self._aws.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        (folder / "script.py").write_text(SCRIPT)

    def dataset(self, name: str, files: Sequence[Path]) -> Path:
        """Upload files, and write the dataset file that has them."""
        for number, path in enumerate(files):
            self._aws.s3.upload_file(str(path), BUCKET, f"{name}/{number:05}.csv")
        source = {"location": f"s3://{BUCKET}/{name}/", "delimiter": "|"}
        made = self._folder / f"{name}.yaml"
        made.write_text(yaml.safe_dump({**yaml.safe_load(dataset_document()), "source": source}))
        return made

    def bulk(self, dataset: Path, *command: str) -> Took:
        """A command of `bulk` on the dataset."""
        program = str(Path(sys.executable).with_name("bulk"))
        return self._timed(program, *command, str(dataset), "--region", REGION)

    def conversion(self, dataset: Path) -> Took:
        """`bulk convert --shuffle`."""
        out = self._folder / "out"
        took = self.bulk(dataset, "convert", "--shuffle", "--out", str(out))
        shutil.rmtree(out)
        return took

    def job(self, action: Action, dataset: Path, range_bytes: int = RANGE_BYTES) -> Took:
        """The script, for a request."""
        opened = open_dataset(dataset)
        files = source_files(opened, self._aws)
        request = Request(
            version=program_version(),
            action=action,
            region=REGION,
            name=opened.name,
            dataset=DatasetTexts.of(opened),
            bucket=BUCKET,
            files=files_in_s3(BUCKET, files),
            range_bytes=range_bytes,
            options=Options(shuffle=True),
            output=(BUCKET, f"out/{dataset.stem}/"),
        )
        body = request.model_dump_json().encode()
        self._aws.s3.put_object(Bucket=BUCKET, Key=REQUEST, Body=body)
        self._aws.s3.delete_object(Bucket=BUCKET, Key=ANSWER)
        words = ("--bucket", BUCKET, "--prefix", "", "--region", REGION, "--version", request.version)
        took = self._timed(sys.executable, str(self._folder / "script.py"), *words)
        answer = self._aws.s3.get_object(Bucket=BUCKET, Key=ANSWER)["Body"].read()
        return Took(wall=took.wall, cpu=took.cpu, run=Answer.model_validate_json(answer).seconds)

    def _timed(self, *command: str) -> Took:
        timed = (sys.executable, "-m", "benchmarks.spark", "--timed", *command)
        environment = {**os.environ, **spark_environment(self._cores)}
        found = json.loads(subprocess.check_output(timed, env=environment, stderr=subprocess.PIPE))
        return Took(wall=found["wall"], cpu=found["cpu"])


def timed(command: Sequence[str]) -> dict[str, float]:
    """Run a command, and wait for all processes that it left."""
    ctypes.CDLL(None).prctl(_REAP_ORPHANS, 1)
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    wall = time.perf_counter() - started
    if done.returncode > 1:  # `bulk` ends with 1 where it finds something
        sys.exit(done.stderr)
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"wall": wall, "cpu": used.ru_utime + used.ru_stime}


def measure(rows: int, turns: int, cores: int) -> Iterator[Figure]:
    """The conversion beside that of one machine, its growth, and what a task costs that has nothing to do."""
    with running("fast") as url, tempfile.TemporaryDirectory(prefix="bench-spark-") as folder:
        os.environ.update(
            AWS_ENDPOINT_URL=url, AWS_ACCESS_KEY_ID="local", AWS_SECRET_ACCESS_KEY="local", AWS_REGION=REGION
        )
        bench = Bench(Path(folder), cores)
        yield from _conversion(bench, Path(folder), rows, turns)
        yield from _growth(bench, Path(folder))
        yield from _overhead(bench, Path(folder))


def _overhead(bench: Bench, folder: Path) -> Iterator[Figure]:
    data = make(folder / "row", 1).with_name("data.csv")
    few, many = (bench.job("count", bench.dataset(f"few{n}", [data] * n)) for n in SMALL_FILES)
    more = SMALL_FILES[1] - SMALL_FILES[0]
    each = (many.cpu - few.cpu) / more
    yield Figure(
        what="a task with nothing to do",
        measured=f"{each:.3f} CPU s, {(many.run - few.run) / more:.3f} s",
        beside=f"the whole run of {SMALL_FILES[0]} of them: {few.cpu:.1f} CPU s, {few.run:.1f} s",
        conditions=f"count, files of a row each: {SMALL_FILES[1]} beside {SMALL_FILES[0]}",
    )


def _conversion(bench: Bench, folder: Path, rows: int, turns: int) -> Iterator[Figure]:
    data = make(folder / "mixed", rows).with_name("data.csv")
    dataset, size = bench.dataset("mixed", [data]), data.stat().st_size
    nothing = bench.job("convert", bench.dataset("nothing", [make(folder / "row", 1).with_name("data.csv")]))
    found = [(bench.conversion(dataset), bench.job("convert", dataset)) for _ in range(turns)]
    here, there = (min(each, key=lambda took: took.cpu) for each in zip(*found, strict=True))
    after = Took(wall=there.wall - nothing.wall, cpu=there.cpu - nothing.cpu)
    yield Figure(
        what="the job's conversion",
        measured=f"{here.cpu / there.cpu:.2f} of `bulk convert --shuffle` by CPU time, without the start "
        f"{here.cpu / after.cpu:.2f}, and {here.wall / after.wall:.2f} by wall clock",
        beside=f"{there.cpu:.1f} CPU s ({there.wall:.1f} s) and {here.cpu:.1f} CPU s ({here.wall:.1f} s)",
        conditions=f"{rows:,} rows, {size / 1e6:,.0f} MB; least CPU time of {turns}, alternating; "
        f"a row alone: {nothing.cpu:.1f} CPU s ({nothing.wall:.1f} s)",
    )
    doubled = bench.dataset("doubled", [_with_doubled_keys(data)])
    runs = {"check": bench.job("check", dataset), "count": bench.job("count", dataset)}
    twice, command = bench.job("count", doubled), bench.bulk(doubled, "count")
    rates = {name: size / (took.cpu - nothing.cpu) / 1e6 for name, took in {"convert": there, **runs}.items()}
    yield Figure(
        what="a core of the job, without the start",
        measured=", ".join(f"{action} {rate:.1f}" for action, rate in rates.items()) + " MB per CPU s",
    )
    yield Figure(
        what=f"the job's count where {_DOUBLED} keys are doubled",
        measured=f"{twice.cpu:.1f} CPU s ({twice.wall:.1f} s)",
        beside=f"none is: {runs['count'].cpu:.1f} CPU s ({runs['count'].wall:.1f} s); "
        f"`bulk count`: {command.cpu:.1f} CPU s ({command.wall:.1f} s)",
        conditions="the same rows, of which the last are the doubled ones",
    )


def _with_doubled_keys(data: Path) -> Path:
    """Rows from everywhere in the file once more, at its end."""
    made = data.with_name("doubled.csv")
    with data.open("rb") as rows, made.open("wb") as out:
        size, last = data.stat().st_size, list[bytes]()
        shutil.copyfileobj(rows, out)
        for number in range(_DOUBLED):
            rows.seek(number * size // _DOUBLED)
            rows.readline()
            last.append(rows.readline())
        out.writelines(last)
    return made


def _growth(bench: Bench, folder: Path) -> Iterator[Figure]:
    data = make(folder / "range", GROWTH_BYTES // _ROW_BYTES).with_name("data.csv")
    took = {n: bench.job("convert", bench.dataset(f"grown{n}", [data] * n)) for n in GROWTH}
    first, *_, last = GROWTH
    yield Figure(
        what=f"{' to '.join(str(n) for n in GROWTH)} ranges",
        measured=" to ".join(f"{one.cpu:.1f}" for one in took.values()) + " CPU s",
        beside=f"a range more: {(took[last].cpu - took[first].cpu) / (last - first):.2f} CPU s",
        conditions=f"convert, files of {GROWTH_BYTES / 1e6:.0f} MB, a range each",
    )


def main() -> None:
    """Print the figures; without Spark or Java, a line that says so."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--cores", type=int, default=CORES)
    parser.add_argument("--timed", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.timed:
        print(json.dumps(timed(asked.timed)))
        return
    if not (find_spec("pyspark") and shutil.which("java")):
        print("the Glue job is not measured: it needs Java 17 and `make spark`")
        return
    console = Console(soft_wrap=True, highlight=False)
    for figure in measure(asked.rows, asked.turns, asked.cores):
        told = (figure.measured, figure.beside, figure.conditions)
        console.print(f"{figure.what}: {'; '.join(filter(None, told))}")


if __name__ == "__main__":
    main()
