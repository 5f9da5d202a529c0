"""An engine that takes every registration and keeps what a program logs, for programs run by an executor."""
# ruff: noqa: N802 - gRPC gives the methods their names

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    language_pb2,
    provider_pb2,
    resource_pb2,
    resource_pb2_grpc,
)

from offline_pulumi.engine.versions import ENGINE
from offline_pulumi.language_host import LanguageHost

SDK = f"github.com/pulumi/pulumi/sdk/v3@v{ENGINE}"
REPORTED = 32


@dataclass(frozen=True)
class Ended:
    """How a program ended: what it logged as errors, and what its language host told the engine."""

    errors: list[str]
    bail: bool
    error: str


@dataclass
class Engine(engine_pb2_grpc.EngineServicer, resource_pb2_grpc.ResourceMonitorServicer):
    """Knows no resource of the stack; the provider refuses every look-up with `refusal`."""

    refusal: str = "refused"
    errors: list[str] = field(default_factory=list[str])
    root: str = ""

    def Log(self, request: engine_pb2.LogRequest, context: Any) -> empty_pb2.Empty:
        if request.severity == engine_pb2.ERROR:
            self.errors.append(request.message)
        return empty_pb2.Empty()

    def GetRootResource(self, request: Any, context: Any) -> engine_pb2.GetRootResourceResponse:
        return engine_pb2.GetRootResourceResponse(urn=self.root)

    def SetRootResource(self, request: Any, context: Any) -> engine_pb2.SetRootResourceResponse:
        self.root = request.urn
        return engine_pb2.SetRootResourceResponse()

    def SupportsFeature(self, request: Any, context: Any) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id != "resourceHooks")

    def RegisterResource(self, request: Any, context: Any) -> resource_pb2.RegisterResourceResponse:
        urn = f"urn:pulumi:test::shop::{request.type}::{request.name}"
        return resource_pb2.RegisterResourceResponse(urn=urn, id=request.name, object=request.object)

    def RegisterResourceOutputs(self, request: Any, context: Any) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        if request.tok != "pulumi:pulumi:readStackResourceOutputs":  # that is the engine's own
            said = f"invocation of {request.tok} returned an error: {self.refusal}"
            context.abort(grpc.StatusCode.UNKNOWN, said)
        nothing: dict[str, Any] = {"return": {"outputs": {}}}
        return provider_pb2.InvokeResponse(**nothing)

    def SignalAndWaitForShutdown(self, request: Any, context: Any) -> empty_pb2.Empty:
        return empty_pb2.Empty()


@contextmanager
def serving(engine: Engine) -> Generator[str]:
    """The address of the engine while it is served."""
    server = grpc.server(futures.ThreadPoolExecutor(8))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(engine, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(0)


def run_locally(folder: Path, config: Mapping[str, str], engine: Engine) -> Ended:
    """Run the program in the folder by the local language host."""
    with serving(engine) as address:
        host = LanguageHost(address)
        info = language_pb2.ProgramInfo(
            root_directory=str(folder), program_directory=str(folder), entry_point="."
        )
        answer = host.Run(
            language_pb2.RunRequest(
                project="shop",
                stack="test",
                pwd=str(folder),
                info=info,
                config=config,
                parallel=4,
                monitor_address=address,
                dryRun=True,
            ),
            cast("grpc.ServicerContext", _Call()),
        )
    return Ended(engine.errors, answer.bail, answer.error)


def run_officially(folder: Path, config: Mapping[str, str], engine: Engine) -> Ended:
    """Run it by Pulumi's own executor, as Pulumi's own language host calls it and reads its exit code."""
    with serving(engine) as address:
        given = {
            "monitor": address,
            "engine": address,
            "project": "shop",
            "stack": "test",
            "root_directory": str(folder),
            "pwd": str(folder),
            "dry_run": "true",
            "parallel": "4",
            "organization": "organization",
        }
        options = [text for name, value in given.items() for text in (f"--{name}", value)]
        done = subprocess.run(
            [sys.executable, official_executor(), *options, "."],
            env=os.environ | {"PULUMI_CONFIG": json.dumps(dict(config)), "PULUMI_CONFIG_SECRET_KEYS": "[]"},
            check=False,
            timeout=600,
        )
    failed = done.returncode not in (0, REPORTED)
    code = max(done.returncode, -1)
    return Ended(
        engine.errors,
        bail=done.returncode == REPORTED,
        error=f"program exited with non-zero exit code: {code}" if failed else "",
    )


@cache
def official_executor() -> str:
    """`pulumi-language-python-exec` of the engine's version, which is in the SDK's Go module."""
    if shutil.which("go") is None:
        pytest.skip("Pulumi's executor is in a Go module, and Go is not installed")
    found = subprocess.run(
        ["go", "mod", "download", "-json", SDK], capture_output=True, text=True, check=False, cwd="/"
    )
    if found.returncode:
        pytest.skip(f"Pulumi's executor is in a Go module that cannot be downloaded: {found.stdout[:200]}")
    return str(Path(json.loads(found.stdout)["Dir"], "python", "cmd", "pulumi-language-python-exec"))


def without_places(text: str) -> str:
    """A traceback without the folders and line numbers in it."""
    return re.sub(r'File "[^"]*?([^/"]+)", line \d+', r"\1", text)


class _Call:
    def add_callback(self, callback: Any) -> bool:
        return True
