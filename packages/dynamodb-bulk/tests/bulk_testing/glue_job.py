"""A Glue job of local AWS in a test's own bucket, whose script is an object there."""

from typing import Any

from local_aws.testing.stage import Stage

TRUST = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}


def make_bucket(stage: Stage) -> None:
    where: Any = {"LocationConstraint": stage.region}
    stage.s3.create_bucket(Bucket=stage.bucket, CreateBucketConfiguration=where)


def put_script(stage: Stage, text: str) -> None:
    stage.s3.put_object(Bucket=stage.bucket, Key="script.py", Body=text.encode())


def make_job(stage: Stage, name: str = "job", *, flex: bool = False, **arguments: str) -> str:
    """Make a job whose requests go to the test's bucket, with the rights of the stack's jobs; its name."""
    tables = f"arn:aws:dynamodb:{stage.region}:*:table/{stage.named('*')}"
    writes = ["dynamodb:BatchWriteItem", "dynamodb:DescribeTable", "dynamodb:PutItem"]
    role = stage.role(
        name,
        (["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{stage.bucket}/*"),
        (writes, tables),
        ("cloudwatch:GetMetricStatistics", "*"),
        trust=TRUST,
    )
    stage.client("glue").create_job(
        Name=stage.named(name),
        Role=role,
        Command={"Name": "glueetl", "ScriptLocation": f"s3://{stage.bucket}/script.py"},
        DefaultArguments={f"--{key}": value for key, value in arguments.items()},
        GlueVersion="5.1",
        ExecutionClass="FLEX" if flex else "STANDARD",
        WorkerType="G.1X",
        NumberOfWorkers=2,
    )
    return stage.named(name)
