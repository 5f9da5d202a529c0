"""Who gets an answer from the local server, at the level of the socket."""

import http.client
import json
from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest

from local_aws.testing.stage import Stage

EVIL = "http://evil.example.com"
SCAN = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
IMPORTS = {**SCAN, "X-Amz-Target": "DynamoDB_20120810.ListImports"}
DMS = {
    "X-Amz-Target": "AmazonDMSv20160101.DescribeReplicationInstances",
    "Content-Type": "application/x-amz-json-1.1",
}
REQUESTS: dict[str, tuple[str, str, Mapping[str, str]]] = {
    "health": ("GET", "/_bulk/health", {}),
    "clock": ("POST", "/_bulk/clock", {}),
    "moto's own": ("GET", "/moto-api/data.json", {}),
    "moto's page": ("GET", "/moto-api/", {}),
    "icon": ("GET", "/favicon.ico", {}),
    "metadata": ("GET", "/latest/meta-data/iam/security-credentials/", {}),
    "buckets": ("GET", "/", {}),
    "tables": ("POST", "/", SCAN),
    "imports": ("POST", "/", IMPORTS),
    "dms": ("POST", "/", DMS),
}
ALL = pytest.mark.parametrize("request_of", REQUESTS.values(), ids=REQUESTS)


def asked(server: str, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, bytes, list[str]]:
    """Status, body and the names of the headers of an answer."""
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=600)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        body = b"{}" if method == "POST" else b""
        for name, value in {"Host": urlsplit(server).netloc, "Content-Length": len(body), **headers}.items():
            if value:
                connection.putheader(name, str(value))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read(), [name.lower() for name in answer.headers]
    finally:
        connection.close()


@ALL
@pytest.mark.parametrize(
    "foreign",
    [
        {"Host": "evil.example.com"},
        {"Host": "127.0.0.1.evil.example.com"},
        {"Host": "evil-localhost"},
        {"Host": "localhost:4566@evil.example.com"},
        {"Host": ""},
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": EVIL, "Content-Type": "text/plain"},
    ],
    ids=lambda headers: " ".join(f"{name}={value}" for name, value in headers.items()),
)
def test_server_refuses_with_one_line_when_a_request_is_of_a_web_page(
    server: str, request_of: tuple[str, str, Mapping[str, str]], foreign: Mapping[str, str]
) -> None:
    method, path, headers = request_of
    status, body, names = asked(server, method, path, {**headers, **foreign})
    assert (status, body.count(b"\n")) == (403, 1)
    assert body.startswith(b"refused: ")
    assert not [name for name in names if name.startswith("access-control-")]


@ALL
@pytest.mark.parametrize("own", ["", "same-origin", "none"])
def test_server_answers_without_cors_headers_when_a_request_is_local(
    server: str, request_of: tuple[str, str, Mapping[str, str]], own: str
) -> None:
    method, path, headers = request_of
    if own == "same-origin":
        headers = {**headers, "Origin": server}
    status, _, names = asked(server, method, path, {**headers, "Sec-Fetch-Site": own})
    assert status != 403
    assert not [name for name in names if name.startswith("access-control-")]


@pytest.mark.parametrize("path", ["/", "/_bulk/clock", "/moto-api/reset", "/any-bucket/any-object"])
@pytest.mark.parametrize("origin", ["", EVIL, "own"])
def test_server_refuses_every_preflight(server: str, path: str, origin: str) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-amz-target"}
    own = server if origin == "own" else origin
    status, _, names = asked(server, "OPTIONS", path, {**asks, "Origin": own})
    assert status == 403
    assert not [name for name in names if name.startswith("access-control-") or name == "allow"]


def test_server_emits_no_cors_headers_when_a_bucket_has_rules_for_them(stage: Stage) -> None:
    bucket, url = stage.bucket, stage.url
    place = {"LocationConstraint": stage.region}
    stage.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    stage.s3.put_object(Bucket=bucket, Key="a", Body=b"text")
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
    stage.s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    signed = stage.s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a"})
    status, body, names = asked(url, "GET", signed.removeprefix(url), {"Origin": url})
    assert (status, body) == (200, b"text")
    assert not [name for name in names if name.startswith("access-control-")]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]", "a-bucket.localhost"])
@pytest.mark.parametrize("port", ["", ":4566"])
def test_server_answers_when_the_host_is_a_local_name(server: str, name: str, port: str) -> None:
    status, body, _ = asked(server, "GET", "/_bulk/health", {"Host": name + port})
    assert (status, json.loads(body)["product"]) == (200, "dynamodb-bulk")


def test_server_takes_nothing_in_a_refused_body_for_a_request(server: str) -> None:
    before = json.loads(asked(server, "GET", "/_bulk/clock", {})[1])["now"]
    inner = b"POST /_bulk/clock HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 26\r\n\r\n"
    inner += b'{"forward_seconds": 99999}'
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=600)
    connection.request("POST", "/", inner, {"Origin": EVIL, "Content-Type": "text/plain"})
    answer = connection.getresponse()
    assert (answer.status, answer.read().count(b"\n")) == (403, 1)
    connection.close()
    after = json.loads(asked(server, "GET", "/_bulk/clock", {})[1])["now"]
    assert after - before < 99999
