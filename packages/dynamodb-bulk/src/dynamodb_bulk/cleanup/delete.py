"""Deletions that take more than one call. Each may be repeated after it was ended half-way."""

from typing import Any

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.polling import poll
from dynamodb_bulk.cleanup.objects import remove_objects
from dynamodb_bulk.glue.place import GlueJob
from dynamodb_bulk.loads.dms.task import stop_task
from dynamodb_bulk.spec.errors import LoadFailed

_SECONDS = 1800


def delete_task(aws: Aws, arn: str) -> None:
    """Stop a task, delete it, and wait until it is gone."""
    stop_task(aws, task_arn=arn)
    aws.dms.delete_replication_task(ReplicationTaskArn=arn)
    _await_deletion(aws, "replication-task", arn)


def delete_replication(aws: Aws, arn: str) -> None:
    """Stop a serverless replication, delete its config, and wait until it is gone."""
    stop_task(aws, task_arn=arn)
    aws.dms.delete_replication_config(ReplicationConfigArn=arn)
    _await_deletion(aws, "replication-config", arn)


def delete_instance(aws: Aws, arn: str) -> None:
    """Delete a replication instance, and wait until it is gone: its subnet group cannot go before."""
    aws.dms.delete_replication_instance(ReplicationInstanceArn=arn)
    _await_deletion(aws, "replication-instance", arn)


def delete_glue_job(aws: Aws, name: str) -> None:
    """End the runs of a Glue job, and delete it with the security configuration that has its name."""
    from dynamodb_bulk.glue.run import end_runs  # few stacks need it

    end_runs(GlueJob(name=name, bucket=""), aws)
    security = aws.glue.get_job(JobName=name)["Job"].get("SecurityConfiguration")
    aws.glue.delete_job(JobName=name)
    if security == name:
        aws.glue.delete_security_configuration(Name=name)


def delete_table(aws: Aws, name: str) -> None:
    """Delete a table, and wait until it is gone."""
    aws.dynamodb.delete_table(TableName=name)
    aws.dynamodb.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 2})


def delete_bucket(aws: Aws, name: str) -> None:
    """Empty a bucket, all versions and abandoned uploads, and delete it."""
    for page in aws.s3.get_paginator("list_multipart_uploads").paginate(Bucket=name):
        for upload in page.get("Uploads", []):
            aws.s3.abort_multipart_upload(
                Bucket=name, Key=upload.get("Key", ""), UploadId=upload.get("UploadId", "")
            )
    remove_objects(aws, bucket=name, prefix="")
    aws.s3.delete_bucket(Bucket=name)


def delete_gateway(aws: Aws, name: str) -> None:
    """Delete a VPC endpoint; raise LoadFailed with what EC2 answers, which is no error of the call."""
    for failed in aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[name]).get("Unsuccessful", []):
        error = failed.get("Error", {})
        if not error.get("Code", "").endswith("NotFound"):
            raise LoadFailed(error.get("Message", "EC2 does not say why"))


def delete_subnet(aws: Aws, name: str) -> None:
    """Delete a subnet; EC2 refuses one with interfaces, which DMS leaves there for a while."""
    aws.ec2.delete_subnet(SubnetId=name)


def delete_security_group(aws: Aws, name: str) -> None:
    """Delete a security group; EC2 refuses one that an interface uses."""
    aws.ec2.delete_security_group(GroupId=name)


def delete_vpc(aws: Aws, name: str) -> None:
    """Delete a VPC with its main route table and default group; EC2 refuses one that holds anything else."""
    aws.ec2.delete_vpc(VpcId=name)


def delete_role(aws: Aws, name: str) -> None:
    """Delete a role with its inline policies; attached ones are only detached."""
    for policy in aws.iam.list_role_policies(RoleName=name)["PolicyNames"]:
        aws.iam.delete_role_policy(RoleName=name, PolicyName=policy)
    for attached in aws.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        aws.iam.detach_role_policy(RoleName=name, PolicyArn=attached.get("PolicyArn", ""))
    aws.iam.delete_role(RoleName=name)


def delete_rule(aws: Aws, name: str) -> None:
    """Delete a rule of EventBridge with its targets."""
    targets = aws.events.list_targets_by_rule(Rule=name)["Targets"]
    if targets:
        aws.events.remove_targets(Rule=name, Ids=[each["Id"] for each in targets])
    aws.events.delete_rule(Name=name)


def described(aws: Aws, resource: str, arn: str) -> list[dict[str, Any]]:
    """Return what DMS says of a resource, by its noun in filters: `replication-task`; empty if gone."""
    describe: Any = getattr(aws.dms, f"describe_{resource.replace('-', '_')}s")
    try:
        found = describe(Filters=[{"Name": f"{resource}-arn", "Values": [arn]}])
    except aws.dms.exceptions.ResourceNotFoundFault:
        return []
    return found[f"{camel_case(resource)}s"]


def camel_case(resource: str) -> str:
    """Return a resource of DMS as its answers name it: ReplicationTask."""
    return resource.title().replace("-", "")


def _await_deletion(aws: Aws, resource: str, arn: str) -> None:
    poll(
        lambda: described(aws, resource, arn),
        lambda found: not found,
        limit_seconds=_SECONDS,
        what=f"the deletion of {arn}",
    )
