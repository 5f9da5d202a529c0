"""Sessions of botocore that read the descriptions of services once in a process: that of EC2 takes 0.1 s."""

from typing import Any

from botocore.session import Session, get_session

_shared: Any = None


def core_session() -> Session:
    """Return a new session, with the loader of the first."""
    global _shared  # to make a session only for its loader takes a twentieth of a second
    session = get_session()
    if _shared is None:
        _shared = session.get_component("data_loader")
    session.register_component("data_loader", _shared)
    return session
