"""What a dataset's files held when they were last looked at."""

from dataset.dataset import Dataset
from dataset.files import content_digest
from operations.aws import Aws
from operations.survey import list_objects


def source_digest(dataset: Dataset, aws: Aws) -> dict[str, str]:
    """SHA-256 per file on this machine, or entity tag per object in S3."""
    if dataset.location:
        return dict(list_objects(dataset.location, aws))
    return {path.name: content_digest(path) for path in dataset.files}
