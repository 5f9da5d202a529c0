"""Whether Pulumi's download site can be reached: asked once a day, so that no run waits for it twice."""

import time
import urllib.error
import urllib.request
from pathlib import Path

SITE = "https://get.pulumi.com/"
SECONDS = 4
REMEMBERED_SECONDS = 24 * 3600
_MARK = "downloads-failed"


def reachable(cache: Path, site: str = SITE) -> bool:
    """Return whether the site answers; a failure is remembered for a day in a file of the folder `cache`."""
    mark = cache / _MARK
    if mark.exists() and time.time() - mark.stat().st_mtime < REMEMBERED_SECONDS:
        return False
    request = urllib.request.Request(site, method="HEAD")  # noqa: S310 - a fixed https address
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
            return True
    except urllib.error.HTTPError:
        return True
    except OSError as error:
        remember_failure(cache, f"{site}: {getattr(error, 'reason', error)}")
        return False


def remember_failure(cache: Path, reason: str) -> None:
    """Note that downloads do not work now, and why."""
    cache.mkdir(parents=True, exist_ok=True)
    (cache / _MARK).write_text(" ".join(reason.split()))


def last_failure(cache: Path) -> str:
    """Return why the last download failed; empty if it did not."""
    mark = cache / _MARK
    return mark.read_text() if mark.exists() else ""


def forget_failure(cache: Path) -> None:
    """Have the next run try again."""
    (cache / _MARK).unlink(missing_ok=True)
