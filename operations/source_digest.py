"""What a dataset's files held when they were last looked at."""

from dataset.dataset import Dataset
from dataset.files import content_digest
from operations.aws import Aws
from operations.files import source_files


def source_digest(dataset: Dataset, aws: Aws) -> dict[str, str]:
    """SHA-256 per file on this machine, or entity tag per object in S3."""
    if dataset.location:
        return {file.name: file.version for file in source_files(dataset, aws)}
    return {path.name: content_digest(path) for path in dataset.files}
