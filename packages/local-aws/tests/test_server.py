import json
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local_aws.testing.fixtures import fetch
from local_aws.testing.free_port import free_port
from local_aws.testing.stage import Stage


def test_health_of_a_running_server_names_the_product_and_the_clone(server: str):
    status, body = fetch(f"{server}/_bulk/health")
    health = json.loads(body)
    assert status == 200
    assert (health["product"], health["clone"], health["latency"]) == (
        "dynamodb-bulk",
        str(Path.cwd()),
        "fast",
    )
    assert health["pid"] > 0


def test_server_reports_the_used_port_and_how_to_choose_a_different_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "local_aws.server", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"127.0.0.1:{port} is taken")
    assert "BULK_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_server_when_terminated_ends_quietly_with_one_line_on_stdout():
    port = free_port()
    command = [sys.executable, "-m", "local_aws.server", "--port", str(port), "--latency", "aws"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        urllib.request.urlopen(f"http://127.0.0.1:{port}/_bulk/health").close()
        process.terminate()
        out, error = process.communicate(timeout=600)
    assert first == f"local AWS: http://127.0.0.1:{port}\n"
    assert (process.returncode, out, error) == (0, "", "")


def test_server_listens_on_the_loopback_address_alone(server: str):
    port = int(server.rsplit(":", 1)[1])
    sockets = [line.split()[1].split(":") for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    assert {address for address, hexadecimal in sockets if int(hexadecimal, 16) == port} == {"0100007F"}


def test_default_network_of_a_fresh_region_covers_several_zones(stage: Stage):
    zones = {subnet["AvailabilityZone"] for subnet in stage.ec2.describe_subnets()["Subnets"]}
    assert zones == {"eu-west-1a", "eu-west-1b", "eu-west-1c"}


def test_services_of_moto_answer_behind_the_same_port(server: str):
    session = boto3.Session("testing", "testing", region_name="eu-west-1")
    sts = session.client("sts", endpoint_url=server)
    assert sts.get_caller_identity()["Account"] == "123456789012"


def test_time_is_set_forward_and_never_back(server: str) -> None:
    def clock(body: bytes) -> tuple[int, dict[str, Any]]:
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{server}/_bulk/clock", data=body)) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    _, before = clock(b"")
    _, after = clock(b'{"forward_seconds": 600}')
    assert 600 <= after["now"] - before["now"] < 660
    assert clock(b'{"forward_seconds": -1}')[0] == 400
    assert clock(b"soon")[0] == 400


@pytest.mark.parametrize(
    ("operation", "members"),
    [("list_tables", {}), ("list_imports", {}), ("describe_table", {"TableName": "no-such-table"})],
)
def test_answer_of_dynamodb_has_a_request_id_and_the_checksum_of_its_body(
    stage: Stage, operation: str, members: dict[str, str]
):
    answers: list[dict[str, Any]] = []
    client = boto3.Session("a", "b", region_name="eu-west-1").client("dynamodb", endpoint_url=stage.url)
    client.meta.events.register(
        "before-parse.dynamodb", lambda response_dict, **_: answers.append(response_dict)
    )
    with suppress(ClientError):
        getattr(client, operation)(**members)
    [answer] = answers
    assert re.fullmatch("[A-Z0-9]{52}", answer["headers"]["x-amzn-RequestId"])
    assert int(answer["headers"]["x-amz-crc32"]) == zlib.crc32(answer["body"])
