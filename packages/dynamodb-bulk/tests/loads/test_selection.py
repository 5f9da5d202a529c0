"""Which method fits."""

import pytest

from dynamodb_bulk.loads.base import LoadFacts, MethodEstimate
from dynamodb_bulk.loads.bulk_put.loader import BULK_PUT
from dynamodb_bulk.loads.selection import choose_method


def small(seconds: float, usd: float | None) -> dict[str, MethodEstimate]:
    """What writes take."""
    cost = None if usd is None else (usd, usd)
    return {"writes": MethodEstimate(method="writes", shortest=seconds, longest=seconds, usd=cost, basis="")}


@pytest.mark.parametrize(
    ("facts", "method"),
    [
        (LoadFacts(), "native"),
        (LoadFacts(existing_table=True), "bulk_put"),
        (LoadFacts(condition=True), "bulk_put"),
        (LoadFacts(existing_table=True, global_table=True), "writes"),
        (LoadFacts(condition=True, global_table=True), "writes"),
        (LoadFacts(global_table=True), "native"),
        (LoadFacts(ongoing_changes=True), "dms"),
        (LoadFacts(dms_documents=True), "dms"),
        (LoadFacts(dms_documents=True, dms_obstacle="it reads CSV"), "native"),
        (LoadFacts(ongoing_changes=True, dms_obstacle="it reads CSV"), None),
        (LoadFacts(estimates=small(119, 0.10)), "writes"),
        (LoadFacts(existing_table=True, condition=True, estimates=small(119, 0.10)), "writes"),
        (LoadFacts(estimates=small(121, 0.10)), "native"),
        (LoadFacts(estimates=small(119, 0.11)), "native"),
        (LoadFacts(estimates=small(1, None)), "native"),
        (LoadFacts(dms_documents=True, estimates=small(1, 0.01)), "dms"),
        (LoadFacts(options=frozenset({"reload"}), estimates=small(1, 0.01)), "native"),
        (LoadFacts(options=frozenset({"tolerate"}), estimates=small(1, 0.01)), "writes"),
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
    choice = choose_method(LoadFacts(ongoing_changes=True, dms_obstacle="it reads CSV"))
    assert choice.why.endswith("but it reads CSV")


def test_choice_of_writes_says_its_time_and_its_cost() -> None:
    choice = choose_method(LoadFacts(estimates=small(12, 0.03)))
    assert choice.why == "its writes take about 12 s and cost 0.03 USD"


def test_choice_is_writes_when_nothing_else_takes_the_table() -> None:
    facts = LoadFacts(existing_table=True, dms_obstacle="it reads CSV")
    choice = choose_method(facts, lambda loader: loader is not BULK_PUT)
    assert choice.method == "writes"
