"""Tags as AWS's services list them, by their keys."""

from collections.abc import Iterable, Mapping
from typing import Any

from dynamodb_bulk.aws import Aws

Tags = Mapping[str, str]
NAME = "bulk:name"
"""The tag that names what AWS gives nothing but an ID."""


def tags_of(listed: Iterable[Mapping[str, Any]]) -> Tags:
    """Return the tags of a list of objects with Key and Value."""
    return {tag.get("Key", ""): tag.get("Value", "") for tag in listed}


def table_tags(aws: Aws, arn: str) -> Tags:
    """Return the tags of a table."""
    pages = aws.dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    return tags_of(tag for page in pages for tag in page.get("Tags", []))


def owner_of(tags: Tags) -> str:
    """`<project>/<stack>` as a stack tags what it makes; empty without these tags."""
    return f"{tags['project']}/{tags['stack']}" if {"project", "stack"} <= tags.keys() else ""
