"""The roles of DMS: the account's, which it looks for by name, and that with which it does one load."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from components.stack import Stack
from dynamodb_bulk.aws.account_roles import ACCOUNT_ROLES, OWNER_TAG, AccountRole, find_role
from dynamodb_bulk.aws.keys import TABLE_KEY_ACTIONS
from dynamodb_bulk.loads.dms.exceptions_tables import EXCEPTIONS_TABLES
from dynamodb_bulk.spec.errors import InputError


@dataclass(frozen=True, kw_only=True)
class DmsRolesArgs:
    """`account_roles`: adopt what the account has and create what it lacks, or insist on creating."""

    stack: Stack
    account_roles: Literal["adopt", "create"] = "adopt"


class DmsRoles(pulumi.ComponentResource):
    """Makes `dms-vpc-role` and `dms-cloudwatch-logs-role` available.

    They are one per account, so they outlive the stack, and a role that someone else made is used as it is.
    A role that carries this stack's tag is this stack's: it stays in, or comes back into, its state.
    """

    ready: list[pulumi.Resource]  # what a replication instance depends on

    def __init__(self, name: str, args: DmsRolesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:DmsRoles", name, None, opts)
        self.ready = []
        adopted: list[str] = []
        for role in ACCOUNT_ROLES:
            found = find_role(role, args.stack.client)
            ours = found is not None and found.owner == args.stack.owner
            if found is None or ours:
                self.ready.append(self._create(role, args.stack, ours=ours))
            elif args.account_roles == "create":
                what = "exists already, and the stack is to create it"
                raise InputError(f"role {role.name}", what, "set bulk:dms {account_roles: adopt}")
            else:
                adopted.append(role.name)
                self.ready.append(
                    aws.iam.Role.get(role.name, role.name, opts=pulumi.ResourceOptions(parent=self))
                )
        # Policies are shown neither `retain_on_delete` nor what was looked up.
        self.register_outputs({"retained": True, "adopted": adopted})

    def _create(self, role: AccountRole, stack: Stack, *, ours: bool) -> pulumi.Resource:
        created = aws.iam.Role(
            role.name,
            name=role.name,  # under no path: DMS looks for the role at the root
            permissions_boundary=stack.permissions_boundary,
            assume_role_policy=stack.trust("dms", narrowed=role.narrowed),
            tags={OWNER_TAG: stack.owner},
            opts=pulumi.ResourceOptions(
                parent=self,
                retain_on_delete=True,
                import_=role.name if ours else None,
                ignore_changes=["assumeRolePolicy", "tags"],
            ),
        )
        return aws.iam.RolePolicyAttachment(
            role.name,
            role=created.name,
            policy_arn=f"arn:{stack.partition}:iam::aws:policy/service-role/{role.policy}",
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )


@dataclass(frozen=True, kw_only=True)
class AccessRoleArgs:
    """Read objects of `bucket` under `prefixes`, write items of `tables`: by name, which a preview knows.

    `versioned`: the bucket holds versions of objects. `files_keys` and `table_keys`: the ARNs of the keys
    that encrypt the objects and the items; for a key of AWS's own no permission is needed.
    """

    stack: Stack
    bucket: pulumi.Input[str]
    prefixes: Sequence[str]
    tables: Sequence[pulumi.Input[str]]
    versioned: bool = False
    files_keys: Sequence[str] = ()
    table_keys: Sequence[str] = ()


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
            policy=pulumi.Output.all(args.bucket, *args.tables).apply(
                lambda names: _permissions(args, bucket=names[0], tables=names[1:])
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = role.arn
        self.ready = [policy]
        self.register_outputs({"arn": self.arn})


def _permissions(args: AccessRoleArgs, *, bucket: str, tables: Sequence[str]) -> str:
    stack = args.stack
    found_in = f"arn:{stack.partition}:s3:::{bucket}"
    table = f"arn:{stack.partition}:dynamodb:{stack.region}:{stack.account}:table"
    write = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:DescribeTable"]
    files = [f"{found_in}/{prefix}*" for prefix in args.prefixes]
    read = ["s3:GetObject", "s3:GetObjectVersion"] if args.versioned else "s3:GetObject"
    statements: list[dict[str, Any]] = [
        {"Sid": "FindFiles", "Action": "s3:ListBucket", "Resource": found_in},
        {"Sid": "ReadFiles", "Action": read, "Resource": _one_or_all(files)},
        {
            "Sid": "WriteItems",
            "Action": write,
            "Resource": _one_or_all([f"{table}/{name}" for name in tables]),
        },
        {
            "Sid": "KeepExceptions",
            "Action": [*write, "dynamodb:CreateTable"],
            "Resource": [f"{table}/{name}" for name in EXCEPTIONS_TABLES],
        },
        # ListTables knows no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
        {"Sid": "FindTables", "Action": "dynamodb:ListTables", "Resource": "*"},
    ]
    for sid, keys, actions, service in (
        ("DecryptFiles", args.files_keys, ["kms:Decrypt"], "s3"),
        ("EncryptItems", args.table_keys, TABLE_KEY_ACTIONS, "dynamodb"),
    ):
        if keys:
            use = stack.use_of_key(keys[0], actions, service)
            statements.append({"Sid": sid, **use, "Resource": _one_or_all(keys)})
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{**statement, "Effect": "Allow"} for statement in statements]}
    )


def _one_or_all(arns: Sequence[str]) -> str | Sequence[str]:
    different = list(dict.fromkeys(arns))
    return different if len(different) > 1 else different[0]
