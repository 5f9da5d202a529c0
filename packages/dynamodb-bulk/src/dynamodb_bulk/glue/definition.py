"""What the Glue job is made of: its script, this program as its code, and the arguments of all of its runs.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dynamodb_bulk.glue.dependencies import dependencies
from dynamodb_bulk.glue.place import CODE, GlueJob
from dynamodb_bulk.glue.wheel import wheel
from dynamodb_bulk.machine import cache_folder

SCRIPT = "from dynamodb_bulk.glue.job import main\n\nmain()\n"
WorkerType = Literal["G.1X", "G.2X", "G.4X", "G.8X", "R.1X", "R.2X", "R.4X", "R.8X"]
FLEX_TYPES: tuple[WorkerType, ...] = ("G.1X", "G.2X")
GLUE_VERSION = "5.1"  # Spark 3.5.6, Python 3.11
MOST_WORKERS = 299  # of G.1X: https://docs.aws.amazon.com/glue/latest/dg/add-job.html


@dataclass(frozen=True, kw_only=True)
class JobCode:
    """What is uploaded, by the name of its resource: the files on this machine, and their keys in the bucket.

    Other code has other keys. What the program needs has a key of its own, since it changes more seldom.
    """

    files: Mapping[str, tuple[Path, str]]

    def address(self, name: str, job: GlueJob) -> str:
        """Return where a file is in S3."""
        return f"s3://{job.bucket}/{self.files[name][1]}"


def job_code(job: GlueJob) -> JobCode:
    """Write the code of this program and the packages that it needs to this machine's cache.

    Raise InputError where a package cannot be downloaded.
    """
    name, content = wheel()
    digest = hashlib.sha256(SCRIPT.encode() + content).hexdigest()[:12]
    folder = cache_folder("glue") / digest
    written = (folder / "script.py", SCRIPT.encode()), (folder / name, content)
    for path, body in written:
        if not path.is_file() or path.read_bytes() != body:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
    packages, of_packages = dependencies()
    files = {"script": (written[0][0], digest), "wheel": (written[1][0], digest)}
    files["dependencies"] = packages, of_packages
    return JobCode(
        files={
            what: (path, f"{job.prefix}{CODE}{digest}/{path.name}") for what, (path, digest) in files.items()
        }
    )


def job_arguments(job: GlueJob, code: JobCode) -> dict[str, str]:
    """Return the arguments of every run. Workers install this program from the bucket, and nothing else."""
    return {
        "--bucket": job.bucket,
        "--additional-python-modules": f"{code.address('dependencies', job)},{code.address('wheel', job)}",
        "--python-modules-installer-option": "--no-index",
        "--custom-logGroup-prefix": job.logs,
        "--enable-metrics": "true",
    }
