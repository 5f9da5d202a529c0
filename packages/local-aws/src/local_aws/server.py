"""Local AWS: one server on the loopback address, moto behind it, our own services in front.

`python -m local_aws.server --port N --latency fast|aws|aws/10 --dynamodb moto|dynamodb-local --clone PATH`
"""

import argparse
import gc
import io
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dynamodb_bulk.spec.errors import InputError
from local_aws import call_log, clock, hold
from local_aws.background import DYNAMODBS, MOTO
from local_aws.callers import local_callers_only
from local_aws.dataplane.lock import TABLES
from local_aws.dynamodb_local.process import StartError
from local_aws.environment import REGION
from local_aws.latency import Latency, read_latency
from local_aws.protocol import Tables, answer, signed
from local_aws.state import PRODUCT

if TYPE_CHECKING:
    from types import FrameType
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from local_aws.dms.service import DmsService

HOST = "127.0.0.1"
MASS_DATA = (
    *("ImportTable", "DescribeImport", "ListImports"),
    *("StartBulkPutItems", "DescribeBulkOperation", "ListBulkOperations", "CancelBulkOperation"),
    *("ExportTableToPointInTime", "DescribeExport", "ListExports"),
)

# Answers (status, fields) to an operation, its JSON body and its region.
Handler = Callable[[str, bytes, str], tuple[int, dict[str, Any]]]
T = TypeVar("T")


