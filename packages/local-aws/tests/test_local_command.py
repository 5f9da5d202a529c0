import http.server
import json
import os
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dynamodb_bulk.spec.errors import InputError
from local_aws.background import (
    Server,
    changes_provider,
    default_port,
    recorded,
    running,
    set_state_aside,
)
from local_aws.environment import lines, variables
from local_aws.locks import clear_dead
from local_aws.state import Folders, folders


@pytest.fixture
def own(tmp_path: Path) -> Folders:
    own = Folders(clone=tmp_path / "my clone", cache=tmp_path / "cache", state=tmp_path / "state")
    own.open()
    return own


class Answer(http.server.BaseHTTPRequestHandler):
    said: dict[str, Any] | None = None

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(self.said).encode() if self.said else b"<html>")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep the requests out of the output of the tests."""


@pytest.fixture
def port() -> Iterator[int]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Answer.said = None
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_folders_of_two_clones_with_one_name_differ(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path / "s"), "XDG_CACHE_HOME": str(tmp_path / "c")}
    one, other = (folders(tmp_path / each / "bulk", environ) for each in "ab")
    assert one.state != other.state
    assert one.cache == other.cache == tmp_path / "c" / "dynamodb-bulk"


def test_state_of_a_different_format_is_refused(own: Folders) -> None:
    (own.state / "format").write_text("0\n")
    with pytest.raises(InputError, match="format 0; this version reads format 1"):
        own.open()


def after_eval(own: Folders, given: dict[str, str]) -> dict[str, str]:
    """The environment of a shell that has these variables, after `eval "$(bulk local env)"`."""
    script = "\n".join(lines(variables(own, 4567, given), given)) + "\n/usr/bin/env -0"
    output = subprocess.run(["/bin/sh", "-c", script], env=given, capture_output=True, check=True).stdout
    return dict(each.split("=", 1) for each in output.decode().split("\0") if each)


def executable(folder: Path, name: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).symlink_to("/bin/true")
    return str(folder)


def test_environment_survives_the_shell_and_leads_to_this_machine(own: Folders) -> None:
    seen = after_eval(own, {"PATH": f"/usr/bin:{own.bin}"})
    assert seen["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4567"
    assert seen["PATH"].startswith(f"{own.bin}:{own.clone}/.venv/bin:/usr/bin")


ELSEWHERE = {
    "AWS_PROFILE": "production",
    "AWS_DEFAULT_PROFILE": "production",
    "AWS_SESSION_TOKEN": "real",
    "AWS_SECURITY_TOKEN": "real",
    "AWS_ACCOUNT_ID": "999999999999",
    "AWS_ROLE_ARN": "arn:aws:iam::999999999999:role/real",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/real",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "real",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_USE_DUALSTACK_ENDPOINT": "true",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_CA_BUNDLE": "/no/such.pem",
    "AWS_S3_USE_ARN_REGION": "true",
    "AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE": "https://elsewhere.example",
    "AWS_ENDPOINT_URL_SOMETHING_NEW": "https://elsewhere.example",
    "TF_AWS_STS_ENDPOINT": "https://elsewhere.example",
    "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
}


def test_environment_unsets_everything_that_leads_elsewhere(own: Folders) -> None:
    seen = after_eval(own, {"PATH": "/usr/bin", **ELSEWHERE})
    assert {name for name in ELSEWHERE if name in seen} == set()
    assert seen["AWS_ACCESS_KEY_ID"] == "local"


def test_boto3_reaches_this_machine_after_eval_when_a_proxy_profile_and_fips_are_set(
    own: Folders, port: int
) -> None:
    Answer.said = {"Functions": [{"FunctionName": "here"}]}
    given = {"PATH": os.environ["PATH"], **ELSEWHERE}
    given |= dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9")
    script = "\n".join(lines(variables(own, port, given), given))
    ask = "import boto3; print(boto3.client('lambda').list_functions()['Functions'][0]['FunctionName'])"
    asked = subprocess.run(
        ["/bin/sh", "-c", f"{script}\nexec {shlex.quote(sys.executable)} -c {shlex.quote(ask)}"],
        env=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.stdout.strip() == "here", asked.stderr


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, "127.0.0.1,localhost"),
        ({"NO_PROXY": "corp.example, localhost"}, "corp.example,localhost,127.0.0.1"),
        ({"no_proxy": "a.example", "NO_PROXY": "b.example"}, "a.example,b.example,127.0.0.1,localhost"),
        ({"no_proxy": "*"}, "*"),
    ],
)
def test_environment_adds_this_machine_to_the_hosts_without_a_proxy(
    own: Folders, given: dict[str, str], wanted: str
) -> None:
    seen = after_eval(own, {"PATH": "/usr/bin", **given})
    assert seen["NO_PROXY"] == seen["no_proxy"] == wanted


def test_environment_appends_the_cached_uv_when_there_is_none_on_path(own: Folders, tmp_path: Path) -> None:
    executable(own.uv, "uv")
    other = str(tmp_path / "empty")
    assert after_eval(own, {"PATH": other})["PATH"].endswith(f":{other}:{own.uv}")
    assert after_eval(own, {"PATH": f"{other}:{own.uv}"})["PATH"].count(str(own.uv)) == 1

    users = executable(tmp_path / "users", "uv")
    assert str(own.uv) not in after_eval(own, {"PATH": users})["PATH"]


def test_unused_port_is_free(own: Folders) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    assert running(own, number) is None


def test_port_held_by_our_own_server_is_reused(own: Folders, port: int) -> None:
    Answer.said = {"product": "dynamodb-bulk", "clone": str(own.clone), "pid": 7, "latency": "fast"}
    assert running(own, port) == Server(port, 7, "fast")


def test_port_used_by_a_different_clone_is_reported_with_the_remedy(own: Folders, port: int) -> None:
    Answer.said = {"product": "dynamodb-bulk", "clone": "/elsewhere", "pid": 7, "latency": "fast"}
    with pytest.raises(InputError, match=f"another clone, /elsewhere.*BULK_PORT={port + 1}"):
        running(own, port)


def test_port_used_by_a_different_program_is_reported(own: Folders, port: int) -> None:
    with pytest.raises(InputError, match=r"taken by another program.*BULK_PORT="):
        running(own, port)


@pytest.mark.parametrize("text", ["http", "0", "70000"])
def test_invalid_port_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="BULK_PORT"):
        default_port({"BULK_PORT": text})


def test_state_of_a_stopped_server_replaces_the_one_before(own: Folders) -> None:
    for name in ("first", "second"):
        (own.backend / ".pulumi").mkdir(parents=True)
        (own.backend / ".pulumi" / name).touch()
        assert set_state_aside(own)
    assert [each.name for each in (own.previous_backend / ".pulumi").iterdir()] == ["second"]
    assert not set_state_aside(own)


def test_state_is_of_another_provider_when_the_record_names_a_different_one(own: Folders) -> None:
    assert not changes_provider(own, "replacement"), "states from before the record was kept stay"
    assert not changes_provider(own, "official"), "there is no state"
    (own.backend / ".pulumi").mkdir()
    assert not changes_provider(own, "official")
    assert changes_provider(own, "replacement")
    assert not changes_provider(own, "replacement")


def lock(own: Folders, stack: str, pid: int, host: str) -> Path:
    place = own.backend / ".pulumi" / "locks" / "organization" / "bulk" / stack / "id.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({"pid": pid, "username": "me", "hostname": host, "timestamp": "now"}))
    return place


def test_lock_of_a_run_that_was_killed_is_cleared_and_no_other(own: Folders) -> None:
    ended = subprocess.Popen(["/bin/true"])
    ended.wait()
    here = socket.gethostname()
    dead = lock(own, "dead", ended.pid, here)
    kept = [lock(own, "alive", os.getpid(), here), lock(own, "elsewhere", ended.pid, "another-machine")]
    assert clear_dead(own.backend) == ["bulk/dead"]
    assert not dead.exists()
    assert all(each.exists() for each in kept)


def test_lock_is_cleared_when_its_process_has_ended_and_was_not_reaped(own: Folders) -> None:
    zombie = subprocess.Popen(["/bin/true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    try:
        lock(own, "dead", zombie.pid, socket.gethostname())
        assert clear_dead(own.backend) == ["bulk/dead"]
    finally:
        zombie.wait()


def test_server_is_not_running_when_its_process_has_ended_and_was_not_reaped(own: Folders) -> None:
    zombie = subprocess.Popen(["/bin/true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    own.server_record.write_text(json.dumps({"port": 4566, "pid": zombie.pid, "latency": "fast"}))
    try:
        assert recorded(own) is None
    finally:
        zombie.wait()


def test_state_of_a_run_that_was_killed_loses_the_attributes_that_were_half_written(own: Folders) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    lock(own, "dead", ended.pid, socket.gethostname())
    folder = own.backend / ".pulumi" / "stacks" / "bulk"
    folder.mkdir(parents=True)
    (folder / "dead.json").write_text("{}")
    (folder / "dead.json.attrs").write_text("")
    (folder / "dead.json.bak.attrs").write_text('{"md5": ""}')
    clear_dead(own.backend)
    assert sorted(file.name for file in folder.iterdir()) == ["dead.json", "dead.json.bak.attrs"]
