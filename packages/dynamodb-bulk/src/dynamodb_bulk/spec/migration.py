"""The words of AWS for what a DMS task does, and for the time at which it ends."""

from typing import Literal

MigrationType = Literal["full-load", "full-load-and-cdc", "cdc"]
# https://docs.aws.amazon.com/dms/latest/APIReference/API_StartReplicationTask.html
SERVER_TIME = "server_time:"
