"""Start a replacement with Pulumi's gRPC stubs: `python -m offline_pulumi.start_plugin MODULE ARGUMENTS`.

The SDK around the stubs takes half a second to import at every start of a plugin, which needs none of it.
"""

import importlib.util
import runpy
import sys
from pathlib import Path
from types import ModuleType


def leave_out_the_sdk() -> None:
    """Let `pulumi.runtime.proto` be imported without what `pulumi` and `pulumi.runtime` import themselves."""
    found = importlib.util.find_spec("pulumi")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("pulumi")
    folder = Path(found.origin).parent
    for name, place in (("pulumi", folder), ("pulumi.runtime", folder / "runtime")):
        module = ModuleType(name)
        module.__path__ = [str(place)]
        sys.modules[name] = module


if __name__ == "__main__":
    leave_out_the_sdk()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
