"""What a stack does when something leaves it: when the work is done, and when it is not."""

import subprocess
import sys
from typing import Any

import grpc
import pulumi
import pytest
from google.protobuf import struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from components.protection import ProtectionProvider
from components.removal import RemovalProvider
from tests.recording import ROOT

OLD: dict[str, Any] = {"kind": "record", "arguments": {"load": "orders"}, "also": {"keep_tables": True}}


def test_removal_when_its_arguments_change_does_the_old_work_first() -> None:
    found = RemovalProvider().diff("record", OLD, OLD | {"arguments": {"load": "sensors"}})
    assert (found.changes, found.replaces, found.delete_before_replace) == (True, ["arguments"], True)


def test_removal_when_the_environment_changes_keeps_the_record() -> None:
    found = RemovalProvider().diff("record", OLD, OLD | {"also": {"keep_tables": False}})
    assert (found.changes, found.replaces) == (True, [])


def test_protection_when_it_is_on_refuses_with_what_to_do_and_when_off_lets_go() -> None:
    with pytest.raises(pulumi.RunError, match="set bulk:window to closed and bulk:environment to staging"):
        ProtectionProvider().delete("protection", {"on": True})
    ProtectionProvider().delete("protection", {"on": False})
    assert not ProtectionProvider().diff("protection", {"on": True}, {"on": False}).replaces


def test_engine_gets_the_text_of_a_refusal_and_nothing_else() -> None:
    properties = struct_pb2.Struct()
    properties.update({"__provider": serialize_provider(ProtectionProvider()), "on": True})
    request = provider_pb2.DeleteRequest(id="protection", properties=properties)
    command = [sys.executable, "-m", "pulumi.dynamic"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stdout
        assert server.stderr
        channel = grpc.insecure_channel(f"127.0.0.1:{int(server.stdout.readline())}")
        with channel, pytest.raises(grpc.RpcError) as refused:
            provider_pb2_grpc.ResourceProviderStub(channel).Delete(request)
        server.terminate()
        assert server.stderr.read() == b""
    assert str(refused.value.details()).startswith("nothing was destroyed: this stack is in production")
