"""A dataset's files in the stack's bucket, under the names that DMS looks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.bucket import FilesBucket


@dataclass(frozen=True, kw_only=True)
class DatasetFilesArgs:
    """`files` go under `prefix`, which ends in a slash."""

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
        self.objects = args.bucket.uploads(name, self.keys, args.files, parent=self, content_type="text/csv")
        self.register_outputs({"count": len(self.objects)})
