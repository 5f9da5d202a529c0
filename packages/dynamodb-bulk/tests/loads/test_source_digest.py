"""The digest of a load's data, and that stacks of earlier versions are not loaded again for a new version."""

from pathlib import Path

from bulk_testing.plant import small
from dynamodb_bulk.aws import Aws
from dynamodb_bulk.dataset import open_dataset
from dynamodb_bulk.loads.source_digest import data_digest, source_contents

EARLIER = "56036eb3deba1dff8c92fd37e23d058bcd43e1f6885643d7ca1b94673c619dd4"
"""Of the same files and dataset by the version before `encoding` and its like came."""


def digest(path: Path) -> str:
    return data_digest(source_contents(open_dataset(path), Aws(region="eu-west-1")))


def test_digest_is_that_of_earlier_versions_when_nothing_newer_is_set(tmp_path: Path) -> None:
    path = small(tmp_path, b"a,1,x\n", source={"delimiter": ",", "header": False})
    assert digest(path) == EARLIER
    assert repr(open_dataset(path).source).endswith("quoting='rfc4180', null_value='')")


def test_digest_changes_with_what_is_read_differently(tmp_path: Path) -> None:
    plain = digest(small(tmp_path, b"a,1,x\n"))
    assert digest(small(tmp_path, b"a,1,x\n", source={"encoding": "latin-1"})) != plain
    assert digest(small(tmp_path, b"a,2,x\n")) != plain
