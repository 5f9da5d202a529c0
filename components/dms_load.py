"""One dataset through DMS: its access role, its endpoints, what moves it, and the step that judges it."""

import hashlib
import json
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
from dynamodb_bulk.loads.source_check import Place, SourceCheck
from dynamodb_bulk.loads.source_digest import Contents, source_contents
from dynamodb_bulk.requests.source_endpoint import source_endpoint


@dataclass(frozen=True, kw_only=True)
class DmsLoadArgs(LoadArgs):
    """The table that the dataset goes to, and what carries it.

    `files_key`: the ARN of the key of the files, where these are not in the stack's bucket. `wait_for`: the
    file of changes that the load waits for, once they are applied.
    """

    table: LoadTable
    replications: Replications
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
        keys = {
            file: f"{folder}/{part.table.path}LOAD{number:08}.csv"
            for part in dataset.parts
            for number, file in enumerate(part.files, start=1)
        }
        self.keys = [keys[file] for file in dataset.files]
        self.objects = bucket.uploads(name, self.keys, dataset.files, parent=self, content_type="text/csv")
        self.register_outputs({"count": len(self.objects)})


class DmsLoad(LoadComponent):
    """Loads a dataset's files into its table."""

    def __init__(self, name: str, args: DmsLoadArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:DmsLoad", name, None, opts)
        stack, dataset = args.stack, args.dataset
        child = pulumi.ResourceOptions(parent=self)
        location = dataset.location
        folder = dataset.folder_in_bucket if location else name
        prefix, changes = (
            "/".join(part for part in (folder, path) if part)
            for path in (dataset.external_table.path, dataset.changes.path if dataset.changes else "")
        )
        files = DatasetFiles(name, args.bucket, folder, dataset, child)
        role = AccessRole(
            name,
            AccessRoleArgs(
                stack=stack,
                bucket=location.bucket if location else args.bucket.name,
                prefixes=(prefix, changes) if dataset.changes else (prefix,),
                table=args.table.name,
                versioned=location is not None and has_versions(location.bucket, stack.client),
                files_key=args.files_key if location else stack.kms_key,
                table_key=args.table.kms_key,
            ),
            opts=child,
        )
        endpoint = pulumi.ResourceOptions(parent=self, depends_on=role.ready, delete_before_replace=True)
        settings = source_endpoint(dataset, folder)
        source = aws.dms.S3Endpoint(
            f"{name}-source",
            endpoint_id=stack.name(name, "source"),
            endpoint_type="source",
            bucket_name=location.bucket if location else args.bucket.name,
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
        mappings = args.table.name.apply(reported(dataset.table_mappings))
        task_settings = json.dumps(dataset.task_settings)
        moved = Moved(
            type=dataset.migration_type,
            source=source.endpoint_arn,
            target=target.endpoint_arn,
            mappings=mappings,
            settings=task_settings,
        )
        running = args.replications.run(
            name,
            moved,
            pulumi.ResourceOptions(
                parent=self, depends_on=[*files.objects, *args.replications.ready], delete_before_replace=True
            ),
        )
        client = stack.client
        removal = OnDestroy(
            f"{name}-task",
            OnDestroyArgs(stack=stack, kind="dms-task", arguments={"task_arn": running.arn}),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[running.resource]),
        )
        contents = source_contents(dataset, client) if dataset.loads_files else Contents(dataset=dataset)
        place = (
            Place(bucket=location.bucket, prefix=location.prefix)
            if location
            else Place(bucket=args.bucket.plain_name, prefix=prefix, keys=tuple(files.keys), cleared=True)
        )
        outputs = self._run(
            "load",
            DMS,
            args,
            {
                "table": args.table.name,
                "task_arn": running.arn,
                **({"instance_arn": running.instance_arn} if running.instance_arn else {}),
                "source_endpoint_arn": source.endpoint_arn,
                "target_endpoint_arn": target.endpoint_arn,
                "log_group": running.log_group,
                "prefix": prefix,
                "objects": files.keys,
                "migration_type": dataset.migration_type,
                **_described(dataset, location.bucket if location else args.bucket.name, changes),
            },
            settings={"wait_for": args.wait_for} if args.wait_for else None,
            check=SourceCheck(contents, client, place, args.refuse),
            depends={
                "files": contents.digests,
                "definition": settings.external_table_definition,
                "format": repr(dataset.source),
                "changes": _depends_on(dataset),
                "mappings": mappings,
                "settings": task_settings,
                "table": args.table.identity(client),
            },
            after=[removal, *args.bucket.ready, *args.after],
            failed_runs=partial(failed_runs, args.bucket.plain_name, name, aws=client),
        )
        self.table = args.table
        self.contents = contents
        self.digest = hashlib.sha256(repr((contents.digests, dataset.mappings_text)).encode()).hexdigest()
        self.register_outputs(outputs)


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
