"""A dataset's files in the stack's bucket, under the names that DMS looks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.bucket import FilesBucket
from components.stack import Stack


@dataclass(frozen=True, kw_only=True)
class DatasetFilesArgs:
    """`files` go under `prefix`, which ends in a slash."""

    stack: Stack
    bucket: FilesBucket
    prefix: str
    files: Sequence[Path]


class DatasetFiles(pulumi.ComponentResource):
    """One object per file: LOAD00000001.csv and so on, in the files' order.

    Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.S3.html
    """

    objects: list[pulumi.Resource]
    keys: list[str]

    def __init__(self, name: str, args: DatasetFilesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bulk:components:DatasetFiles", name, None, opts)
        self.keys = [f"{args.prefix}LOAD{number:08}.csv" for number in range(1, len(args.files) + 1)]
        self.objects = [
            aws.s3.BucketObjectv2(
                f"{name}-{number}",
                bucket=args.bucket.name,
                key=key,
                source=pulumi.FileAsset(str(file)),
                content_type="text/csv",
                checksum_algorithm="SHA256",
                tags=args.stack.tagged(dataset=name),
                opts=pulumi.ResourceOptions(parent=self, depends_on=args.bucket.ready),
            )
            for number, (key, file) in enumerate(zip(self.keys, args.files, strict=True), start=1)
        ]
        self.register_outputs({"count": len(self.objects)})
