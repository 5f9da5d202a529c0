"""Sessions of botocore that read the descriptions of services once in a process: that of EC2 takes 0.1 s."""

from functools import cache
from typing import Any

from botocore.session import Session, get_session


@cache
def _descriptions() -> Any:
    return get_session().get_component("data_loader")


def core_session() -> Session:
    """Return a new session."""
    session = get_session()
    session.register_component("data_loader", _descriptions())
    return session
