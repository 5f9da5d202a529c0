"""What the script of the Glue job calls: it reads the request, has Spark do it, and writes the answer last.

The script needs no module of Glue's, so that it runs on any Spark 3.5.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from dynamodb_bulk.aws import Aws, read_object
from dynamodb_bulk.glue.request import Answer, Refusal, Request, program_version
from dynamodb_bulk.spec.errors import InputError, LoadFailed

SCRIPT = "from dynamodb_bulk.glue.job import main\n\nmain()\n"
ANSWER = "answer.json"
REQUEST = "request.json"
_THREADS = "POLARS_MAX_THREADS"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the request that the arguments name; end the process with 1 where it cannot be run."""
    parser = argparse.ArgumentParser(prog="dynamodb-bulk", allow_abbrev=False)
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--version", required=True)
    given, _ = parser.parse_known_args(arguments)
    here = program_version()
    if given.version != here:
        sys.exit(f"version mismatch: started by {given.version}, the job has {here}; run `pulumi up`")
    aws = Aws(region=given.region)
    request = Request.model_validate_json(read_object(given.bucket, given.prefix + REQUEST, aws))
    answer = run(request)
    body = answer.model_dump_json().encode()
    aws.s3.put_object(
        Bucket=given.bucket, Key=given.prefix + ANSWER, Body=body, ContentType="application/json"
    )


def run(request: Request) -> Answer:
    """Have Spark do what is asked for."""
    from dynamodb_bulk.glue.spark import Run  # pyspark is where the job runs, and not on every machine

    started = time.monotonic()
    version = program_version()
    spark = _session()
    try:
        work = Run(spark, request)
        if request.action == "check":
            answer = Answer(version=version, check=work.check())
        elif request.action == "count":
            answer = Answer(version=version, count=work.count())
        elif request.action == "convert":
            answer = Answer(version=version, manifest=work.convert())
        else:
            answer = Answer(version=version, written=work.write())
    except InputError as error:
        answer = Answer(version=version, refusal=Refusal.of(error))
    except LoadFailed as error:
        answer = Answer(version=version, failed=str(error))
    finally:
        spark.stop()
    return answer.model_copy(update={"seconds": time.monotonic() - started})


def _session() -> Any:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    return (
        import_module("pyspark.sql")
        .SparkSession.builder.appName("dynamodb-bulk")
        .config(f"spark.executorEnv.{_THREADS}", "1")
        .config("spark.driver.maxResultSize", "4g")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .getOrCreate()
    )
