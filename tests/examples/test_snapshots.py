"""Every document of every example is the one on record.

After a change that is meant: `python -m tests.examples.test_snapshots` writes them again.
"""

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import get_args

import pytest

from dynamodb_bulk.cli.show import Document, show
from dynamodb_bulk.spec.errors import InputError

ROOT = Path(__file__).parents[2]
SNAPSHOTS = Path(__file__).parent / "snapshots"
EXAMPLES = sorted(path.parent.name for path in ROOT.glob("examples/*/dataset.yaml"))
REGIONS = "AWS_REGION", "AWS_DEFAULT_REGION"
DOCUMENTS: tuple[Document, ...] = get_args(Document)


def shown(example: str, document: Document) -> str:
    """What `bulk show` prints: to people and, in a refusal, why."""
    out, notes = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(notes):
            show(ROOT / "examples" / example / "dataset.yaml", document, count=3)
    except InputError as error:
        return f"error: {error.what}; {error.remedy}\n"
    return out.getvalue()


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_document_when_shown_is_the_one_on_record(
    example: str, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in REGIONS:  # so that files in S3 are not asked for
        monkeypatch.delenv(name, raising=False)
    snapshot = SNAPSHOTS / example / f"{document}.txt"
    assert snapshot.is_file(), "write it: python -m tests.examples.test_snapshots"
    assert shown(example, document) == snapshot.read_text()


def test_snapshots_are_removed_with_their_example() -> None:
    recorded = {str(path.relative_to(SNAPSHOTS)) for path in SNAPSHOTS.rglob("*.txt")}
    assert recorded == {f"{example}/{document}.txt" for example in EXAMPLES for document in DOCUMENTS}


if __name__ == "__main__":
    for each in EXAMPLES:
        (SNAPSHOTS / each).mkdir(parents=True, exist_ok=True)
        for one in DOCUMENTS:
            (SNAPSHOTS / each / f"{one}.txt").write_text(shown(each, one))
