"""Serves the program's own dynamic resources, as `pulumi-resource-pulumi-python` of Pulumi's package does.

The server is the SDK's; here it also ends with the engine that started it.
"""

import runpy

from offline_pulumi.plugin import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
