"""Tags and retention are put right, and nothing else is touched."""

from collections.abc import Mapping
from typing import Any

import pytest

import policies.tokens as tokens
from policies.resources import Resource
from policies.rule import Settings
from tests.policies.factories import BY_NAME, TAGS, UNKNOWN, hear, node


class Given:
    """What the SDK hands to a policy, as far as a remediation looks."""

    def __init__(self, kind: str, props: Mapping[str, Any]) -> None:
        self.resource_type, self.props, self.name, self.opts = kind, props, "it", None
        self.urn = f"urn:pulumi:test::shop::{kind}::it"


def mend(rule: str, kind: str, changes: Mapping[str, Any], **settings: Any) -> Mapping[str, Any] | None:
    found = BY_NAME[rule]
    assert found.mend
    configured: Settings = found.configured(settings)
    given: Any = Given(kind, node(kind, changes=changes).props)
    return found.mend(Resource(given), configured)


def test_tags_when_there_are_none_are_project_and_stack() -> None:
    assert mend("tagging-owner", tokens.TABLE, {"tags": None}) == {
        "tags.project": "shop",
        "tags.stack": "test",
    }


def test_tags_when_there_are_others_keep_them() -> None:
    has = {"team": "data", "stack": "mine"}
    assert mend("tagging-owner", tokens.TABLE, {"tags": has}) == {"tags.project": "shop"}


@pytest.mark.parametrize("tags", [TAGS, {"bulk:owner": "other/prod"}])
def test_tags_when_complete_or_the_accounts_are_left_alone(tags: Mapping[str, str]) -> None:
    assert not mend("tagging-owner", tokens.ROLE, {"tags": tags})


def test_tags_when_one_cannot_be_guessed_stay_refused() -> None:
    wanted = ["project", "team"]
    assert not mend("tagging-owner", tokens.TABLE, {}, required=wanted)
    heard = hear(BY_NAME["tagging-owner"], [node(tokens.TABLE)], {"required": wanted})
    assert "team missing" in heard.refused[0][1]


@pytest.mark.parametrize(
    ("has", "days", "gets"), [(None, 90, 90), (0, 100, 90), (3653, 30, 30), (None, 10_000, 3653)]
)
def test_retention_when_missing_or_too_long_is_the_longest_allowed(has: Any, days: int, gets: int) -> None:
    changes = {"retentionInDays": has}
    assert mend("teardown-log-retention", tokens.LOG_GROUP, changes, days=days) == {"retentionInDays": gets}


@pytest.mark.parametrize("has", [14, UNKNOWN])
def test_retention_when_fine_or_unknown_is_left_alone(has: Any) -> None:
    changes = {"retentionInDays": has}
    assert mend("teardown-log-retention", tokens.LOG_GROUP, changes) is None
