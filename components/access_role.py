"""The role with which DMS reads one dataset's files and writes one table."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.stack import Stack
from dynamodb_bulk.aws.keys import TABLE_KEY_ACTIONS

# DMS keeps its rejected rows in these; they are one per account and Region.
EXCEPTIONS_TABLES = ("awsdms_apply_exceptions", "awsdms_full_load_exceptions")


@dataclass(frozen=True, kw_only=True)
class AccessRoleArgs:
    """Read objects of `bucket` under `prefixes`, write items of `table`: by name, which a preview knows.

    `versioned`: the bucket holds versions of objects. `files_key` and `table_key`: the ARNs of the keys that
    encrypt the objects and the items; None: a key of AWS's own, for which no permission is needed.
    """

    stack: Stack
    bucket: pulumi.Input[str]
    prefixes: Sequence[str]
    table: pulumi.Input[str]
    versioned: bool = False
    files_key: str | None = None
    table_key: str | None = None


class AccessRole(pulumi.ComponentResource):
    """No more than a load needs: DMS may neither create nor delete the table that the stack owns.

    Sources: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html#CHAP_Source.S3.Prerequisites
    https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.DynamoDB.html#CHAP_Target.DynamoDB.Prerequisites
    https://docs.aws.amazon.com/dms/latest/userguide/cross-service-confused-deputy-prevention.html
    """

    arn: pulumi.Output[str]
    ready: list[pulumi.Resource]  # what an endpoint depends on

    def __init__(self, name: str, args: AccessRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:AccessRole", name, None, opts)
        stack = args.stack
        role = aws.iam.Role(
            name,
            name=stack.name(name, "dms", longest=64),
            path=stack.role_path,
            permissions_boundary=stack.permissions_boundary,
            assume_role_policy=stack.trust(
                "dms", sources=f"arn:{stack.partition}:dms:{stack.region}:{stack.account}:*"
            ),
            tags=stack.tagged(dataset=name),
            opts=pulumi.ResourceOptions(parent=self),
        )
        policy = aws.iam.RolePolicy(
            name,
            name="load",
            role=role.name,
            policy=pulumi.Output.all(args.bucket, args.table).apply(
                lambda names: _permissions(args, bucket=names[0], table=names[1])
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = role.arn
        self.ready = [policy]
        self.register_outputs({"arn": self.arn})


def _permissions(args: AccessRoleArgs, *, bucket: str, table: str) -> str:
    stack = args.stack
    found_in = f"arn:{stack.partition}:s3:::{bucket}"
    tables = f"arn:{stack.partition}:dynamodb:{stack.region}:{stack.account}:table"
    write = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:DescribeTable"]
    files = [f"{found_in}/{prefix}*" for prefix in args.prefixes]
    read = ["s3:GetObject", "s3:GetObjectVersion"] if args.versioned else "s3:GetObject"
    statements: list[dict[str, Any]] = [
        {"Sid": "FindFiles", "Action": "s3:ListBucket", "Resource": found_in},
        {"Sid": "ReadFiles", "Action": read, "Resource": files if len(files) > 1 else files[0]},
        {"Sid": "WriteItems", "Action": write, "Resource": f"{tables}/{table}"},
        {
            "Sid": "KeepExceptions",
            "Action": [*write, "dynamodb:CreateTable"],
            "Resource": [f"{tables}/{name}" for name in EXCEPTIONS_TABLES],
        },
        # ListTables knows no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
        {"Sid": "FindTables", "Action": "dynamodb:ListTables", "Resource": "*"},
    ]
    if args.files_key:
        statements.append({"Sid": "DecryptFiles"} | stack.use_of_key(args.files_key, ["kms:Decrypt"], "s3"))
    if args.table_key:
        statements.append(
            {"Sid": "EncryptItems"} | stack.use_of_key(args.table_key, TABLE_KEY_ACTIONS, "dynamodb")
        )
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{**statement, "Effect": "Allow"} for statement in statements]}
    )
