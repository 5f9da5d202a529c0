"""A clone of this project in a folder of its own, with its own state, its own server, and the real engine."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import yaml

from local_aws.state import folders
from local_aws.testing.free_port import free_port
from local_aws.testing.held import held
from tests.e2e.warm import make_environment

ROOT = Path(__file__).resolve().parent.parent.parent
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "dist", ".*_cache", ".hypothesis")

PATIENCE = 1800  # seconds, after which something hangs: the first start builds the engine


def until(reached: Callable[[], object], begun: subprocess.Popen[str] | None = None) -> None:
    """Wait for a state, which the command that was `begun` must reach before it ends."""
    give_up = time.monotonic() + PATIENCE
    while True:
        over = begun is not None and begun.poll() is not None
        if reached():
            return
        assert not over, f"ended before: {begun and begun.stdout and begun.stdout.read()}"
        assert time.monotonic() < give_up, "not reached"
        time.sleep(0.2)


@dataclass(frozen=True, kw_only=True)
class Run:
    """A command that ended: its exit code, and what a user would have read."""

    code: int
    output: str

    def refused(self, *said: str) -> None:
        """Check that it failed and says so, without a traceback."""
        assert self.code != 0, self.output
        assert "Traceback" not in self.output
        for text in said:
            assert text in self.output


@dataclass(frozen=True, kw_only=True)
class Clone:
    """Commands run in `folder` as a user would type them; `environ` is theirs."""

    folder: Path
    environ: dict[str, str] = field(repr=False)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any], repr=False)

    @property
    def endpoint(self) -> str:
        """Where this clone's AWS answers."""
        return f"http://127.0.0.1:{self.environ['BULK_PORT']}"

    def run(self, *command: str, environ: dict[str, str] | None = None) -> Run:
        """Run a command to its end, its two outputs as one."""
        ended = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environ | (environ or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Run(code=ended.returncode, output=ended.stdout)

    def make(self, target: str) -> Run:
        """`make up` and its like."""
        return self.run("make", target)

    @cached_property
    def local(self) -> dict[str, str]:
        """The environment after `eval "$(.venv/bin/bulk local env)"`, which does not change."""
        shown = self.run("bash", "-c", 'eval "$(.venv/bin/bulk local env)" && env -0')
        assert shown.code == 0, shown.output
        return dict(entry.split("=", 1) for entry in shown.output.split("\0") if entry)

    def literal(self, command: str) -> Run:
        """A shell line after `eval "$(.venv/bin/bulk local env)"`."""
        return self.run("bash", "-c", command, environ=self.local)

    def begin(self, command: str) -> subprocess.Popen[str]:
        """A shell line begun in its own process group, for a test to kill or to wait for."""
        return subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=self.folder,
            env=self.environ | self.local,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def ended(self, begun: subprocess.Popen[str]) -> Run:
        """A line that was begun, when it has ended."""
        output, _ = begun.communicate(timeout=PATIENCE)
        return Run(code=begun.returncode, output=output)

    def kill(self, begun: subprocess.Popen[str]) -> None:
        """Kill a line that was begun, and clear the lock that it leaves.

        It is killed when its state is written whole: the engine does not read half a file.
        """
        states = folders(self.folder, self.environ).backend / ".pulumi" / "stacks"
        while True:
            os.killpg(begun.pid, signal.SIGSTOP)
            time.sleep(0.02)
            with suppress(ValueError):
                for file in states.rglob("*.json"):
                    json.loads(file.read_text())
                break
            os.killpg(begun.pid, signal.SIGCONT)
            time.sleep(0.01)
        os.killpg(begun.pid, signal.SIGKILL)
        begun.communicate()
        assert "cleared the lock" in self.run(".venv/bin/bulk", "local", "up").output

    def held(self) -> AbstractContextManager[Callable[..., int]]:
        """Hold all loads of this clone's AWS."""
        return held(self.endpoint)

    def changes(self, stack: str = "local") -> dict[str, int]:
        """How many resources the last operation on a stack created, updated, left the same …"""
        history = json.loads(self.literal(f"pulumi stack history --json --stack {stack}").output)
        return history[0].get("resourceChanges", {})

    def client(self, service: Any, account: str = "") -> Any:
        """A boto3 client of this clone's AWS; of another account by its 12 digits."""
        if known := self._clients.get((service, account)):
            return known
        given = {"AccessKeyId": "local", "SecretAccessKey": "local", "SessionToken": None}
        if account:
            role = f"arn:aws:iam::{account}:role/other"
            given = self.client("sts").assume_role(RoleArn=role, RoleSessionName="other")["Credentials"]
        made: Any = boto3.client(
            service,
            region_name="eu-west-1",
            endpoint_url=self.endpoint,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )
        return self._clients.setdefault((service, account), made)

    def items(self, table: str) -> list[dict[str, Any]]:
        """Every item of a table, in DynamoDB JSON."""
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=table)
        return [item for page in pages for item in page["Items"]]

    def settings(self) -> dict[str, Any]:
        """What Pulumi.local.yaml says, without its loads and exports."""
        settings = yaml.safe_load((self.folder / "Pulumi.local.yaml").read_text())
        settings["config"] |= {"bulk:loads": [], "bulk:exports": []}
        return settings


def make_clone(folder: Path) -> Clone:
    """Copy the project; its environment and the engine's cache are shared with this one."""
    shutil.copytree(ROOT, folder, ignore=NOT_COPIED)
    make_environment(folder / ".venv", ROOT / ".venv")
    return clone_at(folder)


def clone_at(folder: Path) -> Clone:
    """What is in a folder already, with a state and a server of its own."""
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "PULUMI_", "MAKE", "MFLAGS", "PYTHONDONTWRITEBYTECODE"))
    }
    environ |= {
        "XDG_STATE_HOME": str(folder.parent / "state"),
        "PYTHONPATH": str(folder),
        "BULK_PORT": str(free_port()),
        "COLUMNS": "160",
        # Commands are short: the engine keeps what it would collect, and no second copy of each state.
        "GOGC": "400",
        "PULUMI_DISABLE_CHECKPOINT_BACKUPS": "true",
    }
    return Clone(folder=folder, environ=environ)
