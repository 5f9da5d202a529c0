"""Local replacement for `pulumi-language-python`: runs Pulumi programs and policy packs for the engine."""
# ruff: noqa: ARG002, N802 - gRPC gives the methods their names and parameters

import importlib.metadata
import json
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2 as pb
from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2

from offline_pulumi.plugin import end_with_parent, serve
from offline_pulumi.toolchain import ToolchainError, activated, install, interpreter

PROGRAM = Path(__file__).with_name("run_program.py")
REPORTED = 32  # Pulumi's exit code of a program that has told the user why it failed
# `python -m pulumi.policy`, without looking through what it imports for garbage: see run_program.py.
POLICIES = (
    "import gc, runpy; gc.set_threshold(100_000, 50, 50);"
    "runpy.run_module('pulumi.policy', run_name='__main__', alter_sys=True)"
)
LIST_DISTRIBUTIONS = (
    "import importlib.metadata as m, json;"
    "print(json.dumps([[d.metadata['Name'], d.version, d.requires or []] for d in m.distributions()]))"
)


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Answers what the engine asks of a language: run programs and policy packs, say what they need."""

    def __init__(self, engine: str) -> None:
        """`engine` is the address of the engine's own gRPC service."""
        self.engine = engine
        self._children: set[subprocess.Popen[bytes]] = set()
        self._ended: set[subprocess.Popen[bytes]] = set()

    def Handshake(self, request: pb.LanguageHandshakeRequest, context: grpc.ServicerContext):  # noqa: D102
        return pb.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext):  # noqa: D102
        return plugin_pb2.PluginInfo(version=importlib.metadata.version("pulumi"))

    def GetRequiredPackages(self, request: pb.GetRequiredPackagesRequest, context: grpc.ServicerContext):
        """Names no plugin: a provider is found when the first resource needs it."""
        self._interpreter(request.info, context)
        return pb.GetRequiredPackagesResponse()

    def About(self, request: pb.AboutRequest, context: grpc.ServicerContext):  # noqa: D102
        version = sys.version.split()[0]
        return pb.AboutResponse(
            executable=sys.executable, version=version, metadata={"host": "local replacement"}
        )

    def GetProgramDependencies(
        self, request: pb.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ):
        """Return the distributions of its environment; not transitive: those that none requires."""
        python = self._interpreter(request.info, context)
        answer = subprocess.run([python, "-c", LIST_DISTRIBUTIONS], capture_output=True, check=True)  # noqa: S603
        found: list[tuple[str, str, list[str]]] = json.loads(answer.stdout)
        required = {
            _distribution(line) for _, _, requires in found for line in requires if "extra ==" not in line
        }
        return pb.GetProgramDependenciesResponse(
            dependencies=[
                pb.DependencyInfo(name=name, version=version)
                for name, version, _ in sorted(found)
                if request.transitiveDependencies or _distribution(name) not in required
            ]
        )

    def InstallDependencies(
        self, request: pb.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.InstallDependenciesResponse]:
        """Runs `uv sync` where the project uses uv."""
        try:
            for printed in install(request.info):
                yield pb.InstallDependenciesResponse(stdout=printed)
        except ToolchainError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))

    def Run(self, request: pb.RunRequest, context: grpc.ServicerContext) -> pb.RunResponse:
        """Run a program to its end; a failure that the program reported itself is a `bail`."""
        run = {
            "config": dict(request.config),
            "secret_keys": list(request.configSecretKeys),
            "arguments": list(request.args),
            "settings": {
                "monitor": request.monitor_address,
                "engine": self.engine,
                "project": request.project,
                "stack": request.stack,
                "organization": request.organization or "organization",
                "parallel": request.parallel,
                "dry_run": request.dryRun,
                "root_directory": request.info.root_directory,
            },
        }
        program = os.path.normpath(Path(request.info.program_directory, request.info.entry_point))
        python = self._interpreter(request.info, context)
        child = self._start(
            context,
            [python, "-u", str(PROGRAM), program],
            cwd=request.pwd,
            env=activated(python) | {"OFFLINE_PULUMI_RUN": json.dumps(run)},
        )
        code = child.wait()
        self._children.discard(child)
        if code == 0:
            return pb.RunResponse()
        if code == REPORTED or child in self._ended:
            return pb.RunResponse(bail=True)
        return pb.RunResponse(error=f"program exited with non-zero exit code: {max(code, -1)}")

    def RunPlugin(
        self, request: pb.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.RunPluginResponse]:
        """Run a policy pack (kind `analyzer`) or another plugin in Python, and pass on what it prints."""
        folder = request.info.program_directory
        python = self._interpreter(request.info, context)
        policies = request.kind == "analyzer"
        command = ["-c", POLICIES, *request.args, folder] if policies else [folder, *request.args]
        child = self._start(
            context,
            [python, "-u", *command],
            cwd=folder if policies else request.pwd,
            env=activated(python) | dict(pair.split("=", 1) for pair in request.env),
            piped=True,
        )
        output: queue.Queue[pb.RunPluginResponse | None] = queue.Queue()

        def pass_on(stream: IO[bytes], name: str) -> None:
            while chunk := os.read(stream.fileno(), 65536):
                printed: dict[str, Any] = {name: chunk}
                output.put(pb.RunPluginResponse(**printed))
            output.put(None)

        for stream, name in ((child.stdout, "stdout"), (child.stderr, "stderr")):
            threading.Thread(target=pass_on, args=(stream, name), daemon=True).start()
        for _ in range(2):
            yield from iter(output.get, None)
        yield pb.RunPluginResponse(exitcode=child.wait())
        self._children.discard(child)

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """End what runs, as the engine asks when a mandatory policy has failed."""
        self.end_children()
        return empty_pb2.Empty()

    def end_children(self) -> None:
        """End every program and policy pack that this host started."""
        for child in tuple(self._children):
            self._end(child)

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        if child.poll() is None:
            self._ended.add(child)
            child.terminate()

    def _interpreter(self, info: pb.ProgramInfo, context: grpc.ServicerContext) -> str:
        try:
            return interpreter(info)
        except ToolchainError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))

    def _start(
        self,
        context: grpc.ServicerContext,
        command: list[str],
        *,
        cwd: str,
        env: dict[str, str],
        piped: bool = False,
    ) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE if piped else None
        child = subprocess.Popen(command, cwd=cwd, env=env, stdout=pipe, stderr=pipe)  # noqa: S603
        self._children.add(child)
        context.add_callback(lambda: self._end(child))
        return child


def _distribution(requirement: str) -> str:
    return re.split(r"[ <>=!~\[;(]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def main() -> None:
    """Serve the engine whose address is the last argument."""
    host = LanguageHost(sys.argv[-1])
    end_with_parent(host.end_children)
    serve(partial(language_pb2_grpc.add_LanguageRuntimeServicer_to_server, host), threads=16)


if __name__ == "__main__":
    main()
