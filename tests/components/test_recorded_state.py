"""What the program asks of its state while the engine may be writing it."""

from dataclasses import dataclass, field

import grpc
import pytest
from pulumi.runtime.mocks import MockCallArgs

from components.recorded_state import recorded_outputs
from tests.recording import Engine, declare

HALF = "failed to load checkpoint: EOF"


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
