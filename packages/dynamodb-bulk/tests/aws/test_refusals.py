"""What AWS refuses in a step is one line with the call and what to do; a bug keeps its traceback."""

from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest

from components.reporting import reported
from dynamodb_bulk.aws import Aws
from local_aws.testing.fault_proxy import FaultProxy, fault_proxy
from local_aws.testing.stage import Stage


@pytest.fixture
def failing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    config = {"retries": {"total_max_attempts": 2}}
    monkeypatch.setattr("dynamodb_bulk.aws.clients._CONFIG", config)
    with fault_proxy(stage.url) as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
        yield made


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("AccessDeniedException", "; allow it in the policies of the user or role that runs this"),
        ("ExpiredTokenException", "; sign in again (`aws sso login`, or new keys), then run this again"),
        (
            "UnrecognizedClientException",
            "; give valid credentials (AWS_PROFILE, aws:profile or AWS_ACCESS_KEY_ID) and try them with "
            "`aws sts get-caller-identity`",
        ),
        ("ValidationException", ""),
        ("ThrottlingException", "; run this again in a minute"),
    ],
)
def test_step_fails_with_one_line_when_aws_refuses_a_call(
    failing: FaultProxy, code: str, remedy: str
) -> None:
    failing.fail("DescribeTable", (400, code))
    aws = Aws(region="eu-west-1")
    with pytest.raises(pulumi.RunError) as caught:
        reported(lambda: aws.dynamodb.describe_table(TableName="orders"), "load orders")()
    assert str(caught.value) == (
        f"load orders: AWS refused DescribeTable: {code}: refused with {code}{remedy}"
    )


def test_step_fails_with_one_line_when_an_upload_is_refused(failing: FaultProxy, tmp_path: Path) -> None:
    file = tmp_path / "part.json"
    file.write_text("{}")
    failing.fail("PUT /files/part.json", (403, "AccessDenied"))
    aws = Aws(region="eu-west-1")
    with pytest.raises(pulumi.RunError) as caught:
        reported(lambda: aws.s3.upload_file(str(file), "files", "part.json"), "load orders")()
    assert str(caught.value).startswith("load orders: AWS refused PutObject: AccessDenied: ")
    assert "\n" not in str(caught.value)


def test_step_fails_with_one_line_when_there_are_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(
        pulumi.RunError, match="Unable to locate credentials; give valid credentials"
    ) as caught:
        reported(lambda: Aws(region="eu-west-1").dynamodb.list_tables(), "load orders")()
    assert "\n" not in str(caught.value)


def test_step_keeps_the_traceback_when_the_mistake_is_its_own() -> None:
    with pytest.raises(pulumi.RunError, match=r"(?s)^load orders: unexpected error\nTraceback .*KeyError"):
        reported(lambda: dict[str, str]()["x"], "load orders")()
