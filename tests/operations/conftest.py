"""Operations run against AWS on this machine."""

from tests.localaws.conftest import server, stage

__all__ = ["server", "stage"]
