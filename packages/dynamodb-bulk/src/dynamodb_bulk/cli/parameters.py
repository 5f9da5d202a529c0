"""The parameters that the commands of a stack have in common."""

from typing import Annotated

from cyclopts import Parameter

Stack = Annotated[str | None, Parameter(help="The stack; default: the selected one.")]
LoadName = Annotated[str, Parameter(help="A load of the stack, by the name of its dataset.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
