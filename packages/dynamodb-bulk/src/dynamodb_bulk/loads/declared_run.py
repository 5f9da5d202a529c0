"""The run that a stack declares for a load: what its step does, for commands that do the same.

The stack's state has it beside the load. Every function is safe to repeat, and for two people at once: who
comes second follows the run of the first.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report, persist
from dynamodb_bulk.aws.records import Superseded
from dynamodb_bulk.dataset import Dataset, open_dataset
from dynamodb_bulk.loads.data_check import refusal
from dynamodb_bulk.loads.end_event import announced_end
from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.loads.raised_capacity import with_raised_capacity
from dynamodb_bulk.loads.registry import loader_of
from dynamodb_bulk.loads.row_counts import refuse_nothing
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.source_check import Place, SourceCheck, Together
from dynamodb_bulk.loads.source_digest import Contents, data_digest, source_contents
from dynamodb_bulk.loads.staging import Conversion, stage_converted
from dynamodb_bulk.spec.errors import InputError, LoadFailed
from dynamodb_bulk.spec.loader import display_path

_UP = "run `pulumi up`"


class DeclaredRun(BaseModel):
    """The digest of all that the run depends on, and that of its `data`.

    `place` is as `SourceCheck` has it. `refuse`: what is wrong with the data was not looked for when the run
    was declared. `settings` are those of the load that may change without a new run. `conversion` is of the
    files, by a step before it. `beside`: the loads that begin with it, and their runs; no state has them.
    """

    model_config = ConfigDict(frozen=True)

    digest: str
    data: str
    place: Place | None = None
    refuse: bool = False
    settings: Mapping[str, Any] = {}
    conversion: Conversion | None = None
    beside: tuple[tuple[DescribedLoad, "DeclaredRun"], ...] = ()

    def check(self, load: DescribedLoad, aws: Aws, tolerate: int | None = None) -> SourceCheck:
        """Return the check of the files, and with it those of the loads that begin with it.

        Raise InputError where files do not hold what their run is of.
        """
        together = Together() if self.beside else None
        check = self._check_of(load, aws, together, tolerate)
        if together:
            together.checks[load.name] = check
            for other, run in self.beside:
                together.checks[other.name] = run._check_of(other, aws, together)
        return check

    def _check_of(
        self, load: DescribedLoad, aws: Aws, together: Together | None, tolerate: int | None = None
    ) -> SourceCheck:
        dataset = open_dataset(load.dataset)
        contents = _contents(dataset, aws)
        if data_digest(contents) != self.data:
            what = "the dataset or its files changed since the last `pulumi up`"
            raise InputError(f"load {load.name}: {display_path(load.dataset)}", what, _UP)
        refuse, converted = refuse_nothing, self.conversion is not None
        if self.refuse:
            tolerated = getattr(self._settled(load, _tolerating(tolerate)), "tolerate", 0)
            refuse = refusal(dataset, load.method, tolerated, converted=converted)
        return SourceCheck(contents, aws, self.place, refuse, together)

    def start(
        self,
        load: DescribedLoad,
        aws: Aws,
        report: Report,
        *,
        warn: Report,
        wait: bool = True,
        check: SourceCheck | None = None,
    ) -> str:
        """Bring the run to its end, judge it and announce that, as `pulumi up` does; see `Loader.start`.

        `check`: of its files, where they were opened with those of a load that it begins with. Raise
        InputError where the files are not those of the run.
        """
        check = check or self.check(load, aws)
        with announced_end(load.name, load.announced_as, load.records_bucket, aws, warn):
            return self.bring(load, check, aws, report, wait=wait)

    def bring(
        self,
        load: DescribedLoad,
        check: SourceCheck,
        aws: Aws,
        report: Report,
        *,
        wait: bool = True,
        tolerate: int | None = None,
    ) -> str:
        """Bring the run to its end and judge it, and tell nobody. `tolerate`: in place of the load's own."""
        if load.write_units and not wait:
            what = "its write capacity is put back at its end, for which someone has to wait"
            raise InputError(f"load {load.name}", what, "leave out --no-wait")
        loader = loader_of(load)
        more = _tolerating(tolerate)
        given = self._settled(load, more)
        conversion = self.conversion and self.conversion.model_copy(update=more)

        def work() -> str:
            if conversion and not self._converted(load, aws):
                stage_converted(conversion, SourceCheck(check.contents, aws), aws, report)
            start = partial(loader.start, given, self.digest, aws, report, wait=wait, check=check)
            return check.told(with_raised_capacity(given, start, aws, report))

        return persist(work, what=f"load {load.name}", report=report)

    def resume(self, load: DescribedLoad, aws: Aws, report: Report, *, warn: Report) -> str:
        """Continue the last run; raise LoadFailed where there was none."""
        if RunRecord.read(load.records_bucket, load.name, aws) is None:
            raise LoadFailed(f"load {load.name}: not started; run `bulk start {load.name}`")
        return self.start(load, aws, report, warn=warn)

    def repeat(
        self, load: DescribedLoad, aws: Aws, report: Report, *, warn: Report, wait: bool = True
    ) -> str:
        """Load the same data again, also where it was loaded well; a run under way is followed instead."""
        self.forget(load, aws, report)
        return self.start(load, aws, report, warn=warn, wait=wait)

    def forget(self, load: DescribedLoad, aws: Aws, report: Report) -> None:
        """Have the next start load the data again; raise InputError where that cannot be."""
        last = RunRecord.read(load.records_bucket, load.name, aws)
        if last and last.outcome and last.digest == self.digest:
            loader_of(load).check_repeat(self._settled(load, {}), last)
            forgotten = last.model_copy(update={"digest": "", "unfixed": None})
            try:
                forgotten.write_after(last, load.records_bucket, load.name, aws)
            except Superseded:
                report("someone else is loading it again")

    def _settled(self, load: DescribedLoad, more: Mapping[str, Any]) -> Any:
        """Return the load with its settings, and with more of its members."""
        described = load.model_dump(mode="json") | dict(self.settings) | dict(more)
        return loader_of(load).load_type.model_validate(described)

    def _converted(self, load: DescribedLoad, aws: Aws) -> bool:
        """Return whether a run began, before which the files were converted."""
        record = RunRecord.read(load.records_bucket, load.name, aws)
        return record is not None and record.digest == self.digest and bool(record.operation)


def _contents(dataset: Dataset, aws: Aws) -> Contents:
    return source_contents(dataset, aws) if dataset.loads_files else Contents(dataset=dataset)


def _tolerating(rows: int | None) -> dict[str, int]:
    return {} if rows is None else {"tolerate": rows}
