"""The stack: names that every AWS service in use takes, and its state while the engine may be writing it."""

import re
from dataclasses import dataclass, field

import grpc
import pytest
from pulumi.runtime.mocks import MockCallArgs

from components.recorded_state import recorded_outputs
from tests.components.factories import stack
from tests.recording import Engine, declare

HALF = "failed to load checkpoint: EOF"
DMS_IDENTIFIER = re.compile(r"[a-z](?:-?[a-z0-9]+)*")


def test_name_is_project_stack_and_what_it_names() -> None:
    assert stack().name("orders", "source") == "shop-test-orders-source"


@pytest.mark.parametrize("odd", ["Customer_Events", "a--b", "trailing-", "ä.b c", "9lives"])
def test_name_when_parts_are_odd_is_still_a_dms_identifier(odd: str) -> None:
    assert DMS_IDENTIFIER.fullmatch(stack(project=odd).name(odd))


def test_name_when_too_long_is_cut_and_stays_unique() -> None:
    names = {stack().name("x" * 80 + end) for end in "ab"}
    assert len(names) == 2
    assert all(len(name) == 63 for name in names)


def test_tags_name_project_and_stack_in_addition_to_the_users() -> None:
    assert stack().tagged(dataset="orders") == {
        "team": "data",
        "project": "shop",
        "stack": "test",
        "dataset": "orders",
    }


class Refused(grpc.RpcError):
    """What the engine answers."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return str(self.args[0])


@dataclass
class Writing(Engine):
    """Refuses look-ups of the state with these words first."""

    refusals: list[str] = field(default_factory=list[str])

    def call(self, args: MockCallArgs) -> tuple[dict[str, object], list[tuple[str, str]] | None]:
        if args.token.endswith("readStackResourceOutputs") and self.refusals:
            raise Refused(self.refusals.pop(0))
        return super().call(args)


def test_state_is_read_again_when_the_engine_is_writing_it() -> None:
    found: list[object] = []
    declare(lambda: found.append(recorded_outputs()), Writing(refusals=[HALF, HALF]))
    assert found == [{}]


def test_refusal_to_read_the_state_is_raised_at_once_when_it_is_another() -> None:
    engine = Writing(refusals=["no access", "no access"])
    with pytest.raises(Exception, match="no access"):
        declare(recorded_outputs, engine)
    assert engine.refusals == ["no access"]
