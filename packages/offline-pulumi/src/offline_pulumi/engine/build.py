"""Builds the engine from its Go sources: a tool dependency pinned in go.mod and go.sum next to this file."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from offline_pulumi.engine.versions import ENGINE

PINS = Path(__file__).parent
PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
NEEDED_BYTES = 4 * 10**9
"""Module cache 1.4 GB, build cache 1.6 GB, the executable 115 MB; all but the last is removed again."""


class BuildError(Exception):
    """The engine could not be built; the text says why."""


def build(target: Path, progress: Callable[[float], None]) -> None:
    """Build the engine and move it to the path `target` in one step; call `progress` with the seconds
    so far.

    Sources and intermediate results lie in a temporary folder next to the target, which is removed in any
    case.
    """
    go = shutil.which("go")
    if go is None:
        raise BuildError("Go is not installed")
    target.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(target.parent).free < NEEDED_BYTES:
        raise BuildError(f"the build needs {NEEDED_BYTES // 10**9} GB free in {target.parent}")
    with tempfile.TemporaryDirectory(
        prefix=".build-", dir=target.parent, ignore_cleanup_errors=True
    ) as folder:
        work = Path(folder)
        for name in ("go.mod", "go.sum"):
            shutil.copy(PINS / name, work / name)
        environ = os.environ | {
            "GOMODCACHE": str(work / "modules"),
            "GOCACHE": str(work / "objects"),
            "GOTMPDIR": str(work),
            "GOFLAGS": "-modcacherw -mod=readonly",
            "GOWORK": "off",
            "CGO_ENABLED": "0",
        }
        flags = f"-s -w -X {VERSION_VARIABLE}=v{ENGINE}"
        command = [go, "build", "-trimpath", "-ldflags", flags, "-o", "pulumi", PACKAGE]
        log = work / "build.log"
        with log.open("wb") as output:
            begun = time.monotonic()
            process = subprocess.Popen(command, cwd=work, env=environ, stdout=output, stderr=output)  # noqa: S603
            try:
                while process.poll() is None:
                    progress(time.monotonic() - begun)
                    time.sleep(0.5)
            finally:
                process.kill()
                process.wait()
        if process.returncode:
            lines = log.read_text(errors="replace").strip().splitlines()
            raise BuildError(f"go build failed: {lines[-1] if lines else f'exit code {process.returncode}'}")
        (work / "pulumi").replace(target)
