"""Which method fits."""

import pytest

from dynamodb_bulk.estimate.choice import DMS_LIMIT_SECONDS, LoadFacts, Method, choose_method


@pytest.mark.parametrize(
    ("facts", "method"),
    [
        (LoadFacts(table_exists=False), "native"),
        (LoadFacts(table_exists=True), "bulk_put"),
        (LoadFacts(table_exists=False, has_condition=True), "bulk_put"),
        (LoadFacts(table_exists=True, bulk_put_offered=False), "dms"),
        (LoadFacts(table_exists=True, global_table=True), "dms"),
        (LoadFacts(table_exists=False, ongoing_changes=True), "dms"),
        (LoadFacts(table_exists=False, has_dms_documents=True, dms_seconds=60), "dms"),
        (LoadFacts(table_exists=False, has_dms_documents=True, dms_seconds=DMS_LIMIT_SECONDS + 1), "native"),
        (LoadFacts(table_exists=False, has_dms_documents=True, dms_obstacle="it reads CSV"), "native"),
        (LoadFacts(table_exists=True, global_table=True, dms_obstacle="it reads CSV"), None),
    ],
)
def test_method_follows_from_the_facts(facts: LoadFacts, method: Method | None) -> None:
    choice = choose_method(facts)
    assert choice.method == method
    assert choice.why


def test_choice_reports_the_obstacle_when_no_method_fits() -> None:
    choice = choose_method(LoadFacts(table_exists=True, global_table=True, dms_obstacle="it reads CSV"))
    assert choice.why.endswith("but it reads CSV")


def test_choice_when_dms_would_take_days_is_none_with_the_hours() -> None:
    choice = choose_method(LoadFacts(table_exists=True, global_table=True, dms_seconds=100 * 3600))
    assert choice.method is None
    assert choice.why.endswith("but DMS may take 100 hours, and the limit is 12")
