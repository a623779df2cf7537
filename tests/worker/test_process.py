"""The worker as a process, started by a view."""

from __future__ import annotations

import logging
import os
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from suno_tui.common.locks import Lock
from suno_tui.common.paths import Home
from suno_tui.tasks.store import TaskStore
from suno_tui.tasks.worker_starter import (
    DETACHED,
    WorkerKeeper,
    is_starting,
    start_worker,
    worker_runs,
)
from suno_tui.worker.process import FOLLOWS, LOG_FILE, logged_to
from tests.command import suno_tui
from tests.worker.harness import SONG


def until(true: Callable[[], object], seconds: float = 20) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_a_view_starts_one_worker_that_outlives_it(home: Home) -> None:
    store = TaskStore(home.queue)
    task = store.add(SONG, provider="nowhere", credits=24)

    assert start_worker(home) is False
    until(lambda: worker_runs(home))
    assert start_worker(home) is True
    pid = Lock(home.worker_lock).holder()
    assert pid
    until(lambda: store.get(task.id).hold)
    hold = store.get(task.id).hold
    assert hold and hold.code == "settings"
    assert os.getsid(pid) != os.getsid(0), "a hang-up of our terminal does not reach it"

    # What was in the way goes away while it works, and it ends by itself.
    store.forget(task.id)
    until(lambda: not worker_runs(home))
    store.close()
    for path in home.log.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "at work" in (home.log / LOG_FILE).read_text()
    assert (home.log / "worker.err").read_text() == ""


def test_sigterm_ends_it_and_frees_the_lock(home: Home) -> None:
    store = TaskStore(home.queue)
    store.add(SONG, provider="nowhere", credits=24)
    start_worker(home)
    until(lambda: worker_runs(home))
    until(lambda: store.live()[0].hold)
    pid = Lock(home.worker_lock).holder()
    assert pid
    os.kill(pid, signal.SIGTERM)
    until(lambda: not worker_runs(home))
    assert len(store.live()) == 1
    store.close()


def test_a_second_worker_that_a_view_started_ends(home: Home) -> None:
    store = TaskStore(home.queue)
    task = store.add(SONG, provider="nowhere", credits=24)
    start_worker(home)
    until(lambda: worker_runs(home))
    pid = Lock(home.worker_lock).holder()
    assert suno_tui("work", DETACHED).returncode == 4, "it does not wait for the lock"
    assert Lock(home.worker_lock).holder() == pid
    store.forget(task.id)
    until(lambda: not worker_runs(home))
    store.close()


def test_the_log_rotates_and_is_private(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suno_tui.worker.process.MOST_LOG", 2000)
    with logged_to(home):
        for number in range(100):
            logging.getLogger("suno_tui.worker").info("line %d of many", number)
    files = sorted(path for path in home.log.iterdir() if path.name.startswith(LOG_FILE))
    assert len(files) == 3
    for path in files:
        assert path.stat().st_size <= 2000
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_foreign_text_can_not_forge_log_lines_or_terminal_commands(home: Home) -> None:
    """A terminal that shows the file with `cat` or `tail -f` would obey it."""
    said = "x\x1b]52;c;cm0=\x07\x1b]0;owned\x07\x9b2J\n2026-11-30T00:00:00 1 INFO forged\r"
    with logged_to(home):
        queue = logging.getLogger("suno_tui.worker")
        queue.info("abc: failed at the provider: %s", said)
        try:
            raise ValueError(said)
        except ValueError:
            queue.exception("%s: unexpected", said)
    text = (home.log / LOG_FILE).read_text()
    assert "owned" in text
    assert all(char.isprintable() or char == "\n" for char in text)
    lines = text.rstrip("\n").split("\n")
    ours = [line for line in lines if not line.startswith(FOLLOWS)]
    assert len(ours) == 2, "every other line is marked as a part of the one above"
    assert "Traceback" in text


BROKEN = """
import os, sys
if "--detached" in sys.orig_argv:
    os.write(2, b"ModuleNotFoundError: No module named 'httpx'\\n")
    os._exit(1)
"""


def test_a_worker_that_does_not_start_is_reported(home: Home, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(BROKEN)
    done = suno_tui("generate", "x", "--patience", "0.1", env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 4
    assert "ends as soon as it is started" in done.stderr
    assert "No module named 'httpx'" in done.stderr
    store = TaskStore(home.queue)
    assert [task.status for task in store.live()] == ["queued"]
    store.close()


def test_a_view_restarts_the_worker_and_notices_that_each_dies(home: Home) -> None:
    home.log.joinpath("worker.err").write_text("Traceback\nImportError: \x1b[2Jbroken\n\n")
    ran: list[bool | None] = [False, False, True, False, False, False, True]
    keeper = WorkerKeeper(lambda: ran.pop(0))
    told = [keeper.trouble(home) for _ in range(7)]
    assert [bool(each) for each in told] == [False] * 5 + [True, False]
    assert told[5] and "ImportError" in told[5] and "\x1b" not in told[5]


def test_a_worker_that_is_slow_to_start_is_not_taken_for_a_dead_one(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / "gate"
    (tmp_path / "sitecustomize.py").write_text(
        f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.01)\n{BROKEN}"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    keeper = WorkerKeeper(lambda: start_worker(home))
    assert [keeper.trouble(home) for _ in range(5)] == [None] * 5
    gate.touch()
    told = []
    for _ in range(2):
        until(lambda: not is_starting(home))
        told.append(keeper.trouble(home))
    assert told[0] is None and told[1] and "No module named 'httpx'" in told[1]
