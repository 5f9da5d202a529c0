"""`bulk permissions` for stacks as their settings declare them, before anything is deployed."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from dynamodb_bulk.cli.permissions import permissions
from dynamodb_bulk.permissions.declared import read_declared
from dynamodb_bulk.permissions.policies import MOST_CHARACTERS
from dynamodb_bulk.spec.errors import InputError

ACCOUNT = "123456789012"
ROOT = Path(__file__).parents[4]
DATASET = """
source: {format: dynamodb_json, files: ['*.json']}
table: {partition_key: {name: id}}
"""
NATIVE, DMS = {"dataset": "people.yaml", "method": "native"}, {"dataset": "rows.yaml", "method": "dms"}

Printed = Callable[..., dict[str, Any]]


@pytest.fixture
def printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Printed:
    """The statements that are printed for a task of a stack with these settings."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "people.yaml").write_text(f"name: people{DATASET}")
    (tmp_path / "named.yaml").write_text(
        f"name: named{DATASET}".replace("{partition", "{name: legacy, partition")
    )
    (tmp_path / "rows.yaml").write_text(
        "name: rows\nsource: {files: ['*.csv']}\ncolumns: [{name: id, type: STRING, length: 9}]\n"
        "table: {partition_key: {name: id}}\n"
    )
    (tmp_path / "a.json").write_text('{"Item":{"id":{"S":"1"}}}\n')
    (tmp_path / "a.csv").write_text("1\n")
    monkeypatch.chdir(tmp_path)

    def run(task: str, *loads: Mapping[str, Any], **settings: Any) -> dict[str, Any]:
        config = {"aws:region": "eu-west-1", "bulk:loads": list(loads)}
        config |= {f"bulk:{name}": value for name, value in settings.items()}
        (tmp_path / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))
        assert permissions(stack="dev", task=task, account=ACCOUNT) == 0  # pyright: ignore[reportArgumentType]
        return json.loads(capsys.readouterr().out)

    return run


def actions(documents: Mapping[str, Any]) -> set[str]:
    return {
        action
        for document in documents.values()
        for rule in document["Statement"]
        for action in rule["Action"]
    }


def rules_of(documents: Mapping[str, Any], action: str) -> list[dict[str, Any]]:
    rules = [rule for document in documents.values() for rule in document["Statement"]]
    return [rule for rule in rules if action in rule["Action"]]


def test_policies_of_a_stack_are_named_after_it_and_its_tasks(printed: Printed) -> None:
    names = {name for task in ("deploy", "preview", "operate") for name in printed(task, NATIVE)}
    assert names == {"shop-dev-deploy", "shop-dev-preview", "shop-dev-operate"}


def test_deploy_of_imports_grants_nothing_of_what_only_other_methods_need(printed: Printed) -> None:
    services = {action.partition(":")[0] for action in actions(printed("deploy", NATIVE))}
    assert services == {"dynamodb", "logs", "s3", "ssm"}


def test_deploy_by_dms_passes_roles_of_the_stack_to_dms_alone(printed: Printed) -> None:
    (rule,) = rules_of(printed("deploy", DMS), "iam:PassRole")
    assert rule["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/shop-dev-*"]
    assert rule["Condition"] == {"StringEquals": {"iam:PassedToService": "dms.amazonaws.com"}}


def test_deploy_by_dms_takes_away_what_the_other_kind_of_replication_left(printed: Printed) -> None:
    serverless = {"serverless": {"max": 4}}
    for dms in ({}, serverless):
        granted = actions(printed("deploy", DMS, dms=dms))
        assert {"dms:StopReplication", "dms:DeleteReplicationConfig"} <= granted
        assert {
            "dms:StopReplicationTask",
            "dms:DeleteReplicationTask",
            "dms:DeleteReplicationInstance",
        } <= granted
        assert ("dms:StartReplication" in granted) is (dms == serverless)


def test_deploy_deletes_tables_of_the_stack_and_the_one_that_its_dataset_names(printed: Printed) -> None:
    (rule,) = rules_of(printed("deploy", {**NATIVE, "dataset": "named.yaml"}), "dynamodb:DeleteTable")
    tables = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table"
    assert rule["Resource"] == [f"{tables}/shop-dev-*", f"{tables}/legacy", f"{tables}/legacy/*"]


def test_deploy_creates_roles_under_their_path_and_with_their_boundary_alone(printed: Printed) -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/bound"
    found = printed("deploy", DMS, role_path="/loads/", permissions_boundary=boundary)
    for action in ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"):
        for rule in rules_of(found, action):
            assert rule["Condition"]["StringEquals"]["iam:PermissionsBoundary"] == boundary
    resources = {one for rule in rules_of(found, "iam:CreateRole") for one in rule["Resource"]}
    assert f"arn:aws:iam::{ACCOUNT}:role/loads/shop-dev-*" in resources


