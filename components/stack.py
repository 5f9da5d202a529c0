"""The stack that everything belongs to: its account and region, its names, its tags, how it is protected."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from components.recorded_state import Recorded
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.names import bucket_name, physical_name
from dynamodb_bulk.spec.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The context that every component gets.

    `production` keeps tables when the stack goes; `client` is for the work next to the graph; `recorded` is
    what the state has; `local` is for this machine alone. `role_path` and `permissions_boundary` are of
    every role that it creates. `kms_key` is the ARN of the key of its bucket.
    """

    project: str
    stack: str
    account: str
    region: str
    partition: str
    production: bool
    tags: Mapping[str, str]
    client: Aws
    recorded: Recorded = field(default_factory=dict[tuple[str, str], Mapping[str, Any]])
    local: bool = False
    role_path: str | None = None
    permissions_boundary: str | None = None
    kms_key: str | None = None

    def name(self, *parts: str, longest: int = 63) -> str:
        """`<project>-<stack>-<parts>`, as `physical_name` writes it."""
        return physical_name(self.project, self.stack, *parts, longest=longest)

    def bucket_name(self, *parts: str) -> str:
        """Return a name that no other account's bucket has, nor another of this one."""
        return bucket_name(self.account, self.project, self.stack, *parts)

    def tagged(self, **more: str) -> dict[str, str]:
        """Return the tags of every resource, and these."""
        return {**self.tags, "project": self.project, "stack": self.stack, **more}

    def trust(self, service: str, *, narrowed: bool = True, sources: str = "") -> str:
        """Return the document that lets a service assume a role.

        If `narrowed`, for this account alone, and for the `sources`, an ARN with `*`.
        """
        condition = {
            "StringEquals": {"aws:SourceAccount": self.account},
            **({"ArnLike": {"aws:SourceArn": sources}} if sources else {}),
        }
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sts:AssumeRole",
            **({"Condition": condition} if narrowed else {}),
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def role(
        self,
        name: str,
        service: str,
        policy: str,
        statements: Sequence[Mapping[str, Any]],
        opts: pulumi.ResourceOptions,
    ) -> pulumi.Output[str]:
        """Declare a role that a service assumes, with a policy of that name; return its ARN once it has it.

        By a name of its own choosing the provider would make a second policy after a kill, and the first one
        would keep the role from being deleted.
        """
        role = aws.iam.Role(
            name,
            name=self.name(name),
            path=self.role_path,
            permissions_boundary=self.permissions_boundary,
            assume_role_policy=self.trust(service),
            tags=self.tagged(),
            opts=opts,
        )
        document = pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})
        declared = aws.iam.RolePolicy(name, name=policy, role=role.name, policy=document, opts=opts)
        return pulumi.Output.all(role.arn, declared.id).apply(lambda known: str(known[0]))

    def use_of_key(self, key: str, actions: Sequence[str], service: str) -> dict[str, Any]:
        """Return the statement that lets a role use a key by its ARN, through a service and not by itself.

        Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
        """
        suffix = ".cn" if self.partition == "aws-cn" else ""
        via = f"{service}.{key.split(':')[3]}.amazonaws.com{suffix}"
        return {
            "Effect": "Allow",
            "Action": list(actions),
            "Resource": key,
            "Condition": {"StringEquals": {"kms:ViaService": via}},
        }

    @property
    def owner(self) -> str:
        """The owner tag of this stack on what belongs to the account."""
        return f"{self.project}/{self.stack}"


def current_stack(
    client: Aws,
    *,
    production: bool,
    tags: Mapping[str, str],
    recorded: Recorded,
    local: bool = False,
    role_path: str | None = None,
    permissions_boundary: str | None = None,
    kms_key: str | None = None,
) -> Stack:
    """Return the stack that is being deployed; raise InputError unless client and provider agree."""
    account, region = aws.get_caller_identity().account_id, aws.get_region().region
    for what, provider, own in (("account", account, client.account), ("Region", region, client.region)):
        if provider != own:
            raise InputError(
                "AWS credentials" if what == "account" else "aws:region",
                f"the provider uses the {what} {provider or 'unknown'}, the steps of the program {own}",
                "set aws:profile and aws:region, or AWS_PROFILE and AWS_REGION alone, which both read",
            )
    return Stack(
        project=pulumi.get_project(),
        stack=pulumi.get_stack(),
        account=account,
        region=region,
        client=client,
        recorded=recorded,
        partition=aws.get_partition().partition,
        production=production,
        tags=tags,
        local=local,
        role_path=role_path,
        permissions_boundary=permissions_boundary,
        kms_key=kms_key,
    )
