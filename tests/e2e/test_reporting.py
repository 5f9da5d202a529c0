"""What a user reads of a mistake or a refusal when Pulumi's own executor runs the program: one line."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from components.removal import RemovalProvider
from dynamodb_bulk.one_line import in_one_line
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from offline_pulumi_testing.executor import Engine, run_officially

ROOT = Path(__file__).parents[2]
EXPIRED = (
    "operation error STS: GetCallerIdentity, https response error StatusCode: 403, RequestID: 1, "
    "api error ExpiredToken: The security token included in the request is expired"
)


def run(config: dict[str, Any], refusal: str = "refused") -> list[str]:
    """The errors that the user reads of the program with these settings."""
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    ended = run_officially(ROOT, {"aws:region": "eu-west-1"} | texts, Engine(refusal))
    assert ended.bail, "the language host adds nothing"
    return ended.errors


def test_program_reports_one_line_when_a_setting_is_wrong() -> None:
    assert run({"bulk:enviroment": "x"}) == [
        "Pulumi.test.yaml: bulk:enviroment: unknown key; did you mean environment?"
    ]


def test_program_reports_one_line_when_a_dataset_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "dataset.yaml"
    file.write_text("name: people\nsource: {files: ['*.csv'], delimeter: '|'}\n")
    (error,) = run({"bulk:loads": [{"dataset": str(file)}]})
    assert "dataset.yaml, line 2: source.delimeter: unknown key; did you mean delimiter?" in error
    assert "\n" not in error


def test_program_reports_one_line_when_the_provider_refuses_a_look_up(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)  # the program's own clients work
    (error,) = run({}, EXPIRED)
    assert error.startswith("AWS provider, getCallerIdentity: ")
    assert "sign in again" in error
    assert "\n" not in error


@pytest.mark.parametrize(
    ("refusal", "remedy"),
    [
        ("Invalid provider configuration:\n\n  invalid AWS Region: eu-wset-1", "check aws:region"),
        ("No valid credential sources found.\n\nno EC2 IMDS role found", "give valid credentials"),
    ],
    ids=["invalid Region", "no credentials"],
)
def test_refusal_of_the_provider_is_one_line_with_its_remedy(refusal: str, remedy: str) -> None:
    token = "aws:index/getCallerIdentity:getCallerIdentity"
    text = f"invoke of {token} failed: invocation of {token} returned an error: {refusal}"
    line = in_one_line(Exception(text)) or ""
    assert line.startswith("AWS provider, getCallerIdentity: ")
    assert remedy in line
    assert "\n" not in line


def test_program_reports_one_line_when_aws_cannot_be_reached() -> None:
    (error,) = run({"bulk:exports": [{"table": "orders"}]})
    assert error.startswith('AWS: Could not connect to the endpoint URL: "http://127.0.0.1:1/"')
    assert error.endswith("start local AWS with `.venv/bin/bulk local up`, then run this again")
    assert "\n" not in error


def test_apply_reports_the_line_without_a_traceback_when_aws_refuses(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(
        "import pulumi\n"
        "from botocore.exceptions import ClientError\n"
        "from components.reporting import reported\n"
        "def ask(_):\n"
        "    raise ClientError({'Error': {'Code': 'AccessDenied', 'Message': 'No.'}}, 'GetObject')\n"
        "pulumi.Output.from_input(0).apply(reported(ask))\n"
    )
    ended = run_officially(tmp_path, {}, Engine())
    assert ended.errors == [
        "AWS refused GetObject: AccessDenied: No; allow it in the policies of the user or role that runs this"
    ]


def test_removal_shows_one_line_when_aws_cannot_be_reached() -> None:
    props = {
        "kind": "record",
        "arguments": {"bucket": "files", "load": "orders", "reports_prefix": "reports/"},
        "also": {"method": "dms", "keep_tables": False},
        "account": {"region": "eu-west-1", "profile": None, "local": True},
    }
    with pytest.raises(pulumi.RunError) as caught:
        RemovalProvider().delete("record", props)
    assert str(caught.value).startswith("AWS: Could not connect to the endpoint URL")
    assert "\n" not in str(caught.value)


def test_removal_keeps_the_traceback_of_a_bug() -> None:
    with pytest.raises(pulumi.RunError, match=r"unexpected error\nTraceback (?s:.*)KeyError: 'kind'"):
        RemovalProvider().delete("record", {})


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InputError("a.yaml", "no columns", "add some"), "a.yaml: no columns; add some"),
        (LoadFailed("load orders is not good"), "load orders is not good"),
        (FileNotFoundError(2, "No such file or directory", "a.csv"), "a.csv: No such file or directory"),
        (
            ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate\nexceeded."}}, "PutItem"),
            "AWS refused PutItem: ThrottlingException: Rate exceeded; run this again in a minute",
        ),
        (KeyError("PK"), None),
        (ValueError("x"), None),
        (Exception("a bug"), None),
        (ConnectionResetError("of no file"), None),
    ],
)
def test_error_is_one_line_unless_it_is_a_bug(error: Exception, line: str | None) -> None:
    assert in_one_line(error) == line


def test_error_of_credentials_reports_how_to_set_them() -> None:
    assert "AWS_PROFILE" in (in_one_line(NoCredentialsError()) or "")
