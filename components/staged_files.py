"""A dataset's files where DynamoDB reads them: as they are, or converted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.bucket import CONVERTED, FilesBucket
from components.glue_job import GlueJob
from components.monitoring import NO_NOTICES, Notices
from components.removal import OnDestroy, OnDestroyArgs
from components.stack import Stack
from components.step import Step, StepArgs
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.conversion.options import Format
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.loads.row_counts import Refuse, refuse_nothing
from dynamodb_bulk.loads.source_check import Place, SourceCheck
from dynamodb_bulk.loads.source_digest import Contents
from dynamodb_bulk.loads.staging import Conversion, stage_converted


@dataclass(frozen=True, kw_only=True)
class LoadFilesArgs:
    """`digest` is of the data; `converted`: typed and shuffled first, with each item's `conditions`, and
    written in the format `convert_to`. `refuse`: as `SourceCheck` has it. `glue_job`:
    converts. `notices`: who is told where converting them ends the load.
    """

    stack: Stack
    contents: Contents
    bucket: FilesBucket
    digest: str
    converted: bool
    convert_to: Format = "dynamodb_json"
    conditions: bool = False
    tolerate: int = 0
    refuse: Refuse = refuse_nothing
    glue_job: GlueJob | None = None
    notices: Notices = NO_NOTICES


class LoadFiles(pulumi.ComponentResource):
    """Objects under a prefix of their own for every state of the data, so that no other is among them.

    Files that were taken out of the dataset are deleted when the load is over, not before.
    """

    described: dict[str, Any]
    conversion: dict[str, Any] | None = None  # what its step does, where the files are converted
    check: SourceCheck  # of what a load reads
    ready: list[pulumi.Resource]  # what a load depends on

    def __init__(self, name: str, args: LoadFilesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:LoadFiles", name, None, opts)
        dataset = args.contents.dataset
        location = dataset.location
        if location and not args.converted:
            self.described = {
                "bucket": location.bucket,
                "prefix": location.prefix,
                "owner": dataset.source.bucket_owner,
            }
            place = Place(bucket=location.bucket, prefix=location.prefix)
            self.ready = []
        else:
            prefix = f"{CONVERTED if args.converted else 'data/'}{name}/{args.digest[:12]}/"
            self.described = {"bucket": args.bucket.name, "prefix": prefix, "converted": args.converted}
            # The default is not said: the state of earlier versions has none.
            form = (
                {"format": args.convert_to} if args.converted and args.convert_to != "dynamodb_json" else {}
            )
            self.described |= form
            keys = () if args.converted else _keys(prefix, dataset)
            place = Place(bucket=args.bucket.plain_name, prefix=prefix, keys=keys)
            self.ready = (
                [self._convert(name, args)]
                if args.converted
                else args.bucket.uploads(name, keys, dataset.files, parent=self)
            )
        self.check = SourceCheck(args.contents, args.stack.client, place, args.refuse)
        self.register_outputs({"prefix": self.described["prefix"]})

    def _convert(self, name: str, args: LoadFilesArgs) -> pulumi.Resource:
        client = args.stack.client
        check = SourceCheck(args.contents, client)
        removal = OnDestroy(
            f"{name}-converted",
            OnDestroyArgs(
                stack=args.stack,
                kind="objects",
                arguments={"bucket": args.bucket.name, "prefix": f"{CONVERTED}{name}/"},
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.bucket.ready),
        )

        def work(arguments: Mapping[str, Any], _digest: str, report: Report) -> str:
            return stage_converted(Conversion.model_validate(arguments), check, client, report)

        self.conversion = {
            "name": name,
            "dataset": str(args.contents.dataset.path),
            "files": self.described,
            "conditions": args.conditions,
            "tolerate": args.tolerate,
            **({"glue_job": args.glue_job.name} if args.glue_job else {}),
        }
        return Step(
            f"{name}-convert",
            StepArgs(
                work=work,
                subject=f"load {name}",
                arguments=self.conversion,
                depends={
                    "data": args.digest,
                    "bucket": args.bucket.name,
                    "conditions": args.conditions,
                    **({} if args.convert_to == "dynamodb_json" else {"format": args.convert_to}),
                },
                within=args.notices.of_end(name, args.bucket.plain_name, client),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[
                    *args.bucket.ready,
                    removal,
                    *args.notices.ready,
                    *(args.glue_job.ready if args.glue_job else ()),
                ],
            ),
        )


def _keys(prefix: str, dataset: Dataset) -> tuple[str, ...]:
    return tuple(f"{prefix}{number:05}-{file.name}" for number, file in enumerate(dataset.files, start=1))
