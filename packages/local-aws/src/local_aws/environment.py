"""The environment in which `pulumi` and boto3 work with local AWS."""

import os
import shlex
import shutil
from collections.abc import Mapping

from local_aws.state import Folders

UNSET = (
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_S3",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_SESSION_TOKEN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "PULUMI_IGNORE_AMBIENT_PLUGINS",
)
"""What would lead elsewhere than to this machine, ask for real credentials, or pass over the replacements."""
PREFIXES = ("AWS_", "TF_AWS_")
"""Of every variable that the AWS SDKs and the provider know; the second for the provider's endpoints.
https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
"""
UNPROXIED = ("127.0.0.1", "localhost")
REGION = "eu-west-1"
PASSPHRASE = "local"  # noqa: S105 - opens nothing but the state of this machine


def variables(folders: Folders, port: int, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables to set; right before the engine is there as well as after."""
    own = [str(folders.bin), str(folders.clone / ".venv" / "bin")]
    path = [place for place in environ.get("PATH", "").split(os.pathsep) if place and place not in own]
    if shutil.which("uv", path=os.pathsep.join(path)) is None:
        path.append(str(folders.uv))  # where `make` puts it; Pulumi's language host runs it
    unproxied = _unproxied(environ)
    return {
        "PATH": os.pathsep.join([*own, *path]),
        "NO_PROXY": unproxied,
        "no_proxy": unproxied,
        "PULUMI_HOME": str(folders.pulumi_home),
        "PULUMI_BACKEND_URL": folders.backend.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": environ.get("AWS_REGION") or REGION,
        "AWS_DEFAULT_REGION": environ.get("AWS_DEFAULT_REGION") or environ.get("AWS_REGION") or REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def lines(values: Mapping[str, str], environ: Mapping[str, str]) -> list[str]:
    """Shell lines that export the variables and unset what would interfere, as far as `environ` has it."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in values.items()]
    given = [name for name in environ if name.startswith(PREFIXES) and name.isidentifier()]
    return [*exports, f"unset {' '.join(sorted({*UNSET, *given} - values.keys()))}"]


def _unproxied(environ: Mapping[str, str]) -> str:
    """The hosts that the user reaches without a proxy, and this machine; `*` is all, and stands alone."""
    names = ",".join(environ.get(name, "") for name in ("no_proxy", "NO_PROXY"))
    hosts = dict.fromkeys(host for each in names.split(",") if (host := each.strip()))
    return "*" if "*" in hosts else ",".join([*hosts, *(each for each in UNPROXIED if each not in hosts)])
