"""What every probe gets: the account, names and tags of this run, and waits that end."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dynamodb_bulk.aws import Aws
from dynamodb_bulk.aws.names import bucket_name, physical_name
from dynamodb_bulk.cleanup.delete import delete_bucket
from dynamodb_bulk.spec.errors import LoadFailed
from smoke.removal import Created

Seen = TypeVar("Seen")
PROBES, STACK = "probes", "smoke"
"""The stacks that the tags name: of the probes, which is none of Pulumi's, and of the product."""
_IDS = re.compile(
    r"\b[0-9]{14}-[0-9a-f]{8}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-z]{26}\b"
)


class Stopped(Exception):
    """The run was interrupted, or its time is over."""


@dataclass(kw_only=True)
class Stage:
    """One run in one account and Region; `raw` collects AWS's own answers by their names."""

    aws: Aws
    account: str
    partition: str
    run: str
    local: bool
    dms: bool
    deadline: float
    created: Created = field(default_factory=Created)
    stop: threading.Event = field(default_factory=threading.Event)
    raw: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def project(self) -> str:
        """The project that the tags name, of this run alone."""
        return f"smoke-{self.run}"

    @property
    def tags(self) -> list[dict[str, str]]:
        """The tags of what the probes create, as most services take them."""
        named = {"project": self.project, "stack": PROBES, "smoke": self.run}
        return [{"Key": key, "Value": value} for key, value in named.items()]

    @property
    def bucket(self) -> str:
        """The bucket of the probes."""
        return bucket_name(self.account, self.project, PROBES)

    def name(self, *parts: str) -> str:
        """Return the name of a thing of the probes."""
        return physical_name(self.project, PROBES, *parts)

    def plain(self, text: str) -> str:
        """Return a text of AWS without what differs in every run."""
        named = (
            text.replace(self.project, "PROJECT").replace(self.run, "RUN").replace(self.account, "ACCOUNT")
        )
        return _IDS.sub("ID", named)

    def check(self) -> None:
        """Raise Stopped when the run is to end."""
        if self.stop.is_set():
            raise Stopped("interrupted")
        if time.monotonic() > self.deadline:
            raise Stopped("the time limit of the run was reached")

    def wait(
        self, look: Callable[[], Seen], done: Callable[[Seen], object], *, minutes: float, what: str
    ) -> Seen:
        """Return the first look that is done; raise LoadFailed past the limit, Stopped with the run."""
        end, pause = time.monotonic() + minutes * 60, 0.1
        while True:
            self.check()
            if done(seen := look()):
                return seen
            if time.monotonic() > end:
                raise LoadFailed(f"{what}: not over after {minutes:g} minutes")
            self.stop.wait(pause)
            pause = min(pause * 1.5, 10.0)

    def create_bucket(self) -> None:
        """Create the bucket of the probes, private as every new one is."""
        place: Any = {"LocationConstraint": self.aws.region}
        options: Any = {} if self.aws.region == "us-east-1" else {"CreateBucketConfiguration": place}
        self.aws.s3.create_bucket(Bucket=self.bucket, **options)
        self.created.add("bucket", self.bucket, lambda: delete_bucket(self.aws, self.bucket))
        tags: Any = {"TagSet": self.tags}
        self.aws.s3.put_bucket_tagging(Bucket=self.bucket, Tagging=tags)

    def own_table(self, part: str) -> str:
        """Return the name of a table that is deleted at the end, whoever creates it."""
        name = self.name(part)
        self.created.add("table", name, lambda: self.aws.dynamodb.delete_table(TableName=name))
        return name

    def create_table(self, part: str) -> str:
        """Create a table on demand with the key `id`, and wait for it."""
        name, tags = self.own_table(part), self.tags
        request: Any = {**TABLE, "TableName": name, "Tags": tags}
        self.aws.dynamodb.create_table(**request)
        self.wait(
            lambda: self.aws.dynamodb.describe_table(TableName=name)["Table"].get("TableStatus"),
            lambda status: status == "ACTIVE",
            minutes=5,
            what=f"table {name}",
        )
        return name

    def upload(self, key: str, body: bytes) -> None:
        """Put an object into the bucket of the probes."""
        self.aws.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def objects(self, prefix: str) -> dict[str, bytes]:
        """Return the objects under a prefix, whole."""
        pages = self.aws.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        keys = [found.get("Key", "") for page in pages for found in page.get("Contents", [])]
        return {key: self.aws.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read() for key in keys}

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return the items of a small table by their keys; none of a table that does not exist."""
        try:
            found: Any = self.aws.dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]
        except self.aws.dynamodb.exceptions.ResourceNotFoundException:
            return []
        return sorted(found, key=lambda item: str(item["id"]))


TABLE = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
"""What creates the table of a probe, but for its name."""
