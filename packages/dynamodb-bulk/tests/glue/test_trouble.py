"""What goes wrong on many machines: a run that AWS ends, and a task that Spark repeats."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.stub import Stubber

from bulk_testing.glue_job import make_bucket
from bulk_testing.plant import small
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.conversion.options import Options
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.glue.ranges import FileRange
from dynamodb_bulk.glue.request import DatasetTexts, Request, program_version
from dynamodb_bulk.glue.run import _follow  # pyright: ignore[reportPrivateUsage]
from dynamodb_bulk.glue.work import Work
from dynamodb_bulk.loads.by_arn import arn_status
from dynamodb_bulk.sources.reading import local_files
from dynamodb_bulk.spec.errors import LoadFailed
from local_aws.testing.stage import Stage

RUN = {"Id": "jr_1", "JobName": "job", "ExecutionTime": 7}
JOB = GlueJob(name="job", bucket="bucket")
ROWS = b"".join(b"k%03d,%s,note %d\n" % (n, b"many" if n == 77 else b"1", n) for n in range(200))
WORDS = {
    "TIMEOUT": "longer than the job's timeout",
    "EXPIRED": "run it again",
    "ERROR": "deleted",
    "STOPPED": "stopped",
    "FAILED": "ExecutorLostFailure",
}


@pytest.mark.parametrize("state", WORDS)
def test_run_that_aws_ended_is_one_line_with_its_log(state: str) -> None:
    message = {"ErrorMessage": "Job aborted:\nExecutorLostFailure"} if state == "FAILED" else {}
    runs = [{**RUN, "JobRunState": "RUNNING"}, {**RUN, "JobRunState": state, **message}]
    with (
        answering("get_job_run", [{"JobRun": run} for run in runs]) as aws,
        pytest.raises(LoadFailed) as caught,
    ):
        _follow(JOB, "jr_1", aws, lambda _: None)
    assert WORDS[state] in str(caught.value)
    assert "stream jr_1" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("state", "good", "at_work"),
    [
        *((state, None, True) for state in ("WAITING", "STARTING", "RUNNING", "STOPPING")),
        ("SUCCEEDED", None, False),
        *((state, False, False) for state in WORDS),
    ],
)
def test_status_of_a_job_is_the_state_of_its_last_run(state: str, good: bool | None, at_work: bool) -> None:
    with answering("get_job_runs", [{"JobRuns": [{**RUN, "JobRunState": state}]}]) as aws:
        status = arn_status("arn:aws:glue:eu-west-1:123456789012:job/job", aws)
    assert (status.verdict.partition(":")[0], status.good) == (state, good)
    assert (status.progress is not None) == at_work


def test_run_that_waits_says_for_what() -> None:
    waiting = {**RUN, "JobRunState": "WAITING", "StateDetail": "Resource unavailable"}
    said: list[str] = []
    answers = [{"JobRun": run} for run in (waiting, {**RUN, "JobRunState": "SUCCEEDED"})]
    with answering("get_job_run", answers) as aws:
        _follow(JOB, "jr_1", aws, said.append)
    assert "waiting (Resource unavailable)" in said[0]


@contextmanager
def answering(operation: str, answers: Sequence[dict[str, Any]]) -> Generator[Any]:
    """Clients whose Glue gives these answers to a call, one after the other."""
    client = Aws(region="eu-west-1").client("glue")
    with Stubber(client) as stubbed:
        for answer in answers:
            stubbed.add_response(operation, answer)
        yield SimpleNamespace(glue=client, region="eu-west-1")


@pytest.mark.skipif(not find_spec("pyarrow"), reason="needs `uv sync --inexact --group spark`")
def test_task_that_is_repeated_writes_no_row_twice(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dynamodb_bulk.glue import tasks

    monkeypatch.setenv("AWS_ENDPOINT_URL", stage.url)
    make_bucket(stage)
    dataset = open_dataset(small(tmp_path, ROWS))
    work, options = Work(dataset=dataset, files=local_files(dataset)), Options(shuffle=True)
    task = tasks.Task(
        Request(
            version=program_version(),
            action="convert",
            region=stage.region,
            name="small",
            dataset=DatasetTexts.of(dataset),
            bucket=stage.bucket,
            files=(),
            options=options,
            output=(stage.bucket, "out/"),
        ),
        (),
    )

    def attempt(upload: Any) -> list[tuple[int, bytes]]:
        monkeypatch.setattr(tasks, "_upload", upload)
        texts, rejected = work.spread(FileRange(file=0), options, 3)
        rows = [
            tasks.pa.RecordBatch.from_pydict(
                {"bucket": [bucket], "number": [0], "rejected": [max(0, rejected)], "text": [texts[bucket]]}
            )
            for bucket in sorted(texts)
        ]
        made = tasks.written(iter(rows), task)
        return [(row["bucket"], row["parts"]) for batch in made for row in batch.to_pylist()]

    upload, left = tasks._upload, 2  # pyright: ignore[reportPrivateUsage]

    def lost(*arguments: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise ConnectionError("the worker is gone")
        upload(*arguments)

    with pytest.raises(ConnectionError):
        attempt(lost)
    first = contents(stage)
    made = attempt(upload)
    whole = contents(stage)
    assert len(first) == 2
    assert first.items() <= whole.items()
    assert sorted(whole) == ["out-rejects.jsonl", *(f"out/part-0000{n}.json.zst" for n in (1, 2, 3))]
    assert made == attempt(upload)
    assert contents(stage) == whole


def contents(stage: Stage) -> dict[str, bytes]:
    found = stage.s3.list_objects_v2(Bucket=stage.bucket).get("Contents", [])
    return {
        each["Key"]: stage.s3.get_object(Bucket=stage.bucket, Key=each["Key"])["Body"].read()
        for each in found
    }
