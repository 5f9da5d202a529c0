"""Forks a Python that has imported what is installed, for each client that asks."""

import gc
import importlib
import io
import json
import operator
import os
import runpy
import select
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import boto3
import botocore.session
import pulumi_aws

from dynamodb_bulk.cli.app import COMMANDS
from local_aws.testing import forked

# The packages are installed, too. The program, its components and its policies each process imports itself.
# Nothing whose threads do more than wait: a fork has none of them. (polars starts those that work when it has
# work.)
IMPORTED = (
    "amazon.ion.simpleion",
    "asyncio",
    "aws_croniter",
    "cyclopts",
    "dateutil.tz",
    "email.mime.multipart",
    "grpc",
    "http.client",
    "local_aws.command",
    "msgspec",
    "multiprocessing.managers",
    "offline_pulumi.provider.lifecycle",
    "offline_pulumi.provider.types",
    "orjson",
    "polars",
    "pulumi.dynamic",
    "pulumi.policy",
    "pulumi.runtime.proto.analyzer_pb2_grpc",
    "pulumi.runtime.proto.engine_pb2_grpc",
    "pulumi.runtime.proto.language_pb2_grpc",
    "pulumi.runtime.proto.provider_pb2_grpc",
    "pydantic.type_adapter",
    "rich.live",
    "rich.table",
    "s3transfer.manager",
    "xml.etree.ElementTree",
    "yaml",
)
# The SDK imports a service when it is used.
RESOURCES = (
    "cloudwatch.LogGroup",
    "codebuild.Project",
    "dms.Endpoint",
    "dynamodb.Table",
    "glue.Job",
    "iam.Role",
    "s3.Bucket",
    "sfn.StateMachine",
    "sns.Topic",
)
# botocore reads a large JSON file for each client.
SERVICES = ("dms", "dynamodb", "ec2", "iam", "kms", "logs", "s3", "scheduler", "ssm", "stepfunctions", "sts")


def serve() -> Callable[[], object] | None:
    """Serve until the input ends; in a fork, return what it is to run."""
    _import()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(64)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    keepers = set[int]()
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        client, _ = listener.accept()
        keeper = os.fork()
        if keeper == 0:
            listener.close()
            return _keep(client)
        client.close()
        keepers.add(keeper)
        keepers -= {each for each in keepers if os.waitpid(each, os.WNOHANG)[0]}
    shutil.rmtree(os.path.dirname(sys.argv[1]), ignore_errors=True)
    return None


def _import() -> None:
    for name in IMPORTED:
        importlib.import_module(name)
    for command in COMMANDS.values():
        importlib.import_module(command.partition(":")[0])
    for name in RESOURCES:
        operator.attrgetter(name)(pulumi_aws)
    botocore.session.create_loader = cache(botocore.session.create_loader)
    session = boto3.Session("local", "local", region_name="eu-west-1")
    for name in SERVICES:
        session.client(name)  # pyright: ignore[reportCallIssue, reportArgumentType]
    session.get_available_regions("dynamodb")
    forked.prepare()
    gc.collect()
    gc.freeze()


def _keep(client: socket.socket) -> Callable[[], object]:
    """Fork the process, in which this returns what it runs, and be its parent for the client."""
    header, descriptors, _, _ = socket.recv_fds(client, 4, 3)
    length, content = int.from_bytes(header, "big"), b""
    while len(content) < length:
        part = client.recv(length - len(content))
        if not part:  # killed before it had asked
            os._exit(0)
        content += part
    process = os.fork()
    if process == 0:
        client.close()
        return _become(descriptors, *json.loads(content))
    for descriptor in (0, 1, 2, *descriptors):
        os.close(descriptor)
    ended = os.pidfd_open(process)
    while ended not in select.select([client, ended], [], [])[0]:
        told = client.recv(1)
        if told == b"\0":  # the client's parent is gone: the process loses its own, too
            os._exit(0)
        os.kill(process, told[0] if told else signal.SIGKILL)  # it was killed where nothing is told
        if not told:
            break
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    try:
        client.send(code.to_bytes(4, "big", signed=True))
    finally:
        os._exit(0)


def _become(
    descriptors: list[int], executable: str, arguments: list[str], folder: str, environ: dict[str, str]
) -> Callable[[], object]:
    """Be the Python that the client was asked for; return what it runs."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    options: list[str] = []
    while arguments[0].startswith("-") and arguments[0] not in ("-m", "-c"):
        options.append(arguments.pop(0))
    _open_streams(unbuffered="-u" in options or bool(environ.get("PYTHONUNBUFFERED")))
    sys.dont_write_bytecode = bool(environ.get("PYTHONDONTWRITEBYTECODE"))
    sys.executable = executable
    main = sys.modules["__main__"].__dict__
    for name in [name for name in main if not name.startswith("__")]:
        del main[name]
    added = [os.path.abspath(each) for each in environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    match arguments:
        case ["-m", module, *_]:
            sys.argv, first = arguments[1:], folder
            sys.modules.pop(module, None)
            run = partial(runpy._run_module_as_main, module)  # pyright: ignore
        case ["-c", code, *rest]:
            sys.argv, first = ["-c", *rest], ""
            run = partial(exec, code, main)
        case [path, *_]:
            sys.argv, first = arguments, os.path.dirname(os.path.realpath(path))
            main["__file__"] = path
            run = partial(exec, compile(Path(path).read_bytes(), path, "exec"), main)
        case _:
            raise ValueError(arguments)
    installed = sys.path[2:]  # after the working folder and the one of this file
    sys.path[:] = [*([] if "-P" in options else [first]), *added, *installed]
    importlib.invalidate_caches()
    return run


def _open_streams(*, unbuffered: bool) -> None:
    """Open the standard streams as Python does when it starts."""
    sys.stdin = open(0, closefd=False)
    for number, name, errors in ((1, "stdout", "strict"), (2, "stderr", "backslashreplace")):
        binary = open(number, "wb", buffering=0 if unbuffered else -1, closefd=False)
        lines = not unbuffered and (number == 2 or os.isatty(number))
        stream = io.TextIOWrapper(binary, errors=errors, line_buffering=lines, write_through=unbuffered)
        setattr(sys, name, stream)
