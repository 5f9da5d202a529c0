"""Datasets through DMS: their files, what moves them, and for each the step that judges it.

A load has a task of its own, or shares one with others: then DMS moves all of them whenever it moves one.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws

from components.bucket import FilesBucket
from components.dms_roles import AccessRole, AccessRoleArgs
from components.load import LoadArgs, LoadComponent
from components.removal import OnDestroy, OnDestroyArgs
from components.replications import Moved, Replications
from components.reporting import reported
from components.table import LoadTable
from dynamodb_bulk.aws.keys import has_versions
from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.loads.dms.loader import DMS
from dynamodb_bulk.loads.run_record import failed_runs
from dynamodb_bulk.loads.source_check import Place, SourceCheck, Together
from dynamodb_bulk.loads.source_digest import Contents, source_contents
from dynamodb_bulk.requests.task_documents import OwnTask, SharedTask

_CONTENT_TYPES = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


@dataclass(frozen=True, kw_only=True)
class DmsLoadArgs(LoadArgs):
    """The table that the dataset goes to, and the folders of its files and of those of changes.

    `files_key`: the ARN of the key of the files, where these are not in the stack's bucket. `wait_for`: the
    file of changes that the load waits for, once they are applied.
    """

    table: LoadTable
    folder: str
    changes: str = ""
    files_key: str | None = None
    wait_for: str | None = None


class DatasetFiles(pulumi.ComponentResource):
    """One object per file, in order, under the names that DMS looks for: LOAD00000001.csv and so on.

    The files of each part of the dataset are in the folder of its table below `folder`.

    Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
    """

    def __init__(
        self,
        name: str,
        bucket: FilesBucket,
        folder: str,
        dataset: Dataset,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("bulk:components:DatasetFiles", name, None, opts)
        form = dataset.source.format
        keys = {
            file: f"{folder}/{part.table.path}LOAD{number:08}.{form}"
            for part in dataset.parts
            for number, file in enumerate(part.files, start=1)
        }
        self.keys = [keys[file] for file in dataset.files]
        self.objects = bucket.uploads(
            name, self.keys, dataset.files, parent=self, content_type=_CONTENT_TYPES[form]
        )
        self.register_outputs({"count": len(self.objects)})


class DmsLoad(LoadComponent):
    """Has a dataset's files where DMS reads them; a `DmsTask` loads them into its table."""

    def __init__(self, name: str, args: DmsLoadArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:DmsLoad", name, None, opts)
        dataset, client, folder = args.dataset, args.stack.client, args.folder
        self.args = args
        self.prefix = "/".join(filter(None, (folder, dataset.external_table.path)))
        self.changes = args.changes
        self.files = DatasetFiles(name, args.bucket, folder, dataset, pulumi.ResourceOptions(parent=self))
        self.bucket_name = location.bucket if (location := dataset.location) else args.bucket.name
        self.table = args.table
        self.contents = source_contents(dataset, client) if dataset.loads_files else Contents(dataset=dataset)
        self.digest = hashlib.sha256(
            repr((self.contents.digests, dataset.mappings_text)).encode()
        ).hexdigest()

    def check(self, together: Together | None) -> SourceCheck:
        """Return the check of its files."""
        args, location = self.args, self.args.dataset.location
        place = (
            Place(bucket=location.bucket, prefix=location.prefix)
            if location
            else Place(
                bucket=args.bucket.plain_name, prefix=self.prefix, keys=tuple(self.files.keys), cleared=True
            )
        )
        return SourceCheck(self.contents, args.stack.client, place, args.refuse, together)

    def judged(
        self,
        described: Mapping[str, pulumi.Input[Any]],
        *,
        depends: Mapping[str, pulumi.Input[Any]],
        after: Sequence[pulumi.Resource],
        check: SourceCheck,
    ) -> None:
        """Declare the step that has a task, as `described`, load the files, and judges that."""
        args, dataset = self.args, self.args.dataset
        outputs = self._run(
            "load",
            DMS,
            args,
            {
                "table": args.table.name,
                **described,
                "prefix": self.prefix,
                "objects": self.files.keys,
                "migration_type": dataset.migration_type,
                **_described(dataset, self.bucket_name, self.changes),
            },
            settings={"wait_for": args.wait_for} if args.wait_for else None,
            check=check,
            depends=depends,
            after=after,
            failed_runs=partial(
                failed_runs, args.bucket.plain_name, self.pulumi_resource_name, aws=args.stack.client
            ),
        )
        self.register_outputs(outputs)


class DmsTask(pulumi.ComponentResource):
    """What several loads share: it is called as the stack's settings say."""

    def __init__(self, name: str) -> None:
        super().__init__("bulk:components:DmsTask", name)
        self.register_outputs({})


def move(documents: OwnTask | SharedTask, loads: Sequence[DmsLoad], replications: Replications) -> None:
    """Declare the access role, the endpoints and the task of the loads, and the step of each.

    Those of a load that shares none are its children.
    """
    name, first = documents.name, loads[0]
    together = Together() if isinstance(documents, SharedTask) else None
    parent = DmsTask(name) if together else first
    stack, bucket = first.args.stack, first.args.bucket
    child = pulumi.ResourceOptions(parent=parent)
    location = first.args.dataset.location
    prefixes = [prefix for one in loads for prefix in (one.prefix, one.changes) if prefix]
    files_keys = [one.args.files_key if location else stack.kms_key for one in loads]
    table_keys = [one.table.kms_key for one in loads]
    role = AccessRole(
        name,
        AccessRoleArgs(
            stack=stack,
            bucket=first.bucket_name,
            prefixes=list(dict.fromkeys(prefixes)),
            tables=[one.table.name for one in loads],
            versioned=location is not None and has_versions(location.bucket, stack.client),
            files_keys=[key for key in files_keys if key],
            table_keys=[key for key in table_keys if key],
        ),
        opts=child,
    )
    endpoint = pulumi.ResourceOptions(parent=parent, depends_on=role.ready, delete_before_replace=True)
    settings = documents.source_endpoint()
    source = aws.dms.S3Endpoint(
        f"{name}-source",
        endpoint_id=stack.name(name, "source"),
        endpoint_type="source",
        bucket_name=first.bucket_name,
        service_access_role_arn=role.arn,
        **asdict(settings),
        tags=stack.tagged(dataset=name),
        opts=endpoint,
    )
    target = aws.dms.Endpoint(
        f"{name}-target",
        endpoint_id=stack.name(name, "target"),
        endpoint_type="target",
        engine_name="dynamodb",
        service_access_role=role.arn,
        tags=stack.tagged(dataset=name),
        opts=endpoint,
    )
    tables = pulumi.Output.all(*(one.table.name for one in loads))
    mappings = tables.apply(reported(documents.table_mappings))
    task_settings = json.dumps(documents.task_settings())
    moved = Moved(
        type=first.args.dataset.migration_type,
        source=source.endpoint_arn,
        target=target.endpoint_arn,
        mappings=mappings,
        settings=task_settings,
    )
    files = [each for one in loads for each in one.files.objects]
    running = replications.run(
        name,
        moved,
        pulumi.ResourceOptions(
            parent=parent, depends_on=[*files, *replications.ready], delete_before_replace=True
        ),
    )
    removal = OnDestroy(
        f"{name}-task",
        OnDestroyArgs(stack=stack, kind="dms-task", arguments={"task_arn": running.arn}),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[running.resource]),
    )
    described = {
        "task_arn": running.arn,
        **({"instance_arn": running.instance_arn} if running.instance_arn else {}),
        "source_endpoint_arn": source.endpoint_arn,
        "target_endpoint_arn": target.endpoint_arn,
        "log_group": running.log_group,
        **({"data_format": settings.data_format} if settings.data_format else {}),
    }
    depends = {
        "definition": settings.external_table_definition,
        "mappings": mappings,
        "settings": task_settings,
        **_of_each(
            [
                {
                    "files": one.contents.digests,
                    "format": repr(one.args.dataset.source),
                    "changes": _depends_on(one.args.dataset),
                    "table": one.table.identity(stack.client),
                }
                for one in loads
            ]
        ),
    }
    after = [removal, *bucket.ready, *(each for one in loads for each in one.args.after)]
    for one in loads:
        dataset, check = one.args.dataset, one.check(together)
        if together:
            together.checks[dataset.name] = check
        told = {**described, **documents.described(dataset)}
        one.judged(told, depends=depends, after=after, check=check)


def _of_each(depends: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the dependencies of the only load as they are, and those of several as lists."""
    if len(depends) == 1:
        return depends[0]
    return {key: [one[key] for one in depends] for key in depends[0]}


def _described(dataset: Dataset, bucket: pulumi.Input[str], prefix: str) -> dict[str, Any]:
    """Return what a load with changes is told of them; nothing for others, whose state is as it was."""
    changes = dataset.changes
    if changes is None:
        return {}
    position = changes.start_position or ""
    start = changes.start_time or ("" if position.startswith("checkpoint:") else position)
    return {
        "changes": {"bucket": bucket, "prefix": prefix, **({"since": f"{start}Z"} if start else {})},
        **({"cdc_start_position": position} if position else {}),
        **({"cdc_stop_position": changes.stop_position} if changes.stop_position else {}),
    }


def _depends_on(dataset: Dataset) -> list[Any]:
    """Return what of the changes makes a run another one; what a later version added only where it is set."""
    changes = dataset.changes
    if changes is None:
        return [dataset.migration_type, None]
    positions = [changes.start_time, changes.start_position, changes.stop_position]
    return [dataset.migration_type, changes.path, *([positions] if any(positions) else [])]
