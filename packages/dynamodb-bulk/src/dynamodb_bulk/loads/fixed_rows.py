"""Where the fixed rows of a run are: in the stack's bucket, so that files still say what the table holds."""

from dataclasses import replace
from pathlib import Path

from dynamodb_bulk.dataset import Dataset
from dynamodb_bulk.loads.load import DescribedLoad
from dynamodb_bulk.loads.run_record import RunRecord, reports_prefix
from dynamodb_bulk.loads.verdict import Fates, account, not_good


def fixed_name(load: str) -> str:
    """Return the name by which the fixed rows of a load are recorded, which no dataset can have."""
    return f"{load}/fixed"


def fixed_prefix(load: str, record: RunRecord) -> str:
    """Return the prefix of their files, in the bucket of the records; they go with the load's reports."""
    return f"{reports_prefix(load)}fixed/{record.token}/"


def fixed_dataset(dataset: Dataset, load: str, record: RunRecord, bucket: str) -> Dataset:
    """Return the dataset with the fixed rows of the run in the place of its files."""
    return _plain(dataset, location=f"s3://{bucket}/{fixed_prefix(load, record)}")


def fixed_here(dataset: Dataset, file: Path) -> Dataset:
    """Return the dataset with fixed rows of a file on this machine in the place of its files."""
    return replace(_plain(dataset, location=None), files=(file,))


def _plain(dataset: Dataset, location: str | None) -> Dataset:
    place = {
        "files": (),
        "location": location,
        "bucket_owner": None,
        "kms_key": None,
        "compression": "none",
        "skip_footer": 0,
    }
    return replace(dataset, source=dataset.source.model_copy(update=place), files=())


def refuse_partly_fixed(load: DescribedLoad, record: RunRecord, *, tolerate: int = 0) -> None:
    """Raise LoadFailed where rejected rows of the run were fixed, but not all: AWS knows of none of them."""
    if not record.unfixed or not (found := record.outcome):
        return
    fates = Fates(written=found.written, condition_failed=found.condition_failed, rejected=found.rejected)
    words = account(record.counted, fates, tolerate=tolerate).words
    remedy = f"Fix them and run `bulk reload {load.name} --only-rejected FILE` again."
    raise not_good(load, words, remedy=remedy)
