"""A run of a Glue job: the very script, in a process on PySpark against this server.

States: https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html. None is EXPIRED: the API knows that
state, but AWS does not say of which runs.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from moto.s3.models import FakeKey

from local_aws import clock, hold
from local_aws.account import ACCOUNT
from local_aws.dataplane.objects import SourceError, find_bucket
from local_aws.dataplane.roles import AssumedRole, DeniedError, assume
from local_aws.dataplane.tasklog import put_events
from local_aws.glue.callers import access_key, forget
from local_aws.glue.modules import NotInstalledError, check_modules

State = Literal["WAITING", "STARTING", "RUNNING", "STOPPING", "STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT"]
SERVICE = "glue.amazonaws.com"
GROUP = "/aws-glue/jobs"
# https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
_OWN_GROUP = "--custom-logGroup-prefix"
CORES = 2
_ATTEMPTS = 4  # https://spark.apache.org/docs/3.5.6/configuration.html: spark.task.maxFailures
_LOOK_SECONDS = 0.2
_MOST_WAITED = {"STANDARD": 15 * 60, "FLEX": 20 * 60}  # seconds
# The texts are the cases of the page on states; how AWS words them is not documented.
_NO_ROOM = "Max concurrent job runs per job exceeded"
_NO_CAPACITY = "Resource unavailable"
_EVENT_BYTES = 200_000
_NO_SPARK = "local AWS runs Glue jobs with Java 17 and `uv sync --inexact --group spark`, which are not here"
# Not documented: the texts of runs whose role cannot be assumed, or whose modules cannot be installed.
_NOT_ASSUMED = "Failed to assume the role of the job: {}"
_NOT_INSTALLED = "Python modules could not be installed: {}"


@dataclass(kw_only=True, eq=False)
class JobRun:
    """One run; `job` is the job's definition, and `arguments` are the job's with those of the run.

    A run that is `queued` waits until there is `room` beside the others of its job, and for capacity, as one
    with Flex does. There is capacity unless loads are held.
    """

    job: Mapping[str, Any]
    region: str
    url: str
    arguments: Mapping[str, str]
    timeout: int
    queued: bool = False
    room: Callable[[], bool] = lambda: True
    id: str = field(default_factory=lambda: f"jr_{secrets.token_hex(32)}")
    state: State = "STARTING"
    error: str = ""
    detail: str = ""
    started: float = field(default_factory=clock.now)
    began: float | None = None
    ended: float | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin the work in a thread."""
        threading.Thread(target=self._run, name=self.id, daemon=True).start()

    def stop(self) -> None:
        """Ask it to end."""
        if self.ended is None:
            self.state = "STOPPING"
            self._stopped.set()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.ended is not None

    def as_dict(self) -> dict[str, Any]:
        """Return what GetJobRun says of it."""
        workers, now = self.job.get("NumberOfWorkers") or 0, self.ended or clock.now()
        shown: dict[str, Any] = {
            "Id": self.id,
            "Attempt": 0,
            "JobName": self.job["Name"],
            "StartedOn": self.started,
            "LastModifiedOn": now,
            "CompletedOn": self.ended,
            "JobRunState": self.state,
            "Arguments": dict(self.arguments),
            "ErrorMessage": self.error or None,
            "PredecessorRuns": [],
            "ExecutionTime": int(now - (self.began or now)),
            "StateDetail": self.detail or None,
            "JobRunQueuingEnabled": self.queued,
            "Timeout": self.timeout,
            "MaxCapacity": float(workers),
            "WorkerType": self.job.get("WorkerType"),
            "NumberOfWorkers": workers,
            "SecurityConfiguration": self.job.get("SecurityConfiguration"),
            "LogGroupName": self._group,
            "GlueVersion": self.job.get("GlueVersion"),
            "ExecutionClass": self._class,
        }
        return {key: value for key, value in shown.items() if value is not None}

    def _run(self) -> None:
        if not self._let_in():
            return None
        try:
            script = self._script()
        except DeniedError as error:
            return self._end("FAILED", _NOT_ASSUMED.format(error))
        except SourceError as error:
            return self._end("FAILED", f"Error downloading the script from S3: {error}")
        try:
            check_modules(self.arguments, self._object)
        except (DeniedError, SourceError, NotInstalledError) as error:
            return self._end("FAILED", _NOT_INSTALLED.format(error))
        with tempfile.TemporaryDirectory(prefix="local-glue-") as folder:
            path = Path(folder, "script.py")
            path.write_bytes(script)
            words = [word for pair in self.arguments.items() for word in pair]
            errors = Path(folder, "stderr")
            key = access_key(self._role())
            with errors.open("wb") as stream:
                process = subprocess.Popen(  # noqa: S603 - what the job says, as on AWS
                    [sys.executable, str(path), "--JOB_NAME", str(self.job["Name"]), *words],
                    cwd=folder,
                    env=self._environment(key),
                    stdout=stream,
                    stderr=stream,
                    start_new_session=True,
                )
            self._follow(process, errors)
            forget(key)
        return None

    def _let_in(self) -> bool:
        """Wait until it may begin; end it where that takes too long."""

        def gives_up() -> bool:
            return self._stopped.is_set() or clock.now() - self.started > _MOST_WAITED[self._class]

        while not self.room() and not gives_up():
            self._wait(_NO_ROOM)
            time.sleep(_LOOK_SECONDS)
        if self.queued or self._class == "FLEX":
            hold.wait(gives_up, lambda: self._wait(_NO_CAPACITY))
        if self._stopped.is_set():
            self._end("STOPPED")
        elif gives_up():
            self._end("FAILED", f"Job run could not be started: {self.detail}")
        else:
            self.state, self.detail, self.began = "STARTING", "", clock.now()
        return not self.is_over

    def _wait(self, why: str) -> None:
        if not self._stopped.is_set():
            self.state, self.detail = "WAITING", why

    def _follow(self, process: "subprocess.Popen[bytes]", errors: Path) -> None:
        if self.state == "STARTING":
            self.state = "RUNNING"
        end: State | None = None
        while process.poll() is None and end is None:
            if self._stopped.is_set():
                end = "STOPPED"
            elif clock.now() - (self.began or self.started) > self.timeout * 60:
                end = "TIMEOUT"
            time.sleep(_LOOK_SECONDS)
        if end:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        text = errors.read_text(errors="replace")
        self._log("error", text)
        if end:
            self._end(end, "Job run timed out" if end == "TIMEOUT" else "")
        elif process.returncode:
            lines = [line for line in text.splitlines() if line.strip()]
            told = lines[-1] if lines else f"the script ended with {process.returncode}"
            here = find_spec("pyspark") and shutil.which("java")
            self._end("FAILED", told if here else f"{told}; {_NO_SPARK}")
        else:
            self._end("SUCCEEDED")

    def _script(self) -> bytes:
        return bytes(self._object(str(self.job["Command"]["ScriptLocation"])).value)

    def _object(self, address: str) -> FakeKey:
        bucket_name, _, key = address.removeprefix("s3://").partition("/")
        self._role().require(["s3:GetObject"], f"arn:aws:s3:::{bucket_name}/{key}")
        found = find_bucket(bucket_name, self.region).keys.get(key)
        if not isinstance(found, FakeKey):
            raise SourceError(f"{address} does not exist")
        return found

    @property
    def _class(self) -> str:
        return str(self.job.get("ExecutionClass") or "STANDARD")

    def _role(self) -> AssumedRole:
        return assume(str(self.job["Role"]), service=SERVICE)

    def _environment(self, key: str) -> dict[str, str]:
        return {
            **os.environ,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": self.region,
            **spark_environment(),
        }

    @property
    def _group(self) -> str:
        return self.arguments.get(_OWN_GROUP, GROUP)

    def _log(self, kind: str, text: str) -> None:
        """Write to CloudWatch, if the role may: that a run ends otherwise for it is not documented."""
        group = f"{self._group}/{kind}"
        arn = f"arn:aws:logs:{self.region}:{ACCOUNT}:log-group:{group}:log-stream:{self.id}"
        try:
            self._role().require(("logs:CreateLogStream", "logs:PutLogEvents"), arn)
        except DeniedError:
            return
        if text:
            event: dict[str, object] = {"timestamp": int(time.time() * 1000), "message": text[-_EVENT_BYTES:]}
            put_events(self.region, group, self.id, [event])

    def _end(self, state: State, error: str = "") -> None:
        self.error, self.ended, self.state = error, clock.now(), state


def spark_environment(cores: int = CORES) -> dict[str, str]:
    """Return what has the script start Spark on this machine, which tries a task as often as a cluster does.

    It lives for a minute and has little data, so its JVM compiles less thoroughly, and Spark compiles no
    queries and does not plan them anew for each stage: a small run takes less than half of the CPU time.
    """
    java = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.shuffle.partitions": 2 * cores,
    }
    given = " ".join(f"--conf {name}={value}" for name, value in settings.items())
    options = f"{given} --driver-java-options '{java}'"
    return {
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": f"--master local[{cores},{_ATTEMPTS}] {options} pyspark-shell",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def job_arn(region: str, name: str) -> str:
    """Return the ARN of a job."""
    return f"arn:aws:glue:{region}:{ACCOUNT}:job/{name}"
