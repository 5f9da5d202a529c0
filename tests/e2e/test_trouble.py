"""What a user gets when something is wrong, through the real engine."""

import socket
from pathlib import Path

import pytest

from tests.e2e.clone import Clone
from tests.e2e.stack import UP, Stack

UNCHECKED = {"dataset": "people/dataset.yaml", "method": "dms", "check": "off"}


def test_up_names_bad_rows_and_loads_and_verifies_again_once_the_data_is_put_back(
    stack: Stack, people: Path
) -> None:
    good = "p1|31\np2|2\np4|5\n"
    (people / "a.csv").write_text(good)
    stack.settle({**UNCHECKED, "verify": True})
    stack.well(UP)
    loaded = stack.items("people")
    assert {item["id"]["S"] for item in loaded} == {"p1", "p2", "p3", "p4"}

    (people / "a.csv").write_text("p1|99\np2|many\np4|5|6\n")
    stack.up().refused("2 of 4 rows rejected", "people/a.csv, line 2, column age", "people/a.csv, line 3: ")
    assert stack.items("people") != loaded

    (people / "a.csv").write_text(good)
    assert "people: good: 4 items" in stack.well(UP).output, "verified again, too"
    assert sorted(map(str, stack.items("people"))) == sorted(map(str, loaded))


@pytest.mark.parametrize(
    ("environ", "command", "said"),
    [
        ("AWS_ENDPOINT_URL=http://127.0.0.1:1", UP, "start local AWS with `.venv/bin/bulk local up`"),
        (
            "-u AWS_ACCESS_KEY_ID",
            "pulumi preview",
            "AWS: Unable to locate credentials; give valid credentials",
        ),
    ],
    ids=["stopped", "no credentials"],
)
def test_deployment_says_in_one_line_that_aws_cannot_be_asked(
    stack: Stack, people: Path, environ: str, command: str, said: str
) -> None:
    ended = stack.run(f"env {environ} {command} --suppress-progress --suppress-outputs")
    ended.refused(said)
    diagnostics = ended.output.partition("Diagnostics:")[2]
    assert diagnostics.count("error: ") == 1, ended.output
    assert len(ended.output.splitlines()) < 20, ended.output
    assert "aws:s3" not in ended.output


def test_local_provider_refuses_another_endpoint(stack: Stack) -> None:
    assert stack.run("pulumi config set bulk:local false").code == 0
    # The program itself asks STS first.
    elsewhere = "AWS_ENDPOINT_URL=https://dynamodb.eu-west-1.amazonaws.com"
    refused = stack.run(f"env AWS_ENDPOINT_URL_STS={stack.clone.endpoint} {elsewhere} pulumi preview")
    refused.refused("is not local", "127.0.0.1")


def test_local_up_names_the_port_and_how_to_choose_another_when_it_is_taken(
    clone: Clone, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        environ = {"XDG_STATE_HOME": str(tmp_path), "BULK_PORT": port}
        up = clone.run(".venv/bin/bulk", "local", "up", environ=environ)
    assert up.code == 2
    assert f"port {port}: is taken by another program" in up.output
    assert "BULK_PORT=" in up.output
