"""The provider and the program's own clients are of one account and one Region, or nothing is declared."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.one_line import in_one_line
from dynamodb_bulk.spec.errors import InputError
from local_aws.testing.fault_proxy import FaultProxy, fault_proxy
from tests.recording import ACCOUNT, REMOVAL, Engine, run_main, stack_config

pytestmark = [pytest.mark.usefixtures("server_of_module"), pytest.mark.xdist_group("one account")]

OTHER = "210987654321"
ROLE = f"arn:aws:iam::{OTHER}:role/deploy"


def refused(config: dict[str, Any], engine: Engine | None = None) -> str:
    """What the program says before it declares anything."""
    used = engine or Engine()
    with pytest.raises(InputError) as caught:
        run_main(stack_config("dev") | config, used)
    assert used.declared == []
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "instead"),
    [
        ("accessKey", "AKIAIOSFODNN7EXAMPLE", "use AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"),
        ("secretKey", "very-secret", "use AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"),
        ("token", "very-secret", "or a profile with aws:profile"),
        ("assumeRole", {"roleArn": ROLE}, "use aws:assumeRoles, a list"),
        ("assumeRoleWithWebIdentity", {"roleArn": ROLE}, "use AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE"),
        ("sharedConfigFiles", ["config"], "use AWS_CONFIG_FILE"),
        ("sharedCredentialsFiles", ["credentials"], "use AWS_SHARED_CREDENTIALS_FILE"),
        ("endpoints", [{"dms": "https://example.com"}], "use AWS_ENDPOINT_URL"),
        ("useFipsEndpoint", "true", "use AWS_USE_FIPS_ENDPOINT=true"),
    ],
)
def test_program_refuses_by_name_what_only_the_provider_reads(key: str, value: Any, instead: str) -> None:
    told = refused({f"aws:{key}": value})
    assert told.startswith(f"Pulumi.test.yaml: aws:{key}: ")
    assert instead in told
    assert "very-secret" not in told


def test_program_takes_what_the_provider_reads_and_no_client_needs() -> None:
    settings = {"aws:useFipsEndpoint": "false", "aws:endpoints": [], "aws:maxRetries": "3"}
    assert run_main(stack_config("dev") | settings).declared


def test_program_refuses_a_region_that_aws_does_not_have() -> None:
    told = refused({"aws:region": "eu-wst-1"})
    assert told == "Pulumi.test.yaml: aws:region: AWS has no Region 'eu-wst-1'; did you mean eu-west-1?"


def test_program_takes_a_region_that_boto3_does_not_know_when_the_settings_say_so() -> None:
    settings = {"aws:region": "eu-north-9", "aws:skipRegionValidation": "true"}
    assert "the provider uses the Region eu-west-1" in refused(settings)


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        (Engine(account=OTHER), f"AWS credentials: the provider uses the account {OTHER}, the steps of the"),
        (Engine(region="us-east-1"), "aws:region: the provider uses the Region us-east-1, the steps of the"),
    ],
    ids=["account", "Region"],
)
def test_program_refuses_a_provider_of_another_place(provider: Engine, said: str) -> None:
    told = refused({}, provider)
    assert said in told
    assert f"{ACCOUNT if provider.account == OTHER else 'eu-west-1'}; set aws:profile and aws:region" in told


def test_program_assumes_the_roles_that_the_provider_assumes() -> None:
    roles = [{"roleArn": ROLE, "sessionName": "shop", "duration": "1h30m", "tags": {"team": "data"}}]
    engine = run_main(stack_config("dev") | {"aws:assumeRoles": roles}, Engine(account=OTHER))
    account = engine.of_type(REMOVAL)[0].inputs["account"]
    assert account["roles"] == [
        {
            "RoleArn": ROLE,
            "RoleSessionName": "shop",
            "DurationSeconds": 5400,
            "Tags": [{"Key": "team", "Value": "data"}],
        }
    ]
    assert Aws.of(json.loads(json.dumps(account))).account == OTHER


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ({"roleArn": "deploy"}, "aws:assumeRoles[0].roleArn: string should match pattern"),
        ({"roleArn": ROLE, "sesionName": "x"}, "aws:assumeRoles[0].sesionName: unknown key; did you mean"),
        ({"sessionName": "x"}, "aws:assumeRoles[0].roleArn: missing"),
    ],
)
def test_program_names_the_key_of_a_role_that_is_wrong(role: dict[str, Any], said: str) -> None:
    assert said in refused({"aws:assumeRoles": [role]})


@pytest.mark.parametrize("setting", [{"allowedAccountIds": [OTHER]}, {"forbiddenAccountIds": [ACCOUNT]}])
def test_program_refuses_an_account_that_the_settings_do_not_allow(setting: dict[str, list[str]]) -> None:
    told = refused({f"aws:{key}": accounts for key, accounts in setting.items()})
    assert f"aws:{next(iter(setting))}: does not allow the account {ACCOUNT}" in told


def _expired(proxy: FaultProxy, patch: pytest.MonkeyPatch) -> None:
    proxy.fail("GetCallerIdentity", (403, "ExpiredToken"))
    patch.setenv("AWS_ENDPOINT_URL", proxy.url)


def _html(proxy: FaultProxy, patch: pytest.MonkeyPatch) -> None:
    proxy.fail("GetCallerIdentity", "html")
    patch.setenv("AWS_ENDPOINT_URL", proxy.url)


def _stopped(_proxy: FaultProxy, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")


def _dead(_proxy: FaultProxy, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("AWS_ENDPOINT_URL", "http://aws.invalid")


def _nobody(_proxy: FaultProxy, patch: pytest.MonkeyPatch) -> None:
    patch.delenv("AWS_ACCESS_KEY_ID")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_expired, "AWS refused GetCallerIdentity: ExpiredToken: refused; sign in again"),
        (_html, "check aws:region, AWS_ENDPOINT_URL and the network"),
        (_stopped, "start local AWS with `.venv/bin/bulk local up`, then run this again"),
        (_dead, "check aws:region, AWS_ENDPOINT_URL and the network"),
        (_nobody, "AWS: Unable to locate credentials; give valid credentials"),
    ],
)
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
def test_program_ends_with_one_line_when_aws_cannot_be_asked(
    server_of_module: str,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[FaultProxy, pytest.MonkeyPatch], None],
    said: str,
    preview: bool,
) -> None:
    engine = Engine()
    with fault_proxy(server_of_module) as proxy:
        spoil(proxy, monkeypatch)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - each is another
            run_main(stack_config("dev"), engine, preview=preview)
    line = in_one_line(caught.value) or ""
    assert said in line
    assert "\n" not in line
    assert len(line) < 300
    assert engine.declared == []
