"""Glue jobs and their security configurations by the replacement provider, against local AWS."""

from typing import Any

import pytest

from local_aws.testing.stage import Stage
from offline_pulumi.provider.differences import difference
from offline_pulumi.provider.failures import Failure
from offline_pulumi.provider.inputs import failures
from offline_pulumi.provider.lifecycle import Lifecycle
from offline_pulumi.provider.settings import Clients, Settings
from offline_pulumi.provider.types import TYPES

JOB, SECURITY = "aws:glue/job:Job", "aws:glue/securityConfiguration:SecurityConfiguration"
OFF = {
    "cloudwatchEncryption": {"cloudwatchEncryptionMode": "DISABLED"},
    "jobBookmarksEncryption": {"jobBookmarksEncryptionMode": "DISABLED"},
    "s3Encryption": {"s3EncryptionMode": "SSE-KMS", "kmsKeyArn": "arn:aws:kms:eu-west-1:1:key/a"},
}


def of(token: str, stage: Stage) -> Lifecycle:
    clients = Clients(Settings(region=stage.region, endpoint=stage.url))
    return Lifecycle(TYPES[token], clients.get, {"team": "data"})


def job(stage: Stage, **more: Any) -> dict[str, Any]:
    return {
        "name": stage.named("job"),
        "roleArn": "arn:aws:iam::123456789012:role/job",
        "command": {"scriptLocation": "s3://a/b.py", "pythonVersion": "3"},
        "defaultArguments": {"--a": "b"},
        "executionProperty": {"maxConcurrentRuns": 2},
        "glueVersion": "5.1",
        "numberOfWorkers": 2,
        "workerType": "G.1X",
        "timeout": 60,
        "tags": {"a": "1"},
        **more,
    }


def test_job_is_made_read_changed_and_deleted(stage: Stage) -> None:
    lifecycle, given = of(JOB, stage), job(stage)
    made = lifecycle.create(given)
    assert made.id == given["name"]
    assert made.state["arn"] == f"arn:aws:glue:{stage.region}:123456789012:job/{made.id}"
    assert made.state["tagsAll"] == {"team": "data", "a": "1"}
    found = lifecycle.read(made.id, given)
    assert found is not None
    assert (found.inputs, found.state) == (given, made.state)

    changed = job(stage, numberOfWorkers=5, defaultArguments={"--a": "c"}, tags={"b": "2"})
    del changed["timeout"]
    names = ["numberOfWorkers", "defaultArguments", "tags", "timeout"]
    after = lifecycle.update(made.id, changed, names, made.state)
    assert (after.state["numberOfWorkers"], after.state["defaultArguments"]) == (5, {"--a": "c"})
    assert after.state["tagsAll"] == {"team": "data", "b": "2"}
    lifecycle.delete(made.id, made.state)
    assert lifecycle.read(made.id, given) is None


def test_security_configuration_is_made_read_and_deleted(stage: Stage) -> None:
    lifecycle = of(SECURITY, stage)
    given = {"name": stage.named("keys"), "encryptionConfiguration": OFF}
    made = lifecycle.create(given)
    found = lifecycle.read(made.id, given)
    assert found is not None
    assert found.inputs == given
    with pytest.raises(Failure, match="AlreadyExists"):
        lifecycle.create(given)
    lifecycle.delete(made.id, made.state)
    assert lifecycle.read(made.id, given) is None


@pytest.mark.parametrize(
    ("token", "change", "replaces"),
    [
        (JOB, {"name": "other"}, ["name"]),
        (JOB, {"workerType": "G.2X"}, []),
        (SECURITY, {"encryptionConfiguration": OFF | {"s3Encryption": {}}}, ["encryptionConfiguration"]),
    ],
)
def test_change_replaces_what_aws_cannot_update(
    token: str, change: dict[str, Any], replaces: list[str]
) -> None:
    old = (
        {"name": "it", "workerType": "G.1X"}
        if token == JOB
        else {"name": "it", "encryptionConfiguration": OFF}
    )
    found = difference(TYPES[token], old, old | change, state=old, default_tags={}, name="it")
    assert (list(found.changed), list(found.replaces)) == ([*change], replaces)


@pytest.mark.parametrize(
    ("token", "given", "path"),
    [
        (JOB, {"workerType": "G.3X"}, "workerType"),
        (JOB, {"numberOfWorkers": 0}, "numberOfWorkers"),
        (JOB, {"maxRetries": 11}, "maxRetries"),
        (JOB, {"executionClass": "SPOT"}, "executionClass"),
        (JOB, {"maxCapacity": 2, "workerType": "G.1X"}, "maxCapacity"),
        (
            SECURITY,
            {"encryptionConfiguration": OFF | {"s3Encryption": {"s3EncryptionMode": "KMS"}}},
            "encryptionConfiguration.s3Encryption.s3EncryptionMode",
        ),
    ],
)
def test_value_that_the_real_provider_refuses_is_refused(
    token: str, given: dict[str, Any], path: str
) -> None:
    whole = (
        {"roleArn": "arn:aws:iam::1:role/a", "command": {"scriptLocation": "s3://a/b"}}
        if token == JOB
        else {}
    )
    assert list(failures(TYPES[token], whole | given)) == [path]
