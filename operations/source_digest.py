"""What a dataset's files held when they were last looked at."""

import hashlib
import json

from dataset.dataset import Dataset
from dataset.files import content_digest
from operations.aws import Aws
from operations.files import source_files


def source_digest(dataset: Dataset, aws: Aws) -> dict[str, str]:
    """SHA-256 per file on this machine, or entity tag per object in S3."""
    if dataset.location:
        return {file.name: file.version for file in source_files(dataset, aws)}
    return {path.name: content_digest(path) for path in dataset.files}


def data_digest(dataset: Dataset, aws: Aws) -> str:
    """SHA-256 of all that decides which items a dataset's files become."""
    described = {
        "files": source_digest(dataset, aws),
        "columns": [column.model_dump() for column in dataset.columns],
        "mapping": dataset.object_mapping.model_dump(),
        "attributes": dataset.attributes,
        "keys": repr(dataset.keys),
        "source": dataset.source.model_dump(exclude={"files"}),
    }
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
