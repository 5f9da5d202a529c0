"""A role with the policies that `bulk permissions` prints, to deploy the product with."""

import json
from typing import Any

from botocore.exceptions import ClientError

from dynamodb_bulk.aws.refusals import reason
from dynamodb_bulk.cleanup.delete import delete_role
from dynamodb_bulk.spec.errors import LoadFailed
from smoke.project import Project
from smoke.stage import STACK, Stage

_TRIES = 20  # over about two minutes
NO_COMMAND = "`bulk permissions` does not exist"


def create_role(project: Project) -> str:
    """Create the role of who deploys, and return its ARN, or NO_COMMAND."""
    stage, folder = project.stage, "permissions"
    printed = project.bulk(
        *("permissions", "--stack", STACK, "--for", "deploy", "--account", stage.account, "--out", folder)
    )
    if printed.code:
        return NO_COMMAND
    iam, name = stage.aws.iam, stage.name("deploy")
    tags: Any = stage.tags
    trusted = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": f"arn:{stage.partition}:iam::{stage.account}:root"},
    }
    policies = sorted((project.folder / folder).glob("*.json"))
    for file in policies:
        arn = f"arn:{stage.partition}:iam::{stage.account}:policy/{file.stem}"
        stage.created.add("policy", file.stem, lambda arn=arn: iam.delete_policy(PolicyArn=arn))
        iam.create_policy(PolicyName=file.stem, PolicyDocument=_compact(file.read_text()), Tags=tags)
    stage.created.add("role", name, lambda: delete_role(stage.aws, name))
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Tags=tags)["Role"]["Arn"]
    for file in policies:
        iam.attach_role_policy(
            RoleName=name, PolicyArn=f"arn:{stage.partition}:iam::{stage.account}:policy/{file.stem}"
        )
    stage.raw["permissions"] = {file.stem: json.loads(file.read_text()) for file in policies}
    return role


def assume(role: str, stage: Stage) -> dict[str, str]:
    """Return the environment of the role, as soon as IAM lets it be assumed; raise LoadFailed if not."""
    refused: list[str] = []

    def look() -> Any:
        try:
            return stage.aws.sts.assume_role(RoleArn=role, RoleSessionName="smoke")["Credentials"]
        except ClientError as error:  # as always at first: a new role takes a while to be known
            refused.append(reason(error))
            if len(refused) < _TRIES:
                return None
            raise LoadFailed(f"role {role}: {refused[-1]}") from None

    given = stage.wait(look, bool, minutes=5, what=f"role {role}")
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


def _compact(document: str) -> str:
    return json.dumps(json.loads(document), separators=(",", ":"))
