import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import language_pb2 as pb
from pulumi.runtime.proto import language_pb2_grpc

from offline_pulumi.language_host import LanguageHost
from offline_pulumi.run_program import default_executor


@pytest.fixture
def host() -> Iterator[language_pb2_grpc.LanguageRuntimeStub]:
    served = LanguageHost("127.0.0.1:1")
    server = grpc.server(futures.ThreadPoolExecutor(4))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(served, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield language_pb2_grpc.LanguageRuntimeStub(channel)
    served.end_children()
    server.stop(0)


def info(folder: Path, **options: Any) -> pb.ProgramInfo:
    given = struct_pb2.Struct()
    given.update(options)
    return pb.ProgramInfo(
        root_directory=str(folder), program_directory=str(folder), entry_point=".", options=given
    )


def test_run_reports_the_missing_virtual_environment(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    with pytest.raises(grpc.RpcError, match=rf"'{tmp_path}/.venv' is not a virtualenv"):
        host.Run(pb.RunRequest(pwd=str(tmp_path), info=info(tmp_path, virtualenv=".venv")))


@pytest.mark.parametrize("options", [{"toolchain": "uv"}, {}], ids=["named", "by its lock file"])
def test_host_refuses_in_pulumis_words_when_the_project_uses_uv_and_uv_is_not_on_path(
    host: language_pb2_grpc.LanguageRuntimeStub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, str],
) -> None:
    (tmp_path / "uv.lock").touch()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / "__main__.py").write_text("print('ran')")
    empty = tmp_path / "path"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    given = info(tmp_path, **options)
    refused = r"Could not find `uv` executable\.\nInstall uv and make sure it is in your PATH\."
    with pytest.raises(grpc.RpcError, match=refused):
        host.GetRequiredPackages(pb.GetRequiredPackagesRequest(info=given))
    with pytest.raises(grpc.RpcError, match=refused):
        host.Run(pb.RunRequest(pwd=str(tmp_path), info=given))
    with pytest.raises(grpc.RpcError, match=refused):
        list(host.RunPlugin(pb.RunPluginRequest(pwd=str(tmp_path), kind="resource", info=given)))

    (empty / "uv").symlink_to("/bin/true")
    assert host.GetRequiredPackages(pb.GetRequiredPackagesRequest(info=given)).packages == []


@pytest.mark.parametrize(("uv", "failure"), [("echo synced", None), ("exit 2", "exit status 2")])
def test_install_dependencies_runs_uv_sync_when_the_project_uses_uv(
    host: language_pb2_grpc.LanguageRuntimeStub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    uv: str,
    failure: str | None,
) -> None:
    (tmp_path / "uv").write_text(f'#!/bin/sh\necho "$@" in "$PWD" for "$UV_PROJECT_ENVIRONMENT"\n{uv}\n')
    (tmp_path / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    given = info(tmp_path, toolchain="uv", virtualenv=".venv")
    answers = host.InstallDependencies(pb.InstallDependenciesRequest(info=given))
    assert next(answers).stdout.decode() == f"sync in {tmp_path} for {tmp_path}/.venv\n"
    if failure is None:
        assert [each.stdout for each in answers] == [b"synced\n"]
    else:
        with pytest.raises(grpc.RpcError, match=failure):
            list(answers)


def test_dependencies_of_the_program_include_pulumi(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    request = pb.GetProgramDependenciesRequest(info=info(tmp_path), transitiveDependencies=True)
    assert "pulumi" in {each.name for each in host.GetProgramDependencies(request).dependencies}


def test_plugin_is_run_and_its_output_and_exit_code_passed_on(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    (tmp_path / "__main__.py").write_text("import sys; print('hello'); sys.exit(3)")
    request = pb.RunPluginRequest(pwd=str(tmp_path), kind="resource", info=info(tmp_path))
    answers = list(host.RunPlugin(request))
    assert b"".join(each.stdout for each in answers).strip() == b"hello"
    assert answers[-1].exitcode == 3


def test_cancel_ends_what_runs(host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("import time; print('up', flush=True); time.sleep(3600)")
    answers = host.RunPlugin(pb.RunPluginRequest(pwd=str(tmp_path), kind="resource", info=info(tmp_path)))
    assert next(answers).stdout.strip() == b"up"
    host.Cancel(empty_pb2.Empty())
    assert list(answers)[-1].exitcode == -signal.SIGTERM


@pytest.mark.parametrize("module", ["offline_pulumi.language_host", "offline_pulumi.provider.service"])
def test_plugin_when_interrupted_ends_quietly(module: str) -> None:
    plugin = subprocess.Popen(
        [sys.executable, "-P", "-m", module, "127.0.0.1:1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert plugin.stdout is not None
    assert int(plugin.stdout.readline()) > 0
    plugin.send_signal(signal.SIGINT)
    assert plugin.communicate(timeout=600)[1] == b""
    assert plugin.returncode == 0


def test_plugin_when_its_engine_was_killed_ends() -> None:
    start = (
        "import subprocess, sys, time;"
        "p = subprocess.Popen([sys.executable, '-P', '-m', 'offline_pulumi.language_host', '127.0.0.1:1'],"
        " stdout=subprocess.PIPE); p.stdout.readline(); print(p.pid, flush=True); time.sleep(3600)"
    )
    engine = subprocess.Popen([sys.executable, "-c", start], stdout=subprocess.PIPE)
    assert engine.stdout is not None
    pid = int(engine.stdout.readline())
    engine.kill()
    engine.wait()
    end = time.monotonic() + 600
    while runs(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not runs(pid)


def test_program_has_four_threads_per_resource_at_a_time_when_the_host_sets_its_pool() -> None:
    meeting = threading.Barrier(9)
    pool = default_executor(2)
    waiting = [pool.submit(meeting.wait) for _ in range(16)]
    while meeting.n_waiting < 8:
        time.sleep(0.01)
    assert sum(future.running() for future in waiting) == 8
    meeting.abort()
    pool.shutdown(wait=True)


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
