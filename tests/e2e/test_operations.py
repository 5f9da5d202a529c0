"""The walk of docs/operations.md: each command does what the page says, and prints what it shows."""

import re
from pathlib import Path

import pytest

from tests.e2e.clone import ROOT, Clone
from tests.e2e.conftest import new_stack
from tests.e2e.stack import Stack

ROWS = 200_000
DATASET = """\
name: readings
source: {files: [readings.csv], header: true}
columns:
  - {name: sensor, type: STRING}
  - {name: value, type: INT4}
table: {partition_key: {name: sensor}}
"""
_SHOWN = re.compile(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


@pytest.fixture
def walked(clone: Clone) -> Stack:
    """A stack with a load of 200,000 rows, one in a hundred of which does not become an item."""
    folder = clone.folder / "datasets/readings"
    folder.mkdir(parents=True)
    (folder / "dataset.yaml").write_text(DATASET)
    with (folder / "readings.csv").open("w") as stream:
        stream.write("sensor,value\n")
        stream.writelines(
            f"s{number:06},{number % 1_000 if number % 100 else 'n/a'}\n" for number in range(ROWS)
        )
    stack = new_stack(clone, "operations")
    stack.settle({"dataset": "datasets/readings/dataset.yaml", "method": "native", "check": "off"})
    return stack


def shown(page: Path, heading: str) -> list[tuple[str, list[str]]]:
    """The commands under a heading of a page, each with the lines that it prints."""
    section = page.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```console\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return [(command, out.splitlines()) for block in blocks for command, out in _SHOWN.findall(block)]


def is_printed(line: str, output: str) -> bool:
    """Whether the line is in the output; `…` stands for what differs from run to run."""
    pattern = ".*".join(re.escape(part) for part in " ".join(line.split()).split("…"))
    return any(re.fullmatch(pattern, " ".join(one.split())) for one in output.splitlines())


def test_page_leads_from_rejected_rows_to_a_verified_table(walked: Stack) -> None:
    clone = walked.clone
    environ = clone.local | {"PULUMI_STACK": walked.name, "COLUMNS": "100", "NO_COLOR": "1"}
    codes: list[int] = []
    for command, lines in shown(ROOT / "docs/operations.md", "From rejected rows to a verified table"):
        ran = clone.run("bash", "-c", command, environ=environ)
        assert "Traceback" not in ran.output
        missing = [line for line in lines if not is_printed(line, ran.output)]
        assert missing == [], f"{command}:\n{ran.output}"
        codes.append(ran.code)
    assert codes == [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert len(walked.items("readings")) == ROWS