def test_deploy_that_is_too_long_for_one_policy_is_split(printed: Printed) -> None:
    exports = [{"table": f"table-{number:03}", "bucket": f"bucket-{number:03}"} for number in range(60)]
    found = printed("deploy", NATIVE, DMS, exports=exports)
    assert len(found) > 1
    assert set(found) == {f"shop-dev-deploy-{number}" for number in range(1, len(found) + 1)}
    for document in found.values():
        assert len(json.dumps(document, separators=(",", ":"))) <= MOST_CHARACTERS


def test_schedules_add_state_machines_only_for_windows_of_changes(printed: Printed) -> None:
    for schedule, services in (
        ({"full": "rate(1 day)"}, {"scheduler"}),
        ({"incremental_minutes": 60}, {"scheduler", "states"}),
    ):
        found = actions(printed("deploy", NATIVE, exports=[{"table": "people", "schedule": schedule}]))
        assert {action.partition(":")[0] for action in found} & {"scheduler", "states"} == services


@pytest.mark.parametrize(
    ("loads", "said"),
    [
        ([{"dataset": "people.yaml", "method": "copy"}], "no method for people"),
        ([{"dataset": "lost.yaml"}], "lost.yaml: the file does not exist"),
        ([{}], "Pulumi.dev.yaml: bulk:loads[0].dataset: missing"),
    ],
)
def test_wrong_settings_are_reported_in_one_line(printed: Printed, loads: list[Any], said: str) -> None:
    with pytest.raises(InputError, match=said.replace("[", r"\[")):
        printed("deploy", *loads)


def test_account_that_is_none_is_refused(printed: Printed) -> None:
    printed("deploy", NATIVE)
    with pytest.raises(InputError, match="--account: is 'mine'; give its 12 digits"):
        read_declared("dev", "mine")


def test_stack_without_settings_is_reported(printed: Printed) -> None:
    printed("deploy", NATIVE)
    with pytest.raises(InputError, match=r"Pulumi.prod.yaml: the file does not exist"):
        read_declared("prod", ACCOUNT)


def test_policies_are_written_for_create_policy(
    printed: Printed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documents = printed("preview", NATIVE)
    assert permissions(stack="dev", task="preview", account=ACCOUNT, out=tmp_path / "iam") == 0
    command = capsys.readouterr().out.split()
    assert command[:3] == ["aws", "iam", "create-policy"]
    written = Path(command[-1].removeprefix("file://"))
    assert json.loads(written.read_text()) == documents["shop-dev-preview"]


def test_serverless_replications_are_granted_only_where_the_stack_has_them(printed: Printed) -> None:
    own = {"dms:CreateReplicationConfig", "dms:StartReplication", "iam:CreateServiceLinkedRole"}
    assert own <= actions(printed("deploy", DMS, dms={"serverless": {"max": 4}}))
    assert not own & actions(printed("deploy", DMS))


def test_event_subscriptions_are_granted_only_where_dms_is_monitored(printed: Printed) -> None:
    own = {"dms:CreateEventSubscription", "dms:DeleteEventSubscription"}
    assert own <= actions(printed("deploy", DMS, monitoring=True))
    assert not own & actions(printed("deploy", DMS))
    assert not own & actions(printed("deploy", NATIVE, monitoring=True))


@pytest.mark.parametrize("task", ["deploy", "preview", "operate"])
def test_page_shows_the_policies_as_printed(
    task: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert permissions(stack="local", task=task, account=ACCOUNT) == 0
    page = (ROOT / "docs/permissions.md").read_text()
    assert f"<summary>{task}</summary>\n\n```json\n{capsys.readouterr().out}```\n" in page


def test_keys_of_the_stack_and_its_datasets_are_granted_and_no_others(
    printed: Printed, tmp_path: Path
) -> None:
    own = "arn:aws:kms:eu-west-1:123456789012:key/own"
    (tmp_path / "keyed.yaml").write_text(
        f"name: keyed{DATASET}".replace("{partition", "{kms_key: 1234-abcd, partition")
    )
    keyed = {"dataset": "keyed.yaml", "method": "native"}
    (rule,) = rules_of(printed("deploy", keyed, kms_key=own), "kms:CreateGrant")
    assert rule["Resource"] == ["arn:aws:kms:eu-west-1:123456789012:key/1234-abcd", own]
    assert not [one for one in actions(printed("deploy", NATIVE)) if one.startswith("kms:")]
