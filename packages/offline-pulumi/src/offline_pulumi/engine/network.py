"""Whether Pulumi's download site can be reached: asked once a day, so that no run waits for it twice."""

import time
import urllib.error
import urllib.request
from pathlib import Path

SITE = "https://get.pulumi.com/"
SECONDS = 4
REMEMBERED_SECONDS = 24 * 3600


def reachable(cache: Path, site: str = SITE) -> bool:
    """Return whether the site answers; a failure is remembered for a day in a file of the folder `cache`."""
    mark = cache / "downloads-failed"
    if mark.exists() and time.time() - mark.stat().st_mtime < REMEMBERED_SECONDS:
        return False
    request = urllib.request.Request(site, method="HEAD")  # noqa: S310 - a fixed https address
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        remember_failure(cache)
        return False


def remember_failure(cache: Path) -> None:
    """Notes that downloads do not work now."""
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "downloads-failed").touch()
