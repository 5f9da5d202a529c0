"""One export of a table to S3, made again when the data that was loaded into the table changed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.bucket import FilesBucket
from components.failures import COURSES, Course
from components.reporting import progress_of, reported
from components.stack import Stack
from components.step import Step, StepArgs, run_in_thread, steps_among
from components.table import LoadTable
from dynamodb_bulk.aws.polling import Report
from dynamodb_bulk.export.record import next_attempt, run_export, stack_export
from dynamodb_bulk.export.request import ExportOrder, iso
from dynamodb_bulk.export.start import check_order

EXPORTS = "exports/"


@dataclass(frozen=True, kw_only=True)
class ExportArgs:
    """`order` without its table and bucket is what the settings say; `digests` are of the data in the table.

    `bucket_name`: another bucket than the stack's. `after` is what fills the table. `kms_key`: the ARN
    of the order's key, which AWS answers with; another form would be a change, and so another export.
    """

    stack: Stack
    bucket: FilesBucket
    order: Mapping[str, Any]
    table_name: pulumi.Input[str]
    table_arn: pulumi.Input[str]
    digests: Sequence[str] = ()
    after: Sequence[pulumi.Resource] = ()
    limit_minutes: int = 720
    kms_key: str | None = None


class Export(pulumi.ComponentResource):
    """Exports.

    What the provider knows of, it exports, when a hook has seen that it can. A step then judges that, since
    the provider takes a FAILED export for one that is there. A selection the provider does not know, so that
    is a step alone.
    """

    def __init__(self, name: str, args: ExportArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:Export", name, None, opts)
        client = args.stack.client
        bucket = args.bucket
        wanted = json.dumps([*args.digests, dict(args.order)], sort_keys=True, default=str)
        digest = hashlib.sha256(wanted.encode()).hexdigest()
        attempt = next_attempt(bucket.plain_name, name, digest, client)
        folder = f"{digest[:12]}{'' if attempt == 1 else f'-{attempt}'}"
        place = {
            "bucket": args.order.get("bucket") or bucket.plain_name,
            "prefix": f"{args.order.get('prefix') or EXPORTS + name}/{folder}",
        }
        order = ExportOrder.model_validate({**args.order, **place, "table": name})
        ready = [*bucket.ready, *args.after]
        selected = bool(order.selection.specification(()))
        made, checked = (None, None) if selected else self._provided(name, order, args, ready)
        described = {
            "name": name,
            "order": {**order.model_dump(mode="json"), "table": args.table_name},
            "records_bucket": bucket.name,
            "arn": made.arn if made else None,
            "attempt": attempt,
            "limit_minutes": args.limit_minutes,
        }

        def work(arguments: Mapping[str, Any], _digest: str, report: Report) -> str:
            return run_export(stack_export(dict(arguments)), digest, client, report)

        Step(
            f"{name}-export",
            StepArgs(
                work=work,
                subject=f"export {name}",
                after=[checked] if checked else [],
                arguments=described,
                depends={"data": digest, "attempt": attempt, "table": args.table_arn},
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*ready, *([made] if made else [])]),
        )
        self.register_outputs({"export": described, "aws": client.recorded})

    def _provided(
        self, name: str, order: ExportOrder, args: ExportArgs, ready: Sequence[pulumi.Resource]
    ) -> tuple[aws.dynamodb.TableExport, Course]:
        client = args.stack.client
        window: aws.dynamodb.TableExportIncrementalExportSpecificationArgsDict | None = None
        if order.type == "incremental":
            window = {"export_view_type": "NEW_AND_OLD_IMAGES" if order.old_images else "NEW_IMAGE"}
            if order.since:
                window["export_from_time"] = iso(order.since)
            if order.until:
                window["export_to_time"] = iso(order.until)

        async def check(hook: pulumi.ResourceHookArgs) -> None:
            table = str((hook.new_inputs or {})["tableArn"]).rpartition("/")[2]
            wanted = order.model_copy(update={"table": table})
            async with course.run(progress_of(hook.urn)):
                await run_in_thread(reported(lambda: check_order(wanted, client), f"export {name}"))

        checked = pulumi.ResourceHook(f"{name}-check", check)
        made = aws.dynamodb.TableExport(
            name,
            table_arn=args.table_arn,
            s3_bucket=args.bucket.name if order.bucket == args.bucket.plain_name else order.bucket,
            s3_prefix=order.prefix,
            s3_bucket_owner=order.bucket_owner,
            s3_sse_algorithm="KMS" if order.kms_key else "AES256",
            s3_sse_kms_key_id=args.kms_key or order.kms_key,
            export_format=order.format,
            export_type=f"{order.type.upper()}_EXPORT",
            export_time=iso(order.at) if order.at else None,
            incremental_export_specification=window,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(ready),
                hooks=pulumi.ResourceHookBinding(before_create=[checked]),
            ),
        )
        course = COURSES.add(Course(f"{name}-check", steps_among(ready), registered=made.urn.future))
        return made, course


def expiring(days: Mapping[str, int | None]) -> dict[str, int]:
    """Prefixes of exports in the stack's bucket, by the days that they are kept."""
    return {f"{EXPORTS}{name}/": kept for name, kept in days.items() if kept}


def exported_table(table: LoadTable | str) -> tuple[pulumi.Input[str], pulumi.Input[str]]:
    """Name and ARN of a table of the stack, or of one that is there."""
    if isinstance(table, str):
        found = aws.dynamodb.get_table(name=table)
        return found.name, found.arn
    return table.name, table.arn
