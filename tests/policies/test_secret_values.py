"""What is taken for a secret by its name or its looks, and what only sounds like one."""

from typing import Any

import pytest

import policies.tokens as tokens
from tests.policies.factories import BY_NAME, hear, node


def judge(rule: str, kind: str, name: str, value: Any) -> list[str]:
    return [message for _, message in hear(BY_NAME[rule], [node(kind, changes={name: value})]).refused]


@pytest.mark.parametrize(
    "name", ["password", "db_password", "dbPassword", "db-secret", "api-key", "apiKey", "accessToken"]
)
def test_output_is_refused_and_hidden_when_its_name_indicates_a_secret(name: str) -> None:
    (said,) = judge("data-no-secret-output", tokens.STACK, name, "correct horse")
    assert said.startswith(f'{name} is "(hidden)"')
    assert "correct horse" not in said


@pytest.mark.parametrize(
    "name", ["secretArn", "password_length", "tokens", "encrypted", "bucket", "apiKeyId"]
)
def test_output_when_its_name_only_sounds_like_a_secret_holds(name: str) -> None:
    assert (
        judge("data-no-secret-output", tokens.STACK, name, "arn:aws:secretsmanager:eu-west-1:1:secret:s")
        == []
    )


@pytest.mark.parametrize(
    "text",
    [
        "postgres://loader:correct-horse@db/app",
        "-----BEGIN RSA PRIVATE KEY-----",
        '{"password": "correct-horse"}',
    ],
)
def test_input_when_it_looks_like_a_secret_is_refused_and_not_shown(text: str) -> None:
    (said,) = judge("data-no-secret", tokens.TASK, "tableMappings", text)
    assert 'tableMappings is "(hidden)": it looks like' in said


@pytest.mark.parametrize(
    "text",
    [
        '{"rules": [{"object-locator": {"column-name": "password"}, "value": "${password}"}]}',
        '{"ColumnName": "token", "ColumnType": "STRING"}',
        "https://example.com:443/a@b",
    ],
)
def test_input_when_it_names_a_column_alone_holds(text: str) -> None:
    assert judge("data-no-secret", tokens.TASK, "tableMappings", text) == []
