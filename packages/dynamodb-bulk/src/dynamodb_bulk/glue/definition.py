"""The definition of the Glue job: its script, this program as its code, its workers.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.cleanup.objects import remove_objects
from dynamodb_bulk.glue.engine import job_named
from dynamodb_bulk.glue.job import SCRIPT
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.glue.run import stop_runs
from dynamodb_bulk.glue.wheel import requirements, wheel
from dynamodb_bulk.spec.errors import InputError

WorkerType = Literal["G.1X", "G.2X", "G.4X", "G.8X", "R.1X", "R.2X", "R.4X", "R.8X"]
FLEX_TYPES: tuple[WorkerType, ...] = ("G.1X", "G.2X")
GLUE_VERSION = "5.1"  # Spark 3.5.6, Python 3.11
_CODE = "code/"


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A job: where its code, requests and answers go, as whom it runs, and on how many workers.

    `flex`: on spare capacity, which is cheaper and may be taken away.
    """

    job: GlueJob
    role: str
    workers: int = 10
    worker_type: WorkerType = "G.1X"
    flex: bool = False
    timeout_minutes: int = 480

    def make(self, aws: Aws) -> bool:
        """Create the job, or bring it up to date; return whether it is new.

        Raise InputError where another job has the name.
        """
        if self.flex and self.worker_type not in FLEX_TYPES:
            raise InputError("--flex", f"is for workers of {' and '.join(FLEX_TYPES)}", "leave it out")
        there = _exists(self.job.name, aws)
        if there and job_named(self.job.name, aws).bucket != self.job.bucket:
            what = "keeps its requests in another bucket"
            raise InputError(f"Glue job {self.job.name}", what, "delete it, or choose another name")
        fields = self._fields(*self._uploaded(aws))
        if there:
            aws.glue.update_job(JobName=self.job.name, JobUpdate=fields)
        else:
            aws.glue.create_job(Name=self.job.name, **fields)
        return not there

    def _uploaded(self, aws: Aws) -> tuple[str, str]:
        """Return the places of script and wheel, whose folder is named by their content."""
        name, content = wheel()
        digest = hashlib.sha256(SCRIPT.encode() + content).hexdigest()[:12]
        folder = f"{self.job.prefix}{_CODE}{digest}/"
        bucket = self.job.bucket
        for key, body in ((folder + "script.py", SCRIPT.encode()), (folder + name, content)):
            aws.s3.put_object(Bucket=bucket, Key=key, Body=body)
        return f"s3://{bucket}/{folder}script.py", f"s3://{bucket}/{folder}{name}"

    def _fields(self, script: str, code: str) -> dict[str, Any]:
        return {
            "Role": self.role,
            "Command": {"Name": "glueetl", "ScriptLocation": script, "PythonVersion": "3"},
            "DefaultArguments": {
                "--bucket": self.job.bucket,
                "--additional-python-modules": ",".join((code, *requirements())),
                "--enable-metrics": "true",
            },
            "ExecutionProperty": {"MaxConcurrentRuns": 1},
            "MaxRetries": 0,  # a run is repeated by who asks again
            "Timeout": self.timeout_minutes,
            "GlueVersion": GLUE_VERSION,
            "WorkerType": self.worker_type,
            "NumberOfWorkers": self.workers,
            "ExecutionClass": "FLEX" if self.flex else "STANDARD",
        }


def delete_job(name: str, aws: Aws) -> int:
    """Stop the runs of a job of this program, delete it and its objects; return how many runs that were."""
    job = job_named(name, aws)
    stopped = stop_runs(job, aws)
    aws.glue.delete_job(JobName=name)
    remove_objects(aws, bucket=job.bucket, prefix=job.prefix)
    return stopped


def _exists(name: str, aws: Aws) -> bool:
    try:
        aws.glue.get_job(JobName=name)
    except aws.glue.exceptions.EntityNotFoundException:
        return False
    return True
