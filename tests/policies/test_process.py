"""The pack as the engine has it: a process, over gRPC."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2 as pb
from pulumi.runtime.proto import analyzer_pb2_grpc

import policies.tokens as tokens
from policies.configuration import HERE
from policies.pack import RULES
from tests.policies.factories import HAPPY, PROJECT, STACK, UNKNOWN, changed

SECRET = "1b47061264138c4ac30d75fd1eb44270"


@pytest.fixture(scope="module")
def pack() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(HERE.parent)],
        cwd=HERE.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    with process, grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
        yield analyzer_pb2_grpc.AnalyzerStub(channel)
        process.terminate()


def request(kind: str, **changes: Any) -> pb.AnalyzeRequest:
    properties = struct_pb2.Struct()
    properties.update(changed(HAPPY[kind], changes))
    urn = f"urn:pulumi:{STACK}::{PROJECT}::{kind}::it"
    return pb.AnalyzeRequest(type=kind, urn=urn, name="it", properties=properties)


def configure(pack: analyzer_pb2_grpc.AnalyzerStub, **rules: pb.PolicyConfig) -> None:
    pack.Configure(
        pb.ConfigureAnalyzerRequest(
            policyConfig={name.replace("_", "-"): each for name, each in rules.items()}
        )
    )


def test_pack_offers_every_rule_with_its_reason_its_remedy_and_its_settings(
    pack: analyzer_pb2_grpc.AnalyzerStub,
) -> None:
    offered = {each.name: each for each in pack.GetAnalyzerInfo(empty_pb2.Empty()).policies}
    assert list(offered) == [rule.name for rule in RULES]
    instance = offered["cost-instance"]
    assert instance.description.startswith("An instance costs money by the hour")
    assert instance.remediation_steps.startswith("choose a smaller class")
    assert instance.configSchema.properties["storage_gb"]["default"] == 500
    assert instance.enforcementLevel == pb.MANDATORY
    assert offered["teardown-tables-kept"].policy_type == pb.POLICY_TYPE_STACK


def test_analyze_when_the_resource_is_happy_finds_nothing(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    configure(pack)
    assert list(pack.Analyze(request(tokens.INSTANCE)).diagnostics) == []


def test_analyze_when_a_value_is_wrong_and_another_unknown_refuses_the_one_and_notes_the_other(
    pack: analyzer_pb2_grpc.AnalyzerStub,
) -> None:
    configure(pack)
    asked = request(tokens.INSTANCE, publiclyAccessible=True, allocatedStorage=UNKNOWN)
    found = {each.policyName: each for each in pack.Analyze(asked).diagnostics}
    assert found["data-private-instance"].enforcementLevel == pb.MANDATORY
    assert (
        "publiclyAccessible is true: instances have no public address"
        in found["data-private-instance"].message
    )
    assert found["cost-instance"].enforcementLevel == pb.ADVISORY


def test_analyze_when_the_level_is_configured_reports_at_that_level(
    pack: analyzer_pb2_grpc.AnalyzerStub,
) -> None:
    configure(pack, data_private_instance=pb.PolicyConfig(enforcementLevel=pb.ADVISORY))
    (found,) = pack.Analyze(request(tokens.INSTANCE, publiclyAccessible=True)).diagnostics
    assert found.enforcementLevel == pb.ADVISORY


def test_remediate_when_tags_are_missing_adds_them_and_keeps_secrets_and_unknowns(
    pack: analyzer_pb2_grpc.AnalyzerStub,
) -> None:
    configure(pack, tagging_owner=pb.PolicyConfig(enforcementLevel=pb.REMEDIATE))
    secret = {"4dabf18193072939515e22adb298388d": SECRET, "value": "correct horse"}
    asked = request(tokens.ENDPOINT, tags={"team": "data"}, password=secret, serviceAccessRole=UNKNOWN)
    (mended,) = pack.Remediate(asked).remediations
    assert mended.properties["tags"] == {"team": "data", "project": "shop", "stack": "test"}
    assert mended.properties["password"] == secret
    assert mended.properties["serviceAccessRole"] == UNKNOWN


@pytest.mark.parametrize(
    "tags",
    [
        {"team": UNKNOWN},
        {"team": {"4dabf18193072939515e22adb298388d": SECRET, "value": "correct horse"}},
    ],
)
def test_remediate_when_a_tag_is_secret_or_unknown_keeps_it_so(
    pack: analyzer_pb2_grpc.AnalyzerStub, tags: dict[str, Any]
) -> None:
    configure(pack, tagging_owner=pb.PolicyConfig(enforcementLevel=pb.REMEDIATE))
    (mended,) = pack.Remediate(request(tokens.TABLE, tags=tags)).remediations
    assert mended.properties["tags"] == {**tags, "project": "shop", "stack": "test"}


def test_remediate_keeps_tags_secret_when_all_of_them_are(
    pack: analyzer_pb2_grpc.AnalyzerStub,
) -> None:
    configure(pack, tagging_owner=pb.PolicyConfig(enforcementLevel=pb.REMEDIATE))
    secret = {"4dabf18193072939515e22adb298388d": SECRET, "value": {"team": "data"}}
    (mended,) = pack.Remediate(request(tokens.TABLE, tags=secret)).remediations
    added = {"team": "data", "project": "shop", "stack": "test"}
    assert mended.properties["tags"] == {**secret, "value": added}


def test_remediate_when_the_retention_is_unknown_leaves_it_to_up(
    pack: analyzer_pb2_grpc.AnalyzerStub,
) -> None:
    configure(pack, teardown_log_retention=pb.PolicyConfig(enforcementLevel=pb.REMEDIATE))
    assert not pack.Remediate(request(tokens.LOG_GROUP, retentionInDays=UNKNOWN)).remediations
    (mended,) = pack.Remediate(request(tokens.LOG_GROUP, retentionInDays=None)).remediations
    assert mended.properties["retentionInDays"] == 90


def test_analyze_stack_when_a_bucket_has_no_guards_refuses_it(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    configure(pack)
    asked = request(tokens.BUCKET)
    resource = pb.AnalyzerResource(type=asked.type, urn=asked.urn, name="it", properties=asked.properties)
    found = pack.AnalyzeStack(pb.AnalyzeStackRequest(resources=[resource])).diagnostics
    assert {each.policyName for each in found} == {
        "data-public-access-block",
        "data-encryption",
        "data-tls-only",
    }
    assert {each.urn for each in found} == {asked.urn}
