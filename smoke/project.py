"""The product in a temporary copy of the project: a stack `smoke` with small datasets, and its commands."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from dynamodb_bulk.dms.task_settings import generate_task_settings
from dynamodb_bulk.spec.errors import LoadFailed
from smoke.stage import STACK, Stage, Stopped

ROOT = Path(__file__).resolve().parent.parent
_NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".*_cache", ".hypothesis", "aws-smoke-*")
PASSPHRASE = "smoke"  # noqa: S105 - of a state without secrets, which is deleted with the stack
_SHOWN = 20_000  # characters of what a command printed
_GRACE = (60, 60, 10)  # seconds after each of SIGINT, SIGINT (Pulumi ends at once) and SIGKILL


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A command that ended."""

    command: str
    code: int
    output: str
    seconds: float

    @property
    def last_error(self) -> str:
        """Its last line that names an error, or its last line."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        return next((line for line in reversed(lines) if "error" in line.lower()), lines[-1] if lines else "")


@dataclass(kw_only=True)
class Project:
    """The copy, with a backend of its own; `environ` is what commands get beside the caller's."""

    stage: Stage
    folder: Path
    environ: dict[str, str] = field(default_factory=dict[str, str])
    ran: list[Ran] = field(default_factory=list[Ran])
    initialized: bool = False
    destroyed: bool = False

    def run(self, *command: str, minutes: float, stoppable: bool = True) -> Ran:
        """Run a command to its end; past its limit, or with the run, it is interrupted as by Ctrl-C."""
        log, begun = self.folder.parent / "output", time.monotonic()
        environ = _without_profile(os.environ) if "AWS_SESSION_TOKEN" in self.environ else dict(os.environ)
        with log.open("w") as output:
            child = subprocess.Popen(  # no shell
                command,
                cwd=self.folder,
                env=environ | self.environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches it from here alone
            )
            stopped = None
            while child.poll() is None:
                try:
                    if stoppable:
                        self.stage.check()
                    if time.monotonic() - begun > minutes * 60:
                        raise Stopped(f"`{' '.join(command[:2])}` was not over after {minutes:g} minutes")
                except Stopped as error:
                    stopped = error
                    _interrupt(child)
                time.sleep(0.1)
        ran = Ran(
            command=" ".join(command),
            code=child.returncode,
            output=log.read_text(errors="replace")[-_SHOWN:],
            seconds=round(time.monotonic() - begun, 1),
        )
        self.ran.append(ran)
        if stopped:
            raise stopped
        return ran

    def bulk(self, *arguments: str, minutes: float = 20) -> Ran:
        """Run `bulk` of the copy."""
        return self.run(".venv/bin/bulk", *arguments, minutes=minutes)

    def pulumi(self, operation: str, *, minutes: float, stoppable: bool = True) -> Ran:
        """Run `pulumi up` or `pulumi destroy`."""
        options = ("--yes", "--skip-preview", "--suppress-progress", "--suppress-outputs", "--stack", STACK)
        return self.run("pulumi", operation, *options, minutes=minutes, stoppable=stoppable)

    def remove(self) -> bool:
        """Destroy what is left of the stack, with the caller's own credentials; True when nothing is."""
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            self.environ.pop(name, None)
        if self.initialized and not self.destroyed:
            try:
                self.run("pulumi", "cancel", "--yes", "--stack", STACK, minutes=2, stoppable=False)
                self.destroyed = self.pulumi("destroy", minutes=30, stoppable=False).code == 0
            except Stopped as error:
                raise LoadFailed(str(error)) from None
            if not self.destroyed:
                raise LoadFailed(f"pulumi destroy: {self.ran[-1].last_error}")
        shutil.rmtree(self.folder.parent, ignore_errors=True)
        return True


