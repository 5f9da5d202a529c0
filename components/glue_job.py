"""The AWS Glue job that counts, converts and writes files in S3 which are too large for one machine."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.bucket import CONVERTED, FilesBucket
from components.removal import OnDestroy, OnDestroyArgs
from components.replications import LOG_RETENTION_DAYS
from components.stack import Stack
from dynamodb_bulk.glue import place
from dynamodb_bulk.glue.definition import GLUE_VERSION, JobCode, WorkerType, job_arguments, job_code


@dataclass(frozen=True, kw_only=True)
class GlueSource:
    """Files in S3 that the job reads; `key`: the ARN of their key, None where AWS's own encrypts them."""

    bucket: str
    prefix: str
    key: str | None = None


@dataclass(frozen=True, kw_only=True)
class GlueJobArgs:
    """What the job reads, and its workers. `flex`: on spare capacity, for less; `runs`: how many at once."""

    stack: Stack
    bucket: FilesBucket
    sources: Sequence[GlueSource]
    worker_type: WorkerType
    workers: int
    flex: bool
    timeout_minutes: int
    runs: int


class GlueJob(pulumi.ComponentResource):
    """The job, its code in the stack's bucket, its role, its log groups, and its encryption.

    Its workers get our wheel and what it needs from the bucket. A run is begun by a step, which repeats it
    where that helps: the job itself retries nothing.
    """

    name: str
    role: pulumi.Output[str]  # its name
    ready: list[pulumi.Resource]  # what a step that runs it depends on

    def __init__(self, name: str, args: GlueJobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:GlueJob", name, None, opts)
        stack, bucket = args.stack, args.bucket
        self.name = stack.name(name)
        job = place.GlueJob(name=self.name, bucket=bucket.plain_name)
        code = job_code(job)
        uploads = self._uploads(name, code, args)
        logs = [
            aws.cloudwatch.LogGroup(
                f"{name}-{group.rpartition('/')[2]}",
                name=group,
                retention_in_days=LOG_RETENTION_DAYS,
                tags=stack.tagged(),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for group in job.log_groups
        ]
        role, policy = self._role(name, job, args, logs)
        self.role = role.name
        security = self._security(name, stack)
        made = aws.glue.Job(
            name,
            name=self.name,
            role_arn=role.arn,
            command={
                "name": "glueetl",
                "script_location": code.address("script", job),
                "python_version": "3",
            },
            default_arguments=job_arguments(job, code),
            glue_version=GLUE_VERSION,
            worker_type=args.worker_type,
            number_of_workers=args.workers,
            execution_class="FLEX" if args.flex else "STANDARD",
            execution_property={"max_concurrent_runs": args.runs},
            max_retries=0,
            timeout=args.timeout_minutes,
            security_configuration=security.name if security else None,
            tags=stack.tagged(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, *logs, *uploads]),
        )
        removal = OnDestroy(
            f"{name}-runs",
            OnDestroyArgs(stack=stack, kind="glue-job", arguments={"bucket": bucket.name, "name": self.name}),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[made, *bucket.ready]),
        )
        self.ready = [made, removal]
        described = {"name": made.name, "bucket": bucket.name}
        self.register_outputs({"job": described, "aws": stack.client.recorded})

    def _uploads(self, name: str, code: JobCode, args: GlueJobArgs) -> list[pulumi.Resource]:
        return [
            aws.s3.BucketObjectv2(
                f"{name}-{what}",
                bucket=args.bucket.name,
                key=key,
                source=pulumi.FileAsset(str(file)),
                checksum_algorithm="SHA256",
                tags=args.stack.tagged(),
                opts=pulumi.ResourceOptions(parent=self, depends_on=args.bucket.ready),
            )
            for what, (file, key) in code.files.items()
        ]

    def _role(
        self, name: str, job: place.GlueJob, args: GlueJobArgs, logs: Sequence[pulumi.Resource]
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """Return the role and its policy, which goes before the log groups: nothing makes these again."""
        stack = args.stack
        role = aws.iam.Role(
            name,
            name=self.name,
            path=stack.role_path,
            permissions_boundary=stack.permissions_boundary,
            assume_role_policy=stack.trust("glue"),
            tags=stack.tagged(),
            opts=pulumi.ResourceOptions(parent=self),
        )
        statements = [{"Effect": "Allow", **one} for one in _permissions(job, args)]
        policy = aws.iam.RolePolicy(
            name,
            name="job",
            role=role.name,
            policy=json.dumps({"Version": "2012-10-17", "Statement": statements}),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(logs)),
        )
        return role, policy

    def _security(self, name: str, stack: Stack) -> aws.glue.SecurityConfiguration | None:
        """Return what has Glue encrypt what it writes to S3 itself with the stack's key, if it has one.

        Bookmarks are not kept. Logs have a key of CloudWatch's: with another one Glue would change the names
        of their groups (`LogGroupName` of
        https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-runs.html), to what is not documented.
        """
        if stack.kms_key is None:
            return None
        return aws.glue.SecurityConfiguration(
            name,
            name=self.name,
            encryption_configuration={
                "s3_encryption": {"s3_encryption_mode": "SSE-KMS", "kms_key_arn": stack.kms_key},
                "cloudwatch_encryption": {"cloudwatch_encryption_mode": "DISABLED"},
                "job_bookmarks_encryption": {"job_bookmarks_encryption_mode": "DISABLED"},
            },
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )


def _permissions(job: place.GlueJob, args: GlueJobArgs) -> Iterator[dict[str, Any]]:
    """Read the files and the code, write answers and converted files, log and report metrics.

    That Glue needs CreateLogGroup for groups that exist is not documented; AWS's own policy has it:
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSGlueServiceRole.html
    """
    stack = args.stack
    s3 = f"arn:{stack.partition}:s3:::"
    own, converted = f"{s3}{job.bucket}/{job.prefix}*", f"{s3}{job.bucket}/{CONVERTED}*"
    sources = sorted({f"{s3}{one.bucket}/{one.prefix}*" for one in args.sources})
    yield {"Sid": "ReadFiles", "Action": "s3:GetObject", "Resource": [*sources, own]}
    writes = ["s3:AbortMultipartUpload", "s3:PutObject"]
    yield {"Sid": "WriteResults", "Action": writes, "Resource": [own, converted]}
    groups = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:{job.logs}/"
    yield {
        "Sid": "Log",
        "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"{groups}*",
    }
    # https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html
    yield {
        "Sid": "Measure",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": "Glue"}},
    }
    if stack.kms_key:
        yield stack.use_of_key(stack.kms_key, ["kms:Decrypt", "kms:GenerateDataKey"], "s3")
    for key in sorted({one.key for one in args.sources if one.key} - {stack.kms_key}):
        yield stack.use_of_key(key, ["kms:Decrypt"], "s3")
