"""What all components that load a dataset have in common, and what goes when a load goes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import pulumi
from pydantic_core import to_jsonable_python

from components.bucket import FilesBucket
from components.glue_job import GlueJob
from components.monitoring import NO_NOTICES, Notices
from components.removal import OnDestroy, OnDestroyArgs
from components.stack import Stack
from components.staged_files import LoadFiles, LoadFilesArgs
from components.step import Step, StepArgs
from components.table import LoadTable
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.conversion.options import Format
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.loads.base import Loader
from dynamodb_bulk.loads.load import COUNT_UP_TO
from dynamodb_bulk.loads.raised_capacity import with_raised_capacity
from dynamodb_bulk.loads.row_counts import Refuse, refuse_nothing
from dynamodb_bulk.loads.run_record import reports_prefix
from dynamodb_bulk.loads.source_check import SourceCheck
from dynamodb_bulk.loads.source_digest import Contents, data_digest, source_contents


@dataclass(frozen=True, kw_only=True)
class LoadArgs:
    """The dataset, the bucket its files go to, and what comes before the load.

    `wait=False` starts it and continues. `tolerate`: so many items may be bad. The rows of files in S3 with
    more bytes than `count_up_to` are not counted. `refuse`: as `SourceCheck` has it. `glue_job`: counts and
    converts. `notices`: who is told of the load's end. `write_units`: what the write capacity of the table is
    raised to until then.
    """

    stack: Stack
    dataset: Dataset
    bucket: FilesBucket
    after: Sequence[pulumi.Resource] = ()
    wait: bool = True
    tolerate: int = 0
    count_up_to: int = COUNT_UP_TO
    limit_minutes: int = 720
    refuse: Refuse = refuse_nothing
    glue_job: GlueJob | None = None
    notices: Notices = NO_NOTICES
    write_units: int | None = None


class LoadComponent(pulumi.ComponentResource):
    """Base of the components that load a dataset, one per method."""

    table: LoadTable
    contents: Contents
    digest: str  # of the data
    failed_runs: pulumi.Output[int]  # as `StepArgs` has it
    ready: list[pulumi.Resource]  # what another load into the table depends on
    described: Mapping[str, pulumi.Input[Any]]  # as `load_of` reads it

    def _run(
        self,
        verb: str,
        loader: Loader[Any],
        args: LoadArgs,
        described: Mapping[str, pulumi.Input[Any]],
        *,
        check: SourceCheck,
        depends: Mapping[str, pulumi.Input[Any]],
        after: Sequence[pulumi.Resource],
        failed_runs: Callable[[str], int] = lambda _: 0,
        options: pulumi.ResourceOptions | None = None,
        settings: Mapping[str, Any] | None = None,
        noted: Mapping[str, Any] | None = None,
        conversion: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Declare the step that loads by a method, and return the outputs that describe the load and its run.

        Its load has the `settings`, too, which may change without a new run. `conversion`: of its files, by a
        step before it.
        """
        name, client = self.pulumi_resource_name, args.stack.client
        load = {
            "name": name,
            "method": loader.name,
            "dataset": str(args.dataset.path),
            "records_bucket": args.bucket.name,
            "limit_minutes": args.limit_minutes,
            # The default is not said: the state of earlier versions has none.
            **({} if args.count_up_to == COUNT_UP_TO else {"count_up_to": args.count_up_to}),
            **({"glue_job": args.glue_job.name} if args.glue_job else {}),
            **({"announced_as": args.notices.owner} if args.notices.owner else {}),
            **({"write_units": args.write_units} if args.write_units else {}),
            **described,
        }
        self.described = load

        def work(arguments: Mapping[str, Any], digest: str, report: Report) -> str:
            given = loader.load_type.model_validate({**arguments, **(settings or {})})
            start = partial(loader.start, given, digest, client, report, wait=args.wait, check=check)
            return check.told(with_raised_capacity(given, start, client, report))

        step = Step(
            f"{name}-{verb}",
            StepArgs(
                work=work,
                subject=f"load {name}",
                arguments=load,
                depends=depends,
                failed_runs=failed_runs,
                noted=noted or {},
                within=args.notices.of_end(name, args.bucket.plain_name, client),
            ),
            opts=pulumi.ResourceOptions.merge(
                pulumi.ResourceOptions(
                    parent=self,
                    depends_on=[
                        *after,
                        *self._capacity(args, after),
                        *args.notices.ready,
                        *(args.glue_job.ready if args.glue_job else ()),
                    ],
                ),
                options,
            ),
        )
        self.failed_runs = step.failed_runs
        self.ready = [step]
        run = {
            "digest": step.declared_for,
            "data": check.data,
            "place": asdict(check.place) if check.place else None,
            "refuse": args.refuse is not refuse_nothing,
            "settings": to_jsonable_python(dict(settings or {})),
            "conversion": conversion,
        }
        return {"load": load, "run": run, "aws": client.recorded}

    def _stage(
        self,
        args: LoadArgs,
        *,
        converted: bool,
        conditions: bool = False,
        convert_to: Format = "dynamodb_json",
    ) -> LoadFiles:
        """Declare the files where DynamoDB reads them."""
        self.contents = source_contents(args.dataset, args.stack.client)
        self.digest = data_digest(self.contents)
        return LoadFiles(
            self.pulumi_resource_name,
            LoadFilesArgs(
                stack=args.stack,
                contents=self.contents,
                bucket=args.bucket,
                digest=self.digest,
                converted=converted,
                convert_to=convert_to,
                conditions=conditions,
                tolerate=args.tolerate,
                refuse=args.refuse,
                glue_job=args.glue_job,
                notices=args.notices,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _capacity(self, args: LoadArgs, before: Sequence[pulumi.Resource]) -> list[OnDestroy]:
        """Goes when the capacity that was raised is put back, by whatever the load was ended."""
        name = self.pulumi_resource_name
        if args.write_units is None:
            return []
        removal = OnDestroyArgs(
            stack=args.stack, kind="capacity", arguments={"bucket": args.bucket.name, "load": name}
        )
        options = pulumi.ResourceOptions(parent=self, depends_on=[*before, *args.bucket.ready])
        return [OnDestroy(f"{name}-capacity", removal, opts=options)]

    def _end_of_operation(
        self, loader: Loader[Any], args: LoadArgs, before: Sequence[pulumi.Resource]
    ) -> OnDestroy:
        """Goes when an import or a bulk put that is under way has ended: before its files and its record."""
        name = self.pulumi_resource_name
        return OnDestroy(
            f"{name}-operation",
            OnDestroyArgs(
                stack=args.stack,
                kind="operation",
                arguments={"bucket": args.bucket.name, "load": name, "method": loader.name},
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*before, *args.bucket.ready]),
        )


def load_record(name: str, method: str, stack: Stack, bucket: FilesBucket) -> OnDestroy:
    """Goes after everything else of the load, with its window open or closed: with it go the record of its
    runs, its reports, its imports' error logs, and a table that was imported and not adopted.
    """
    return OnDestroy(
        f"{name}-record",
        OnDestroyArgs(
            stack=stack,
            kind="record",
            arguments={"bucket": bucket.name, "load": name, "reports_prefix": reports_prefix(name)},
            also={"method": method, "keep_tables": stack.production},
        ),
        opts=pulumi.ResourceOptions(parent=bucket, depends_on=bucket.ready),
    )
