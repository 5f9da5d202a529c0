"""As many datasets are converted or counted at once as there are cores."""

import subprocess
import sys
import threading

import pytest

from dynamodb_bulk.machine import on_a_core


def test_work_waits_and_reports_it_when_every_core_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dynamodb_bulk.machine._FREE", threading.BoundedSemaphore(2))
    at_once: list[int] = []
    said: list[str] = []
    running = 0
    lock = threading.Lock()
    waited = threading.Event()

    def report(text: str) -> None:
        said.append(text)
        waited.set()

    def work() -> None:
        nonlocal running
        with on_a_core(report):
            with lock:
                running += 1
                at_once.append(running)
            assert waited.wait(600), "a third has to wait while two are at work"
            with lock:
                running -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(at_once) == 2
    assert len(at_once) == 8
    assert "waiting until other files are counted or converted" in said


def test_core_is_free_again_when_the_work_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dynamodb_bulk.machine._FREE", threading.BoundedSemaphore(1))
    with pytest.raises(LookupError), on_a_core():
        raise LookupError
    said: list[str] = []
    with on_a_core(said.append):
        assert said == []


def test_command_when_imported_has_not_imported_polars() -> None:
    program = "import sys, dynamodb_bulk.cli.app; print('polars' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"
