"""Unexpected errors: a short text on a restored terminal, and no API key anywhere."""

from __future__ import annotations

import asyncio
import termios
from pathlib import Path

import pytest

from suno_tui.common.errors import StudioError
from suno_tui.common.paths import Home
from suno_tui.tui import crash
from suno_tui.tui.terminal.cell_diff.first_frame import ALTERNATE_SCREEN
from tests.tui.session import LEFT, PATIENCE, Session

KEY = "sk-SECRETSECRETSECRET0123456789"

_START = """
import os, sys
import suno_tui.cli
from suno_tui.studio import Studio
from suno_tui.tui.app import StudioApp
from suno_tui.tui.terminal.driver import TerminalDriver
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

def deep(key, env):
    headers = {{"Authorization": "Bearer " + key, "env": env}}
    quoted = repr(headers)
    raise ValueError("an odd header: " + headers["Authorization"] + " and " + key)

def fail(*_, **__):
    key = os.environ["SUNO_TUI_API_KEY"]
    env = dict(os.environ)
    deep(key, env)

async def fail_later(*_, **__):
    fail()

ran = StudioApp.screen_drawn
{where}
sys.argv = ["suno-tui"]
raise SystemExit(suno_tui.cli.main())
"""

_AFTER_THE_FIRST_PICTURE = "def drawn(self):\n    ran(self)\n    {}\nStudioApp.screen_drawn = drawn"

WHERE = {
    "opening": "Studio.open = fail",
    "the first handler": "StudioApp.on_mount = fail",
    "before the terminal is taken": "StudioApp.on_load = fail",
    "half of the terminal is taken": "LinuxDriver._enable_mouse_support = fail",
    "most of the terminal is taken": "LinuxDriver._enable_bracketed_paste = fail",
    "the first picture": "StudioApp.screen_drawn = fail",
    "a worker": _AFTER_THE_FIRST_PICTURE.format("self.run_worker(fail_later())"),
    "a worker in a thread": _AFTER_THE_FIRST_PICTURE.format("self.run_worker(fail, thread=True)"),
    "a callback": _AFTER_THE_FIRST_PICTURE.format("self.call_later(fail)"),
    "a timer": _AFTER_THE_FIRST_PICTURE.format("self.set_timer(0.01, fail)"),
    "drawing": _AFTER_THE_FIRST_PICTURE.format(
        "from textual.widgets._toast import Toast; Toast.render = fail; self.notify('x')"
    ),
    "a report of Textual's": _AFTER_THE_FIRST_PICTURE.format(
        "from rich.traceback import Traceback\n"
        "    try: fail()\n"
        "    except ValueError: self.panic(Traceback(show_locals=True))"
    ),
    "reading keys": "TerminalDriver._read_keys = fail",
    "the end": "StudioApp.on_unmount = fail\n" + _AFTER_THE_FIRST_PICTURE.format("self.exit()"),
    "giving the terminal back": "LinuxDriver._disable_bracketed_paste = fail\n"
    + _AFTER_THE_FIRST_PICTURE.format("self.exit()"),
    "Textual's end": "App._close_all = fail\n" + _AFTER_THE_FIRST_PICTURE.format("self.exit()"),
}


@pytest.mark.parametrize("where", WHERE.values(), ids=WHERE.keys())
def test_an_error_shows_no_key_and_restores_the_terminal(
    where: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUNO_TUI_API_KEY", KEY)
    monkeypatch.setenv("SUNO_TUI_BASE_URL", "http://127.0.0.1:9")
    with Session(_START.format(where=where)) as session:
        session.read_until(lambda: b"the studio crashed" in session.output, "what happened")
        assert session.process.wait(PATIENCE) == 1
        session.read_on()
        assert termios.tcgetattr(session.slave) == session.before
        screen = session.output.decode(errors="replace")
    for secret in (KEY, KEY[3:], "Bearer", "Traceback", "locals", "headers"):
        assert secret not in screen
    assert session.output.count(LEFT) >= session.output.count(ALTERNATE_SCREEN.encode())
    if LEFT in session.output:
        assert session.output.rindex(LEFT) < session.output.rindex(b"the studio crashed")
    log = home.log / crash.LOG_FILE
    assert log.stat().st_mode & 0o777 == 0o600
    report = log.read_text()
    assert "ValueError" in report
    assert "an odd header" in report
    assert KEY not in report


@pytest.mark.parametrize("how", ["thread", "loop", "finalizer"])
def test_an_error_in_the_background_goes_to_the_log(
    how: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUNO_TUI_API_KEY", KEY)
    monkeypatch.setenv("SUNO_TUI_BASE_URL", "http://127.0.0.1:9")
    what = {
        "thread": "import threading; threading.Thread(target=fail).start()",
        "loop": "import asyncio; asyncio.get_running_loop().call_soon(fail)",
        "finalizer": "type('Odd', (), {'__del__': fail})()",
    }[how]
    log = home.log / crash.LOG_FILE
    with Session(_START.format(where=_AFTER_THE_FIRST_PICTURE.format(what))) as session:
        session.read_until(lambda: log.exists() and "odd header" in log.read_text(), "the log")
        session.read_until(lambda: session.shows("Commands"), "the screen")
        session.type(b"\x11")
        session.read_until(lambda: LEFT in session.output, "the end")
        assert session.process.wait(PATIENCE) == 0
        assert KEY.encode() not in session.output
        assert b"odd header" not in session.output
    assert KEY not in log.read_text()


def test_the_log_is_bounded_and_follows_no_link(home: Home, tmp_path: Path) -> None:
    log = home.log / crash.LOG_FILE
    for _ in range(30):
        assert crash.log_error(home, ValueError("x" * 200_000)) == log
    assert log.stat().st_size < crash.MOST_LOG + 2 * crash.MOST_REPORT
    log.unlink()
    victim = tmp_path / "victim"
    victim.write_text("mine")
    log.symlink_to(victim)
    assert isinstance(crash.log_error(home, ValueError("x")), str)
    assert "could not be written" in str(crash.crashed(home, ValueError("x")))
    assert victim.read_text() == "mine"


def test_the_log_gets_text_only(home: Home) -> None:
    crash.log_error(home, ValueError("\x1b]52;c;AAAA\x07\x9b31m"))
    assert "\x1b" not in (text := (home.log / crash.LOG_FILE).read_text())
    assert "\x9b" not in text


def test_a_callback_that_fails_is_logged(home: Home) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        crash.watch_loop(home, loop)
        loop.call_exception_handler({"message": "something odd"})
        loop.call_exception_handler({"message": "", "exception": StudioError("and this")})

    asyncio.run(run())
    text = (home.log / crash.LOG_FILE).read_text()
    assert "something odd" in text
    assert "and this" in text


@pytest.mark.parametrize("name", ["SUNO_TUI_API_KEY", "SUNO_TUI_WRITER_KEY"])
def test_a_report_hides_a_key_of_any_look(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "kettle-words")
    assert crash._without_keys("sent kettle-words off") == "sent (key) off"
