"""One dataset into a table by throttled writes of this machine or of a Glue job, and the step that judges."""

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws

from components.dms_roles import TABLE_KEY_ACTIONS
from components.glue_job import GlueJob
from components.load import LoadArgs, LoadComponent
from components.table import LoadTable
from dynamodb_bulk.loads.run_record import failed_runs
from dynamodb_bulk.loads.source_check import Place, SourceCheck
from dynamodb_bulk.loads.source_digest import data_digest, source_contents
from dynamodb_bulk.loads.writes.loader import WRITES


@dataclass(frozen=True, kw_only=True)
class WritesArgs(LoadArgs):
    """The table is there when `after` is. `max_write_units`: the most that it consumes of it per second."""

    table: LoadTable
    max_write_units: float | None = None


class Writes(LoadComponent):
    """Puts a dataset's items; a put replaces a whole item, and items that no file names stay."""

    def __init__(self, name: str, args: WritesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:Writes", name, None, opts)
        client, location = args.stack.client, args.dataset.location
        self.contents = source_contents(args.dataset, client)
        self.digest = data_digest(self.contents)
        self.table = args.table
        place = Place(bucket=location.bucket, prefix=location.prefix) if location else None
        written = [self._let_write(args.glue_job, args)] if args.glue_job else []
        before = [args.table, *args.after, *written]
        outputs = self._run(
            "write",
            WRITES,
            args,
            {"table": args.table.name, "tolerate": args.tolerate},
            check=SourceCheck(self.contents, client, place, args.refuse),
            depends={
                "data": self.digest,
                "condition": args.dataset.condition,
                "table": args.table.identity(client),
            },
            after=[self._end_of_operation(WRITES, args, before), *before],
            failed_runs=partial(failed_runs, args.bucket.plain_name, name, aws=client),
            settings={"max_write_units": args.max_write_units},
        )
        self.register_outputs(outputs)

    def _let_write(self, job: GlueJob, args: WritesArgs) -> aws.iam.RolePolicy:
        """Let the job write into the table, and see how much it takes where the load does not say.

        Items with a condition are put one by one, as is each of a batch with one that DynamoDB refuses.
        """
        stack, table, unlimited = args.stack, args.table, args.max_write_units is None
        actions = ["PutItem"]
        if args.dataset.put_condition is None:
            actions.append("BatchWriteItem")
        if unlimited:
            actions.append("DescribeTable")

        def policy(arn: str) -> str:
            statements: list[dict[str, Any]] = [
                {
                    "Sid": "WriteItems",
                    "Effect": "Allow",
                    "Action": [f"dynamodb:{one}" for one in sorted(actions)],
                    "Resource": arn,
                }
            ]
            if unlimited:
                action = "cloudwatch:GetMetricStatistics"  # has no resources
                statements.append({"Sid": "SeeTraffic", "Effect": "Allow", "Action": action, "Resource": "*"})
            if table.kms_key:
                use = stack.use_of_key(table.kms_key, TABLE_KEY_ACTIONS, "dynamodb")
                statements.append({"Sid": "EncryptItems"} | use)
            return json.dumps({"Version": "2012-10-17", "Statement": statements})

        name = self.pulumi_resource_name
        return aws.iam.RolePolicy(
            f"{name}-write",
            name=f"write-{name}",
            role=job.role,
            policy=table.arn.apply(policy),
            opts=pulumi.ResourceOptions(parent=self),
        )
