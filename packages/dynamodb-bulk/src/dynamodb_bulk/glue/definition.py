"""What the Glue job is made of: its script, this program as its code, and the arguments of all of its runs.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dynamodb_bulk.glue.place import CODE, GlueJob
from dynamodb_bulk.glue.wheel import requirements, wheel
from dynamodb_bulk.machine import cache_folder

SCRIPT = "from dynamodb_bulk.glue.job import main\n\nmain()\n"
WorkerType = Literal["G.1X", "G.2X", "G.4X", "G.8X", "R.1X", "R.2X", "R.4X", "R.8X"]
FLEX_TYPES: tuple[WorkerType, ...] = ("G.1X", "G.2X")
GLUE_VERSION = "5.1"  # Spark 3.5.6, Python 3.11
MOST_WORKERS = 299  # of G.1X: https://docs.aws.amazon.com/glue/latest/dg/add-job.html


@dataclass(frozen=True, kw_only=True)
class JobCode:
    """The script and the wheel as files on this machine; the `digest` is of what they hold."""

    script: Path
    wheel: Path
    digest: str

    def keys(self, job: GlueJob) -> tuple[str, str]:
        """Return the keys of script and wheel in the job's bucket: other code has other keys."""
        folder = f"{job.prefix}{CODE}{self.digest}/"
        return f"{folder}{self.script.name}", f"{folder}{self.wheel.name}"


def job_code() -> JobCode:
    """Write the code of this program to this machine's cache, and return its files."""
    name, content = wheel()
    digest = hashlib.sha256(SCRIPT.encode() + content).hexdigest()[:12]
    folder = cache_folder("glue") / digest
    files = (folder / "script.py", SCRIPT.encode()), (folder / name, content)
    for path, body in files:
        if not path.is_file() or path.read_bytes() != body:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
    return JobCode(script=files[0][0], wheel=files[1][0], digest=digest)


def job_arguments(job: GlueJob, wheel_key: str) -> dict[str, str]:
    """Return the arguments of every run: our wheel from the bucket, what it needs from PyPI."""
    modules = (f"s3://{job.bucket}/{wheel_key}", *requirements())
    return {
        "--bucket": job.bucket,
        "--additional-python-modules": ",".join(modules),
        "--custom-logGroup-prefix": job.logs,
        "--enable-metrics": "true",
    }
