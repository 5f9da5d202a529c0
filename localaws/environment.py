"""The environment in which `pulumi` and boto3 work with AWS on this machine."""

import os
import shlex
from collections.abc import Mapping

from localaws.state import Folders

UNSET = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_DYNAMODB",
)
"""What would lead elsewhere than to this machine, or ask for real credentials."""
REGION = "eu-west-1"
PASSPHRASE = "local"  # noqa: S105 - opens nothing but the state of this machine


def variables(folders: Folders, port: int, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables to set; right before the engine is there as well as after."""
    own = [str(folders.bin), str(folders.clone / ".venv" / "bin")]
    path = [place for place in environ.get("PATH", "").split(os.pathsep) if place and place not in own]
    return {
        "PATH": os.pathsep.join([*own, *path]),
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


def lines(values: Mapping[str, str]) -> list[str]:
    """Shell lines that export the variables and unset what would interfere."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in values.items()]
    return [*exports, f"unset {' '.join(UNSET)}"]
