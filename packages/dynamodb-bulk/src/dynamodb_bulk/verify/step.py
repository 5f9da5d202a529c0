"""Verification as a step of a deployment: a load whose table does not hold its files is not good."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from rich.text import Text

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.aws.scan import Pace
from dynamodb_bulk.loads.run_record import RunRecord
from dynamodb_bulk.loads.source_check import SourceCheck, unchecked
from dynamodb_bulk.spec.errors import LoadFailed
from dynamodb_bulk.verify.record import VerifyRecord, failed_verifications
from dynamodb_bulk.verify.report import lines
from dynamodb_bulk.verify.run import ExpectedLoad, verify
from dynamodb_bulk.verify.sources import Verified, fixed_rows_of, held_by


class VerifiedLoad(BaseModel):
    """A load into the table that is verified."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    dataset: Path


class VerifyStep(BaseModel):
    """A verification: the table of a load, with all loads into it; `records_bucket` holds the result."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    table: str
    loads: tuple[VerifiedLoad, ...]
    records_bucket: str
    read_units: float | None = None


def run_verification(
    step: VerifyStep, aws: Aws, report: Report, checks: Mapping[str, SourceCheck] | None = None
) -> str:
    """Compare by a scan; raise LoadFailed if the table does not hold what the files say.

    If the table is changing, the load is not at fault: this is reported, and nothing is raised.
    `checks` are of the files, by the names of the loads: LoadFailed if a file changed since the digest.
    """
    failed = failed_verifications(step.records_bucket, step.name, aws)
    begun = VerifyRecord(good=False, verdict="not to the end", failed=failed + 1)
    begun.write(step.records_bucket, step.name, aws)
    loads: list[ExpectedLoad] = []
    checked = [(checks or {}).get(load.name) or unchecked(load.dataset, aws) for load in step.loads]
    for load, check in zip(step.loads, checked, strict=True):
        check.settle(report)
        record = RunRecord.read(step.records_bucket, load.name, aws)
        refused = record.outcome.condition_failed if record and record.outcome else None
        loads.append(ExpectedLoad(name=load.name, dataset=check.dataset, refused=refused))
        loads += fixed_rows_of(load.name, check.dataset, step.records_bucket, aws)
    verified = Verified(name=step.name, table=step.table, loads=tuple(loads))
    pace = Pace(step.read_units)
    held = held_by("scan", verified, aws, pace, report)
    with ExitStack() as unchanged:
        for check in checked:
            unchanged.enter_context(check.unchanged())
        found = verify(
            loads,
            held,
            verified.keys,
            aws,
            report,
            table=step.table,
            pace=pace,
            extra_allowed=verified.existing,
        )
    good = found.good or found.changing
    ended = VerifyRecord(good=good, verdict=found.verdict, failed=failed + (not good))
    ended.write(step.records_bucket, step.name, aws)
    told = "\n".join(Text.from_markup(line, emoji=False).plain for line in lines(found, step.name))
    if not good:
        raise LoadFailed(f"{told}\n  see all of it: bulk verify {step.name} --out FILE")
    return told
