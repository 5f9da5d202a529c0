"""What the role of a load by DMS may do."""

import json
from typing import Any

import pytest

from components.access_role import AccessRole, AccessRoleArgs
from dynamodb_bulk.aws.keys import TABLE_KEY_ACTIONS
from tests.components.factories import stack
from tests.recording import ROLE_POLICY, declare

FILES_KEY = "arn:aws:kms:eu-west-1:999999999999:key/files"
TABLE_KEY = "arn:aws:kms:eu-west-1:123456789012:key/table"


def statements(**given: Any) -> dict[str, dict[str, Any]]:
    args = AccessRoleArgs(stack=stack(), bucket="files", prefixes=("in/",), table="orders", **given)
    engine = declare(lambda: AccessRole("orders", args))
    return {each["Sid"]: each for each in json.loads(engine.one(ROLE_POLICY).inputs["policy"])["Statement"]}


def test_role_has_no_permission_of_kms_or_for_versions_when_nothing_asks_for_it() -> None:
    text = json.dumps(statements())
    assert "kms" not in text
    assert "GetObjectVersion" not in text


def test_role_reads_versions_when_the_bucket_has_them() -> None:
    assert statements(versioned=True)["ReadFiles"]["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]


@pytest.mark.parametrize(
    ("given", "sid", "actions", "service"),
    [
        ({"files_key": FILES_KEY}, "DecryptFiles", ["kms:Decrypt"], "s3"),
        ({"table_key": TABLE_KEY}, "EncryptItems", list(TABLE_KEY_ACTIONS), "dynamodb"),
    ],
)
def test_role_uses_a_key_through_the_service_alone_whose_data_it_encrypts(
    given: dict[str, str], sid: str, actions: list[str], service: str
) -> None:
    found = statements(**given)
    assert found[sid] == {
        "Sid": sid,
        "Effect": "Allow",
        "Action": actions,
        "Resource": next(iter(given.values())),
        "Condition": {"StringEquals": {"kms:ViaService": f"{service}.eu-west-1.amazonaws.com"}},
    }
    assert {"DecryptFiles", "EncryptItems"} & found.keys() == {sid}
