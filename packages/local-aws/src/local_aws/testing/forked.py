"""Servers that are forked: to start one is, for the most part, to import moto and all of local AWS.

`python -m local_aws.testing.forked` starts a server for each line of its input: in JSON, its arguments and
its environment. Each writes its own line to the output they share; all end when the input does.
"""

import gc
import json
import os
import signal
import sys
from importlib import import_module

from local_aws import server
from local_aws.account import ACCOUNT

# What a server imports when it starts, and what it does when it is first asked for a service.
STARTING = (
    "local_aws.buckets",
    "local_aws.dataplane.puts",
    "local_aws.dataplane.scan",
    "local_aws.dataplane.throttle",
    "local_aws.dms.service",
    "local_aws.history.recorder",
    "local_aws.history.recovery",
    "local_aws.networks",
    "local_aws.s3_defaults",
    "local_aws.state_machines",
    "local_aws.table_settings.settings",
    "local_aws.bulk_put.operations",
    "local_aws.exports.operations",
    "local_aws.imports.operations",
    "local_aws.tagged_resources",
)
SERVICES = ("dynamodb", "ec2", "iam", "logs", "s3", "sts")


def prepare() -> None:
    """Do what each server would do for itself: import it all, and make the policies that AWS manages."""
    for name in STARTING:
        import_module(name)
    server.choose_what_moto_loads()
    from moto.backends import get_backend
    from moto.core.utils import get_service_model

    for name in SERVICES:
        import_module(f"moto.{name}.urls")
        get_service_model(name)
        get_backend(name)[ACCOUNT]
    get_backend("iam")[ACCOUNT]["aws"]


def serve() -> int:
    """Serve until the input ends; in a fork, until it is terminated."""
    prepare()
    gc.collect()
    gc.freeze()
    forks: list[int] = []
    for line in sys.stdin:
        fork = os.fork()
        if not fork:
            sys.argv[1:], environ = json.loads(line)
            os.environ.clear()
            os.environ.update(environ)
            code = server.main()
            sys.stdout.write("no server\n")
            return code
        forks.append(fork)
    for fork in forks:  # none was waited for: each process ID is still its own
        os.kill(fork, signal.SIGTERM)
    return 0


if __name__ == "__main__":
    sys.exit(serve())
