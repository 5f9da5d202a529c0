"""What is followed beside loads, by its name in a stack or by its ARN: a kind is an object."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.loads.log import LogLine
from dynamodb_bulk.loads.progress import Progress
from dynamodb_bulk.loads.status import LoadStatus

if TYPE_CHECKING:
    from dynamodb_bulk.loads.stack_loads import StackLoads

Look = Callable[[], LoadStatus]


class Kind(ABC):
    """Where a load has the same name, one of this kind is called `KIND/NAME`."""

    name: ClassVar[str]

    @abstractmethod
    def names(self, stack: "StackLoads") -> tuple[str, ...]:
        """Return the names of those that the stack has."""

    @abstractmethod
    def look(self, name: str, stack: "StackLoads") -> Look:
        """Return what asks AWS how the one of that name is now; it is one of `names`."""

    def log(
        self,
        name: str,  # noqa: ARG002
        stack: "StackLoads",  # noqa: ARG002
        since: datetime | None = None,  # noqa: ARG002
    ) -> Iterator[LogLine]:
        """Yield what AWS logged of the one of that name, as `Loader.log` does."""
        return iter(())

    @abstractmethod
    def arn_status(self, arn: str, aws: Aws) -> LoadStatus | None:
        """Return what AWS says of what the ARN names; None where that is not of this kind.

        Raise InputError where it does not exist. Nothing is called good, since nothing is known beside it.
        """

    def shown(
        self, name: str, state: str, seconds: float, *, at_work: bool, failed: bool, why: str = ""
    ) -> LoadStatus:
        """Return the row of one that AWS says this of, without a verdict unless it has failed."""
        return LoadStatus(
            load=name,
            method=self.name,
            table="",
            rows_in_files=None,
            seconds=seconds,
            good=False if failed else None,
            verdict=f"{state}: {why}" if why else state,
            progress=Progress(state=state, seconds=seconds, log=why) if at_work else None,
        )
