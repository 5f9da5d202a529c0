"""The step that compares a load's table with its files, once every load into the table is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.bucket import FilesBucket
from components.stack import Stack
from components.step import Step, StepArgs
from components.table import LoadTable
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.loads.source_check import SourceCheck
from dynamodb_bulk.loads.source_digest import Contents
from dynamodb_bulk.verify.record import failed_verifications
from dynamodb_bulk.verify.step import VerifyStep, run_verification


@dataclass(frozen=True, kw_only=True)
class VerificationArgs:
    """The table, and of each load into it what its files held, the digest of its data, how many of
    its runs failed.

    `after` fills it.
    """

    stack: Stack
    bucket: FilesBucket
    table: LoadTable
    contents: Mapping[str, Contents]
    digests: Sequence[str]
    failed_runs: Sequence[pulumi.Output[int]]
    after: Sequence[pulumi.Resource]
    read_units: float | None = None


class Verification(pulumi.ComponentResource):
    """Verifies again when the data or the table is another."""

    def __init__(self, name: str, args: VerificationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:Verification", name, None, opts)
        client = args.stack.client

        def work(arguments: Mapping[str, Any], _digest: str, report: Report) -> str:
            checks = {load: SourceCheck(contents, client) for load, contents in args.contents.items()}
            return run_verification(VerifyStep.model_validate(arguments), client, report, checks)

        Step(
            f"{name}-verify",
            StepArgs(
                work=work,
                subject=f"verification of {name}",
                arguments={
                    "name": name,
                    "table": args.table.name,
                    "loads": [
                        {"name": load, "dataset": str(contents.dataset.path)}
                        for load, contents in args.contents.items()
                    ],
                    "records_bucket": args.bucket.name,
                    "read_units": args.read_units,
                },
                depends={
                    "data": list(args.digests),
                    "spoiled": pulumi.Output.all(*args.failed_runs),
                    "table": args.table.identity(client),
                },
                failed_runs=lambda _: failed_verifications(args.bucket.plain_name, name, client),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.register_outputs({})
