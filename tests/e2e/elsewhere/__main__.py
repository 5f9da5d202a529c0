"""Someone else's stack: a table that DynamoDB imports, and an endpoint of DMS; none of our components."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
after = pulumi.ResourceOptions

bucket = aws.s3.Bucket("landing", bucket="acme-landing", force_destroy=True)
aws.s3.BucketPublicAccessBlock(
    "landing",
    bucket=bucket.bucket,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)
aws.s3.BucketServerSideEncryptionConfiguration(
    "landing",
    bucket=bucket.bucket,
    rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
)
aws.s3.BucketPolicy(
    "landing",
    bucket=bucket.bucket,
    policy=bucket.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": [arn, f"{arn}/*"],
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ],
            }
        )
    ),
)
file = aws.s3.BucketObjectv2(
    "events", bucket=bucket.bucket, key="events/1.csv", content="id,what\n1,opened\n2,closed\n"
)
table = aws.dynamodb.Table(
    "events",
    name="acme-events",
    attributes=[{"name": "id", "type": "S"}],
    hash_key="id",
    billing_mode="PAY_PER_REQUEST",
    import_table={
        "input_format": "CSV",
        "s3_bucket_source": {"bucket": "acme-landing", "key_prefix": "events/"},
    },
    opts=after(
        depends_on=[file],
        ignore_changes=["importTable"],
        custom_timeouts=pulumi.CustomTimeouts(create="4h"),
    ),
)
role = aws.iam.Role(
    "loader",
    name="acme-loader",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "dms.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
                }
            ],
        }
    ),
)
write = "*" if config.get_bool("wide") else ["dynamodb:PutItem", "dynamodb:DescribeTable"]
permissions = aws.iam.RolePolicy(
    "loader",
    role=role.name,
    policy=table.arn.apply(
        lambda arn: json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": write, "Resource": arn}]}
        )
    ),
)
aws.cloudwatch.LogGroup("imports", name="/aws-dynamodb/imports")
aws.dms.Endpoint(
    "events",
    endpoint_id="acme-events",
    endpoint_type="target",
    engine_name="dynamodb",
    service_access_role=role.arn,
    opts=after(depends_on=[permissions]),
)
