"""`make aws-smoke` against local AWS, whole."""

import json
import shlex

import pytest

from local_aws.testing.held import slow_time_to_live
from smoke.probes import probes
from tests.e2e.account import inventory
from tests.e2e.clone import ROOT, Clone
from tests.e2e.stack import ACCOUNT

pytestmark = pytest.mark.xdist_group("aws smoke")


@pytest.fixture(scope="module")
def path(own: Clone, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH whose uv gives the copy that `make aws-smoke` works in the clone's environment.

    `tests/e2e/test_template.py` has a copy of the project make its own.
    """
    uv = tmp_path_factory.mktemp("bin") / "uv"
    uv.write_text(f"#!/bin/sh\ncp -a {shlex.quote(str(own.folder / '.venv'))} . && rm -f .venv/locked\n")
    uv.chmod(0o755)
    return f"{uv.parent}:{own.local['PATH']}"


@pytest.fixture(scope="module")
def report(own: Clone, path: str) -> str:
    """The report of a run that ended well and left nothing."""
    before = inventory(own)
    with slow_time_to_live(own.endpoint, 10):  # a busy machine does not miss that it is being enabled
        ended = own.literal(f"PATH={shlex.quote(path)} make aws-smoke SMOKE='--account {ACCOUNT}'")
    assert ended.code == 0, ended.output
    assert inventory(own) == before
    (found,) = own.folder.glob("aws-smoke-9012-*.md")
    return found.read_text()


def test_report_answers_every_question(report: str) -> None:
    table, left, raw = report.split("\n## ")
    asked = [question.asks for probe in probes(dms=True) for question in probe.questions]
    rows = [line.removeprefix("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
    assert [row[0] for row in rows] == asked
    assert not [row for row in rows if "not answered" in row[1]]
    assert "Nothing is left." in left
    assert "### bulk-put\n" in raw
    assert ACCOUNT not in report


@pytest.mark.usefixtures("report")
def test_answers_of_local_aws_are_those_that_reports_show(own: Clone) -> None:
    """When local AWS changes, `make aws-smoke` against it writes them again: docs/aws-smoke.md."""
    written, kept = (json.loads((folder / "smoke/local.json").read_text()) for folder in (own.folder, ROOT))
    assert written == kept