def copied(stage: Stage) -> Project:
    """Copy the project into a temporary folder, name it after the run, and write its stack and datasets."""
    above = Path(tempfile.mkdtemp(prefix="aws-smoke-"))
    project = Project(stage=stage, folder=above / stage.project)
    stage.created.add(
        "stack", f"{stage.project}/{STACK} (in {above}, with the passphrase {PASSPHRASE})", project.remove
    )
    shutil.copytree(ROOT, project.folder, ignore=_NOT_COPIED)
    (above / "state").mkdir()
    project.environ |= {
        "AWS_REGION": stage.aws.region,
        "PULUMI_BACKEND_URL": (above / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "COLUMNS": "200",
    }
    named = project.folder / "Pulumi.yaml"
    named.write_text(re.sub(r"^name: .*", f"name: {stage.project}", named.read_text()))
    for name, dataset in DATASETS.items():
        if stage.dms or "dms" not in dataset:
            _write_dataset(project.folder / STACK / name, dataset, rows=200 if stage.local else DMS_ROWS)
    # In JSON, where text is in quotes: of a run that is called 005269 Pulumi would read the number 5269.
    (project.folder / f"Pulumi.{STACK}.yaml").write_text(json.dumps({"config": _settings(stage)}))
    return project


DMS_ROWS = 20_000
THREADS = (0, 32)
_TWO_COLUMNS = {
    "source": {"files": ["rows.csv"], "header": True},
    "columns": [{"name": "id", "type": "STRING", "length": 12}, {"name": "n", "type": "INT4"}],
    "table": {"partition_key": {"name": "id"}},
}
DATASETS: Mapping[str, dict[str, Any]] = {
    "imported": _TWO_COLUMNS,
    "written": _TWO_COLUMNS,
    "put": _TWO_COLUMNS | {"condition": "attribute_not_exists(id) OR n < ${n}"},
    **{
        f"threads-{threads}": _TWO_COLUMNS | {"dms": {"task_settings": "settings.json"}}
        for threads in THREADS
    },
}
"""A load by ImportTable, one by writes, a bulk put with a condition into the first's table, and DMS with each
number of threads.
"""
_ROWS = {"imported": "id,n\na,1\nb,2\nc,3\n", "put": "id,n\nb,1\nc,4\nd,5\n"}


def _write_dataset(folder: Path, dataset: Mapping[str, Any], *, rows: int) -> None:
    folder.mkdir(parents=True)
    (folder / "dataset.yaml").write_text(yaml.safe_dump({"name": folder.name, **dataset}))
    numbered = "id,n\n" + "".join(f"r{number},{number}\n" for number in range(rows))
    (folder / "rows.csv").write_text(_ROWS.get(folder.name, numbered))
    if "dms" in dataset:
        threads = int(folder.name.removeprefix("threads-"))
        settings = generate_task_settings()
        settings["TargetMetadata"] |= {
            "ParallelLoadThreads": threads,
            "ParallelLoadBufferSize": 100 if threads else 0,
        }
        (folder / "settings.json").write_text(json.dumps(settings))


def _settings(stage: Stage) -> dict[str, Any]:
    def load(name: str, method: str, **more: str) -> dict[str, str]:
        return {"dataset": f"{STACK}/{name}/dataset.yaml", "method": method, **more}

    loads = [load("imported", "native"), load("written", "writes"), load("put", "bulk_put", into="imported")]
    loads += [load(f"threads-{threads}", "dms") for threads in THREADS] if stage.dms else []
    return {
        "aws:region": stage.aws.region,
        "bulk:environment": "development",
        "bulk:loads": loads,
        "bulk:exports": [{"table": "imported"}],
        "bulk:tags": {"smoke": stage.run},
        **({"bulk:local": "true"} if stage.local else {}),
    }


def _interrupt(child: subprocess.Popen[bytes]) -> None:
    for number, seconds in zip((signal.SIGINT, signal.SIGINT, signal.SIGKILL), _GRACE, strict=True):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
            return


def _without_profile(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without a profile, which would go before keys."""
    return {
        name: value for name, value in environ.items() if name not in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
    }
