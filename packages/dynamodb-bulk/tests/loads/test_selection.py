"""Which method fits."""

import pytest

from dynamodb_bulk.loads.base import LoadFacts
from dynamodb_bulk.loads.bulk_put.loader import BULK_PUT
from dynamodb_bulk.loads.selection import choose_method


@pytest.mark.parametrize(
    ("facts", "method"),
    [
        (LoadFacts(), "native"),
        (LoadFacts(existing_table=True), "bulk_put"),
        (LoadFacts(condition=True), "bulk_put"),
        (LoadFacts(existing_table=True, global_table=True), "dms"),
        (LoadFacts(ongoing_changes=True), "dms"),
        (LoadFacts(dms_documents=True), "dms"),
        (LoadFacts(dms_documents=True, dms_obstacle="it reads CSV"), "native"),
        (LoadFacts(existing_table=True, global_table=True, dms_obstacle="it reads CSV"), None),
    ],
)
def test_method_follows_from_the_facts(facts: LoadFacts, method: str | None) -> None:
    choice = choose_method(facts)
    assert choice.method == method
    assert choice.why


def test_choice_is_dms_when_bulk_put_is_not_offered() -> None:
    choice = choose_method(LoadFacts(existing_table=True), lambda loader: loader is not BULK_PUT)
    assert choice.method == "dms"
    assert "bulk put is not available here" in choice.why


def test_choice_reports_the_obstacle_when_no_method_fits() -> None:
    choice = choose_method(LoadFacts(existing_table=True, global_table=True, dms_obstacle="it reads CSV"))
    assert choice.why.endswith("but it reads CSV")
