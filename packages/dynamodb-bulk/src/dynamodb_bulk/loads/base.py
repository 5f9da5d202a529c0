"""A method of loading: its abilities as data, and all that is asked of it.

A method is a folder beside this file with one `Loader`, a component that declares its loads, and a line in
each of two registries: `loads/registry.py` and the template's `loads.py`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.conversion.options import Format
from dynamodb_bulk.estimate.basis import Basis
from dynamodb_bulk.loads.last_run import LastRun, table_metrics
from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.loads.log import LogLine
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.status import LoadStatus
from dynamodb_bulk.permissions.grants import Permissions
from dynamodb_bulk.requests.limits import SourceLimits

if TYPE_CHECKING:
    from dynamodb_bulk.dataset import Dataset
    from dynamodb_bulk.estimate.prices import Prices
    from dynamodb_bulk.estimate.size import DatasetSize
    from dynamodb_bulk.loads.changes import ChangeFiles
    from dynamodb_bulk.loads.source_check import SourceCheck

LoadT = TypeVar("LoadT", bound=DescribedLoad)


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """What a method can carry, and the settings of a load that it takes beside those that every load has.

    `existing_table`: it puts items into a table that exists; else it makes the table. `glue_writes`: the Glue
    job puts them, where `engine` says so. `checks` find what no method minds that does not name them, too.
    """

    options: frozenset[str] = frozenset()
    checks: frozenset[str] = frozenset()
    existing_table: bool = False
    condition: bool = False
    ongoing_changes: bool = False
    global_table: bool = False
    glue_writes: bool = False


@dataclass(frozen=True, kw_only=True)
class MethodEstimate:
    """`shortest` and `longest` in seconds, `usd` likewise from the least to the most; None: not known.

    `how` the load works next to others of the method: ` as 8 tables at once`, where it is worth saying.
    """

    method: str
    shortest: float | None
    longest: float | None
    usd: tuple[float, float] | None
    basis: str
    how: str = ""

    @property
    def cost(self) -> str:
        """The cost in words, in USD."""
        if self.usd is None:
            return Basis.UNKNOWN
        low, high = (f"{one:,.2f}" if one >= 0.01 or not one else "under 0.01" for one in self.usd)
        return low if low == high else f"{low} to {high}"

    def as_json(self) -> dict[str, Any]:
        """Return the estimate as plain values."""
        usd = [round(one, 4) for one in self.usd] if self.usd else None
        return {
            "method": self.method,
            "seconds": [self.shortest, self.longest],
            "usd": usd,
            "basis": self.basis,
        }


@dataclass(frozen=True, kw_only=True)
class LoadFacts:
    """What a load demands of its method, and what each would take, by its name, as far as that is known.

    The first four have the names of the abilities that they ask for; `options` are the settings that the load
    has and not every method takes.
    """

    existing_table: bool = False
    condition: bool = False
    ongoing_changes: bool = False
    global_table: bool = False
    dms_documents: bool = False
    dms_obstacle: str | None = None
    options: frozenset[str] = frozenset()
    estimates: Mapping[str, MethodEstimate] = field(default_factory=dict[str, MethodEstimate])


class Loader(ABC, Generic[LoadT]):
    """A method of loading; `engine` is what AWS calls what does the work.

    `permissions`: of its component and of its own calls, apart from those for the files and the table.
    """

    name: ClassVar[str]
    engine: ClassVar[str]
    abilities: ClassVar[Abilities]
    permissions: ClassVar[Permissions] = Permissions()
    load_type: type[LoadT]

    def preferred(self, facts: LoadFacts) -> str | None:  # noqa: ARG002
        """Return why `auto` takes this method before all others; None where it does not."""
        return None

    @abstractmethod
    def reason(self, facts: LoadFacts) -> str:
        """Return why `auto` takes this method where none before it in the registry can carry the load."""

    def obstacle(self, facts: LoadFacts) -> str | None:  # noqa: ARG002
        """Return why it cannot carry the load, apart from what its abilities say."""
        return None

    def offered(self, aws: Aws) -> bool:  # noqa: ARG002
        """Return whether AWS offers it in the Region."""
        return True

    def limits(self, region: str | None) -> SourceLimits | None:  # noqa: ARG002
        """Return what AWS accepts of the files in a Region; None where it documents no limit."""
        return None

    def converts(self, dataset: "Dataset", aws: Aws | None = None) -> bool:  # noqa: ARG002
        """Return whether AWS reads files that are converted from those of the dataset.

        What is in files in S3 counts where `aws` is given.
        """
        return False

    def too_large(self, dataset: "Dataset", sizes: Iterable[int], region: str | None) -> str | None:
        """Return why AWS does not accept files of these sizes, in bytes as stored; None where it does."""
        limits = self.limits(region)
        return limits.exceeded(sizes) if limits and not self.converts(dataset) else None

    def check_dataset(self, dataset: "Dataset") -> None:
        """Raise InputError where it cannot carry the dataset, apart from what its abilities say."""

    def check_files(self, dataset: "Dataset", aws: Aws) -> None:
        """Raise InputError where it does not read files of a location by their names."""

    def warnings(self, dataset: "Dataset") -> tuple[str, ...]:  # noqa: ARG002
        """Return what a user should know before the dataset is loaded."""
        return ()

    def check_account(self, aws: Aws, owner: str) -> tuple[str, ...]:  # noqa: ARG002
        """Return warnings; raise InputError for what the account has and the method cannot use.

        Asked before a stack declares anything; `owner` is how the stack tags what it adds to the account.
        """
        return ()

    @abstractmethod
    def estimate(
        self, dataset: "Dataset", size: "DatasetSize", prices: "Prices", convert_to: Format = "dynamodb_json"
    ) -> MethodEstimate:
        """Estimate time and cost, whether the method fits or not; `convert_to`: of files that it converts."""

    @abstractmethod
    def start(
        self,
        load: LoadT,
        digest: str,
        aws: Aws,
        report: Report,
        *,
        wait: bool = True,
        check: "SourceCheck | None" = None,
    ) -> str:
        """Bring a run for this digest to its end, resuming one that is under way, and judge it.

        Safe to repeat at any point. Returns how it went; raises LoadFailed unless every row is accounted for.
        Without `wait` it returns when the run has begun.
        """

    @abstractmethod
    def resume(self, load: LoadT, aws: Aws, report: Report) -> str:
        """Follow the last run to its end and judge it by what its files held when it began.

        Raises LoadFailed as `start` does, and when there was no run.
        """

    def check_repeat(self, load: LoadT, last: RunRecord) -> None:
        """Raise InputError where data that the last run loaded cannot be loaded again."""

    def loaded_with(self, load: LoadT) -> tuple[str, ...]:  # noqa: ARG002
        """Return the names of the loads that are loaded again whenever this one is."""
        return ()

    @abstractmethod
    def status(self, load: LoadT, aws: Aws) -> LoadStatus:
        """Return how the load stands now."""

    def arn_status(self, arn: str, aws: Aws) -> LoadStatus | None:  # noqa: ARG002
        """Return what AWS says of what the ARN names; None where that is not of this method.

        Raise InputError where it does not exist. Without the record of a run nothing is called good.
        """
        return None

    @abstractmethod
    def stop(self, load: LoadT, aws: Aws, report: Report) -> str:
        """End the load before its time and return what became of it; raises LoadFailed where AWS cannot."""

    def end(self, aws: Aws, *, bucket: str, load: str) -> None:
        """Return when AWS runs nothing for the load any more; `bucket` holds its record."""

    def change_files(self, load: LoadT, aws: Aws) -> "ChangeFiles | None":  # noqa: ARG002
        """Return the files of changes that are applied to its items; None where there are none to come."""
        return None

    def log(self, load: LoadT, aws: Aws, since: datetime | None = None) -> Iterator[LogLine]:  # noqa: ARG002
        """Yield what AWS logged of the load, oldest first, from a time on; nothing where AWS logs nothing."""
        return iter(())

    def rejected_items(self, load: LoadT, aws: Aws) -> Iterator[tuple[Mapping[str, Any], str]]:  # noqa: ARG002
        """Yield the items (DynamoDB JSON) that AWS names as rejected, each with AWS's reason."""
        return iter(())

    def rejected_unnamed(self, load: LoadT, aws: Aws) -> Mapping[str, int]:  # noqa: ARG002
        """Return AWS's reasons for rejecting items that it does not name, and of how many."""
        return {}

    def last_run(self, load: LoadT, aws: Aws) -> LastRun:  # noqa: ARG002
        """Return what AWS knows of the last run; what it does not know is left out."""
        return LastRun(metrics=table_metrics(load.table))

    def delete_logs(self, record: RunRecord, aws: Aws) -> None:
        """Delete what AWS logged of the runs in the record by this method, if there were any."""

    def delete_table(self, record: RunRecord, aws: Aws) -> None:
        """Delete a table that the last run made and no resource of the stack stands for."""
