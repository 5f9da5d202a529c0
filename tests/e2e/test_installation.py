"""The engine in the folder that Pulumi's installer lays out, which is not on PATH."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from local_aws.state import Folders, folders
from local_aws.terminal import Terminal
from offline_pulumi.engine import plugins, shims
from offline_pulumi.engine.acquire import Engine, find_engine
from offline_pulumi.engine.versions import ENGINE

pytestmark = pytest.mark.engine


def executable(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def installed(tmp_path: Path) -> Engine:
    """The real engine next to a language host that leaves a mark when it is started."""
    folder = tmp_path / "installed" / "bin"
    folder.mkdir(parents=True)
    (folder / "pulumi").write_bytes(find_engine(folders(), Terminal()).path.read_bytes())
    (folder / "pulumi").chmod(0o755)
    module = "-P -m offline_pulumi.start_plugin offline_pulumi.language_host"
    host = f'exec {shlex.quote(sys.executable)} {module} "$@"'
    executable(folder / "pulumi-language-python", f"touch {shlex.quote(str(tmp_path / 'started'))}\n{host}")
    executable(folder / "pulumi-resource-pulumi-python", "exit 1")
    return Engine(folder / "pulumi", ENGINE, "")


def test_engine_finds_its_own_language_host_when_neither_is_on_path(
    tmp_path: Path, installed: Engine
) -> None:
    own = Folders(clone=tmp_path, cache=tmp_path / "cache", state=tmp_path / "states" / "clone")
    own.open()
    shims.place(own, installed, (plugins.language_host(own, installed), plugins.dynamic(own, installed)))
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "Pulumi.yaml").write_text("name: empty\nruntime: python\n")
    (tmp_path / "project" / "__main__.py").write_text("import pulumi; pulumi.export('ran', True)\n")
    done = subprocess.run(
        ["sh", "-c", "pulumi stack init dev && pulumi up --yes --skip-preview && pulumi stack output ran"],
        cwd=tmp_path / "project",
        env={
            "PATH": f"{own.bin}:/usr/bin:/bin",
            "HOME": str(tmp_path),
            "PULUMI_HOME": str(own.pulumi_home),
            "PULUMI_BACKEND_URL": own.backend.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().endswith("true")
    assert (tmp_path / "started").exists()
    assert "from $PATH" not in done.stdout + done.stderr
