"""The page in a real browser: what it shows, that nothing runs in it, and that it asks for nothing."""

import html
import re
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from bulk_testing.plant import small
from bulk_testing.story import EVIL, IMAGE, made_story
from dynamodb_bulk.cli.check import check
from dynamodb_bulk.report.load_page import render_html

CHROMIUM = shutil.which("chromium") or ""
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium on PATH: apt-get install chromium")
# So that the browser asks for little of its own.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--no-first-run",
]
PAGE = "http://page.test/"
SEEN = ["--enable-logging=stderr", "--v=0", "--dump-dom"]


@contextmanager
def proxy(page: str) -> Generator[tuple[str, list[str]]]:
    """Answer every request of the browser, wherever it is to, by the page; the URLs that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = page.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_CONNECT = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}", asked
        server.shutdown()


def browsed(page: str, folder: Path, *options: str) -> tuple[str, list[str], list[str]]:
    """The document after it was shown, what the console said, and the requests."""
    with proxy(page) as (address, asked):
        through = [f"--proxy-server=http://{address}", f"--user-data-dir={folder / 'profile'}"]
        ended = subprocess.run(
            [
                CHROMIUM,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                *QUIET,
                *options,
                *through,
                *SEEN,
                PAGE,
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
    # The browser looks for the time and for updates of its own.
    asked = [url for url in asked if not re.search(r"\b(google|googleapis|gstatic)\.com\b", url)]
    return ended.stdout, re.findall(r".*CONSOLE.*", ended.stderr), asked


def test_page_of_a_load_runs_nothing_and_asks_for_nothing(tmp_path: Path) -> None:
    shown, console, asked = browsed(render_html([made_story(tmp_path)]), tmp_path)
    assert console == []
    assert asked == [PAGE]
    assert "<title>small: not good</title>" in shown
    assert EVIL.replace("<", "&lt;").replace(">", "&gt;") in shown
    assert shown.count("<svg") == 4


@pytest.mark.parametrize(("scheme", "background"), [("0", "rgb(22, 25, 29)"), ("1", "rgb(255, 255, 255)")])
def test_page_of_a_load_fits_a_phone_and_is_dark_where_that_is_preferred(
    scheme: str, background: str, tmp_path: Path
) -> None:
    page = html.escape(render_html([made_story(tmp_path)]))
    frame = f'<iframe srcdoc="{page}" style="width: 360px; border: 0"></iframe>'
    measure = (
        "const its = frames[0].document, all = its.documentElement;"
        "const fits = all.scrollWidth <= all.clientWidth;"
        "document.title = fits + ' ' + getComputedStyle(its.body).backgroundColor"
    )
    phone = f"<!doctype html><title>x</title>{frame}<script>onload = () => {{ {measure} }}</script>"
    shown, _, _ = browsed(phone, tmp_path, f"--blink-settings=preferredColorScheme={scheme}")
    assert f"<title>true {background}</title>" in shown


def test_markup_that_got_into_the_page_neither_runs_nor_asks_for_anything(tmp_path: Path) -> None:
    page = render_html([made_story(tmp_path)]).replace("</main>", f"</main>{EVIL}{IMAGE}")
    shown, console, asked = browsed(page, tmp_path)
    assert "<title>small: not good</title>" in shown
    assert (len(console), asked) == (2, [PAGE])


def test_browser_of_these_tests_runs_and_asks_when_a_page_allows_it(tmp_path: Path) -> None:
    shown, _, asked = browsed(f"<!doctype html><title>x</title>{EVIL}{IMAGE}", tmp_path)
    assert "<title>run</title>" in shown
    assert "http://elsewhere.test/x" in asked


def test_page_of_a_check_runs_nothing_and_asks_for_nothing(tmp_path: Path) -> None:
    page = tmp_path / "check.html"
    assert check([small(tmp_path, f"a,{EVIL},x\n".encode())], html=page, as_json=True) == 1
    shown, console, asked = browsed(page.read_text(), tmp_path)
    assert (console, asked) == ([], [PAGE])
    assert "not good" in shown
