"""Where the fixed rows of a run are: in the stack's bucket, so that files still say what the table holds."""

from dataclasses import replace

from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.loads.run_record import RunRecord, reports_prefix


def fixed_name(load: str) -> str:
    """Return the name by which the fixed rows of a load are recorded, which no dataset can have."""
    return f"{load}/fixed"


def fixed_prefix(load: str, record: RunRecord) -> str:
    """Return the prefix of their files, in the bucket of the records; they go with the load's reports."""
    return f"{reports_prefix(load)}fixed/{record.token}/"


def fixed_dataset(dataset: Dataset, load: str, record: RunRecord, bucket: str) -> Dataset:
    """Return the dataset with the fixed rows of the run in the place of its files."""
    place = {
        "files": (),
        "location": f"s3://{bucket}/{fixed_prefix(load, record)}",
        "bucket_owner": None,
        "kms_key": None,
        "compression": "none",
        "skip_footer": 0,
    }
    return replace(dataset, source=dataset.source.model_copy(update=place), files=())