class Front:
    """Sends a request to its handler, or else to moto.

    `handlers` are named by a path, by the entire X-Amz-Target (`DynamoDB_20120810.ImportTable`) or by its
    service; `tables` answers what else is for DynamoDB. `prepared`: what is done before moto answers for a
    service.
    """

    def __init__(
        self,
        handlers: dict[str, Handler],
        moto: "WSGIApplication",
        tables: Tables,
        prepared: Mapping[str, Callable[[], None]],
    ) -> None:
        self._prepared = prepared
        self._handlers = handlers
        self._moto = moto
        self._tables = tables
        self._signed = signed(self._answered)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        dynamodb = environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDB")
        app = self._signed if dynamodb else self._answered
        return app(environ, start_response)

    def _answered(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        service, _, operation = target.partition(".")
        named = [
            self._handlers[name] for name in (environ["PATH_INFO"], target, service) if name in self._handlers
        ]
        if named:
            status, fields = named[0](operation, _body(environ), _region(environ))
            body = json.dumps(fields).encode()
            return answer(start_response, status, body, **{"Content-Type": "application/x-amz-json-1.1"})
        if service.startswith("DynamoDB"):
            return self._tables(environ, start_response, _body(environ), _region(environ))
        if service in self._prepared:
            self._prepared[service]()
        return self._moto(environ, start_response)


def once(make: Callable[[], T]) -> Callable[[], T]:
    """Make a service of ours when it is first asked for, so that the server starts at once."""
    lock = threading.Lock()
    made = cache(make)

    def get() -> T:
        with lock:
            return made()

    return get


def choose_what_moto_loads() -> None:
    """Have moto know the policies that AWS manages, but not a thousand images in each Region."""
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"


def application(latency: Latency, clone: str, dynamodb: str = MOTO, url: str = "") -> Front:
    """Return all of local AWS; its state is moto's, of which there is one in a process.

    `dynamodb` says who holds the tables' items; DynamoDB Local ends with this process. `url`: where Glue jobs
    reach the server.
    """
    choose_what_moto_loads()
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    from local_aws.buckets import check_requests
    from local_aws.dataplane.puts import Puts
    from local_aws.dataplane.scan import scan_in_linear_time
    from local_aws.dataplane.throttle import throttle
    from local_aws.history.recorder import Recorder
    from local_aws.history.recovery import keep_history
    from local_aws.networks import keep_networks_whole
    from local_aws.object_ranges import read_ranges
    from local_aws.s3_defaults import keep_s3_defaults
    from local_aws.state_machines import check_state_machines
    from local_aws.table_settings import time_to_live
    from local_aws.table_settings.settings import keep_table_settings
    from local_aws.tagged_resources import list_tagged_resources

    check_requests()
    keep_networks_whole()
    keep_s3_defaults()
    read_ranges()
    keep_table_settings()
    time_to_live.set_seconds(latency["time-to-live.changing"])
    scan_in_linear_time()
    check_state_machines()

    @once
    def dms() -> "DmsService":
        from local_aws.dms.service import DmsService

        return DmsService(latency)

    @once
    def glue() -> None:
        from local_aws.glue.jobs import run_jobs

        run_jobs(url)

    def builds() -> None:
        from local_aws.builds import keep_projects

        keep_projects()

    def logs() -> None:
        from local_aws.log_streams import search_streams_by_prefix

        search_streams_by_prefix()

    def events() -> None:
        from local_aws.event_targets import send_to_all_targets

        send_to_all_targets()

    mass_data = once(lambda: _mass_data(front, latency["mass-data.running"]))

    list_tagged_resources(lambda region: dms().tags(region))

    class Dispatcher(DomainDispatcherApplication):
        # Moto's own lists the folder of its services for each request, for a fifth of the time of one.
        get_backend_for_host = cache(DomainDispatcherApplication.get_backend_for_host)

    moto = Dispatcher(create_backend_app)
    who = {
        "product": PRODUCT,
        "clone": clone,
        "pid": os.getpid(),
        "latency": latency.name,
        "dynamodb": dynamodb,
    }
    tables = _of_moto(moto) if dynamodb == MOTO else _local(moto)
    keep_history()
    handlers: dict[str, Handler] = {
        "/_bulk/health": lambda _operation, _body, _region: (200, who),
        "/_bulk/clock": _set_clock,
        "/_bulk/hold": _set_hold,
        "/_bulk/maintenance": lambda _operation, body, _region: _maintain(dms(), body),
        "/_bulk/time-to-live": _set_time_to_live,
        "/_bulk/throttle": lambda _operation, body, _region: (200, throttle(json.loads(body or b"{}"))),
        "AmazonDMSv20160101": lambda operation, body, region: dms().answer(operation, body, region),
        **dict.fromkeys(
            (f"DynamoDB_20120810.{operation}" for operation in MASS_DATA),
            lambda operation, body, region: mass_data()(operation, body, region),
        ),
    }
    puts = Puts(Recorder(tables), by_moto=dynamodb == MOTO)
    first = {"AWSEvents": once(events), "CodeBuild_20161006": once(builds), "Logs_20140328": once(logs)}
    front = Front(handlers, moto, puts, {"AWSGlue": glue, **first})
    return front


def _mass_data(front: "WSGIApplication", seconds: float) -> Handler:
    """ImportTable, bulk put and exports."""
    from werkzeug.test import Client

    from local_aws.bulk_put.operations import BulkPuts
    from local_aws.exports.operations import Exports
    from local_aws.imports.operations import Imports
    from local_aws.protocol import Fields, Operations, Request, headers

    client = Client(front)

    def ask_tables(operation: str, region: str, request: Request) -> tuple[int, Fields]:
        sent = headers(f"DynamoDB_20120810.{operation}", region)
        answer = client.post("/", data=json.dumps(request), headers=sent)
        return answer.status_code, json.loads(answer.data)

    imports, puts, exports = Imports(ask_tables, seconds), BulkPuts(seconds), Exports(seconds)
    return Operations({**imports.operations, **puts.operations, **exports.operations}).answer


def _set_clock(_operation: str, body: bytes, _region: str) -> tuple[int, dict[str, Any]]:
    """Set the time forward by the seconds asked for, if any; the time then."""
    try:
        clock.set_forward(float(json.loads(body or b"{}").get("forward_seconds", 0)))
    except (ValueError, TypeError, AttributeError) as error:
        return 400, {"message": str(error)}
    return 200, {"now": clock.now()}


def _set_hold(_operation: str, body: bytes, _region: str) -> tuple[int, dict[str, Any]]:
    """Holds so many of the next loads, or lets all go on, if that is asked for; how many are held then."""
    asked: dict[str, int] = json.loads(body or b"{}")
    if "most" in asked:
        hold.hold(asked["most"])
    return 200, {"waiting": hold.waiting()}


def _maintain(dms: "DmsService", body: bytes) -> tuple[int, dict[str, Any]]:
    """Let the maintenance of the replication instance begin whose ARN is given."""
    asked = json.loads(body)
    dms.maintain(asked["instance"], asked.get("seconds"))
    return 200, {}


def _set_time_to_live(_operation: str, body: bytes, _region: str) -> tuple[int, dict[str, Any]]:
    """Let changes of time to live take so many seconds, if that is asked for; how many they take."""
    from local_aws.table_settings import time_to_live

    asked: dict[str, float] = json.loads(body or b"{}")
    if "seconds" in asked:
        time_to_live.set_seconds(asked["seconds"])
    return 200, {"seconds": time_to_live.seconds()}


def _of_moto(moto: "WSGIApplication") -> Tables:
    def tables(
        environ: "WSGIEnvironment", start_response: "StartResponse", body: bytes, _region: str
    ) -> Iterable[bytes]:
        environ.update({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})
        with TABLES:
            return list(moto(environ, start_response))

    return tables


def _local(moto: "WSGIApplication") -> Tables:
    from local_aws.dynamodb_local.mirror import local_front, mirror_tables
    from local_aws.dynamodb_local.process import start

    local = start()
    mirror_tables(local)
    return local_front(local, moto)


def main() -> int:
    """Serve until SIGTERM or SIGINT; 1 when the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m local_aws.server", description=__doc__)
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--latency", default="fast")
    parser.add_argument("--dynamodb", choices=DYNAMODBS, default=MOTO)
    parser.add_argument("--clone", default=str(os.getcwd()))  # noqa: PTH109
    arguments = parser.parse_args()
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, arguments.port))
        listener.listen()
    except OSError as error:
        sys.stderr.write(
            f"{HOST}:{arguments.port} is taken by another program ({error.strerror}); "
            "set BULK_PORT to choose a different one\n"
        )
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    # The items of tables stay: to look through them for garbage at every few objects halves a load's speed.
    gc.set_threshold(50_000, 20, 100)
    try:
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        latency = read_latency(arguments.latency)
        app = application(latency, arguments.clone, arguments.dynamodb, url)
    except (InputError, StartError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    _serve(listener, latency.on(app))
    return 0


def _serve(listener: socket.socket, app: "WSGIApplication") -> None:
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import make_server

    from local_aws.glue.callers import obey_roles

    class Quiet(MotoRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            pass

    port = listener.getsockname()[1]
    folder = os.environ.get(call_log.FOLDER)
    obeying = obey_roles(app)
    guarded = local_callers_only(call_log.CallLog(obeying, Path(folder)) if folder else obeying)
    server = make_server(HOST, port, guarded, threaded=True, request_handler=Quiet, fd=listener.fileno())
    sys.stdout.write(f"local AWS: http://{HOST}:{port}\n")
    sys.stdout.flush()
    server.serve_forever()


def _leave(_number: int, _frame: "FrameType | None") -> None:
    gc.freeze()  # all of it goes with the process: looking through it first takes a second
    raise SystemExit(0)


def _body(environ: "WSGIEnvironment") -> bytes:
    return environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))


def _region(environ: "WSGIEnvironment") -> str:
    _, _, scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")
    parts = scope.split(",")[0].split("/")
    return parts[2] if len(parts) > 3 else REGION


if __name__ == "__main__":
    sys.exit(main())
