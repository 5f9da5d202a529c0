"""The kinds of work that a removal does."""

from typing import Literal

Kind = Literal["dms-task", "interfaces", "objects", "operation", "record"]
