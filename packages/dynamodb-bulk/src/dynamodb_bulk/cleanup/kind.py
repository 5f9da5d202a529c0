"""The kinds of work that a removal does."""

from typing import Literal

Kind = Literal["dms-task", "exports", "gateways", "interfaces", "objects", "operation", "record"]
