"""DynamoDB Local as a process of the server's: started with it, asked over HTTP, ended with it."""

import atexit
import json
import subprocess
from pathlib import Path
from typing import Any

import urllib3

from local_aws.dynamodb_local.acquire import VERSION, java
from local_aws.protocol import headers
from local_aws.state import folders

_HERE = Path(__file__).parent
_HOST = "127.0.0.1"
_ATONCE = 64
# Its default is *, every web page: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.UsageNotes.html
_NO_WEB_PAGES = ("-cors", f"http://{_HOST}")
_STOP_SECONDS = 5
TARGET = "DynamoDB_20120810"

_started: list["LocalDynamoDb"] = []


class StartError(Exception):
    """DynamoDB Local did not start; the text is the last it said."""


class LocalDynamoDb:
    """Runs a DynamoDB Local, in memory, with tables by region."""

    def __init__(self, jars: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [
                *(java(), "-Xmx2g", "-cp", f"{jars}/*", f"-Djava.library.path={jars}"),
                *(str(_HERE / "Loopback.java"), "-inMemory", "-disableTelemetry", *_NO_WEB_PAGES),
            ],
            stdin=subprocess.PIPE,  # its end tells the process that the server is gone
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._pool = urllib3.HTTPConnectionPool(_HOST, self._port(), maxsize=_ATONCE, retries=False)

    def forward(self, target: str, body: bytes, region: str) -> urllib3.BaseHTTPResponse:
        """Send a request as it came, in the name of one account, whoever sent it."""
        return self._pool.urlopen("POST", "/", body=body, headers=headers(target, region))

    def ask(self, operation: str, region: str, **members: Any) -> tuple[int, dict[str, Any]]:
        """Return the status and the members of the answer to a request of our own."""
        answer = self.forward(f"{TARGET}.{operation}", json.dumps(members).encode(), region)
        return answer.status, answer.json()

    def stop(self) -> None:
        """End the process and wait for it."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _port(self) -> int:
        last = "it said nothing"
        for line in self._process.stdout or ():
            if line.startswith("port "):
                return int(line.split()[1])
            last = line.strip() or last
        raise StartError(last)


def start() -> LocalDynamoDb:
    """The DynamoDB Local of this process, from the cache, until the process ends; raise `StartError`."""
    jars = folders().dynamodb_local / VERSION
    if not jars.exists():
        raise StartError(f"DynamoDB Local is not in {jars}: BULK_DYNAMODB=dynamodb-local bulk local up")
    local = LocalDynamoDb(jars)
    atexit.register(local.stop)
    _started.append(local)
    return local


def started() -> LocalDynamoDb | None:
    """Return the DynamoDB Local that holds the items of this process' tables; None: moto does."""
    return _started[-1] if _started else None
