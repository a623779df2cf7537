"""Every way in which the studio ends restores a real terminal and ends the process."""

from __future__ import annotations

import signal
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual import events

from suno_tui.common.paths import Home
from suno_tui.tui.terminal.cell_diff.first_frame import ALTERNATE_SCREEN
from tests.tui.conftest import RunApp, until
from tests.tui.session import LEFT, PATIENCE, Session


@pytest.fixture
def session(home: Home) -> Iterator[Session]:
    with Session() as running:
        running.read_until(lambda: running.shows("Commands"), "the first screen")
        yield running


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (lambda s: s.type(b"\x11"), 0),
        (lambda s: s.process.send_signal(signal.SIGTERM), 128 + signal.SIGTERM),
        (lambda s: s.process.send_signal(signal.SIGHUP), 128 + signal.SIGHUP),
        (lambda s: s.type(b"\x1b[M \xff\xfe\x1b[M\x80\x90\xc3\x11"), 0),
    ],
    ids=["ctrl+q", "SIGTERM", "SIGHUP", "odd mouse bytes, then ctrl+q"],
)
def test_the_terminal_is_restored(
    end: Callable[[Session], None], code: int, session: Session
) -> None:
    session.type(b"a song that is not lost")
    session.read_until(lambda: session.shows("not lost"), "what was typed")
    end(session)
    session.read_until(lambda: LEFT in session.output, "the end of the alternate screen")
    assert session.process.wait(PATIENCE) == code
    assert termios.tcgetattr(session.slave) == session.before
    assert b"\x1b[?1016l" in session.output, "the mouse reports no pixels any more"
    assert b"Traceback" not in session.output
    drafts = list(Home.find().drafts.glob("*.toml"))
    assert [b"a song that is not lost" in draft.read_bytes() for draft in drafts] == [True]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_the_editor_had_at_the_end_is_a_draft_at_the_next_start(
    number: signal.Signals, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor, written = tmp_path / "editor", tmp_path / "written"
    editor.write_text(f'#!/bin/sh\necho "an hour of work" > "$1"; touch "{written}"; sleep 30\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)
    with Session() as session:
        session.read_until(lambda: session.shows("Commands"), "the first screen")
        session.type(b"\x1be")
        while not written.exists():
            session.read_on()
            time.sleep(0.02)
        session.process.send_signal(number)
        assert session.process.wait(PATIENCE) == 128 + number
    with Session() as session:
        session.read_until(lambda: session.shows("from-the-editor"), "what became of the text")
    assert "an hour of work" in (home.drafts / "from-the-editor.toml").read_text()


def test_output_of_a_stalled_connection_is_shown_later(session: Session) -> None:
    session.type(b"\x1b3")
    for _ in range(80):  # Nobody reads, until neither the line nor the driver takes any more.
        session.type(b"z")
        time.sleep(0.05)
    session.type(b"\x1b1ithe last words")
    time.sleep(0.5)
    session.read_until(lambda: session.shows("the last words"), "what was drawn meanwhile")


def test_a_broken_connection_ends_the_process(session: Session) -> None:
    session.hang_up()
    assert session.process.wait(PATIENCE) == 129


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.7, 0.85, 0.95])
def test_a_signal_may_come_at_any_moment_of_the_start(
    number: signal.Signals, share: float, home: Home
) -> None:
    """Widgets are half made then, and the terminal is taken over or not yet."""
    with Session() as whole:
        begun = time.monotonic()
        whole.read_until(lambda: whole.shows("Commands"), "the first screen")
        seconds = time.monotonic() - begun
    with Session() as session:
        time.sleep(seconds * share)
        session.process.send_signal(number)
        code = session.process.wait(PATIENCE)
        session.read_on()
        assert b"Traceback" not in session.output
        if b"\x1b[?1049h" in session.output:
            assert code == 128 + number
            assert LEFT in session.output
        assert termios.tcgetattr(session.slave) == session.before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_keys_that_still_wait_for_their_field_are_not_lost(
    number: signal.Signals, run_app: RunApp
) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("alt+1", "ctrl+n")
        app.key_queue.open(lambda event: False)  # as during the start
        for letter in "hello":
            app.post_message(events.Key(letter, letter))
        signal.raise_signal(number)
        await pilot.pause()
        app.key_queue.open()
        await until(lambda: not app.is_running)
    assert app.return_code == 128 + number
    assert any("hello" in str(app.studio.drafts.load(name)) for name in app.studio.drafts.names())


@pytest.mark.parametrize("limit", ["", "[spend]\nday = 100\n"], ids=["no limit", "a limit"])
def test_a_queue_that_cannot_be_opened_is_named_and_left_alone(limit: str, home: Home) -> None:
    home.create()
    home.queue.write_bytes(b"no database" * 100)
    home.config_file.write_text(limit)
    with Session() as session:
        session.read_until(lambda: b"queue.sqlite" in session.output, "what can't be opened")
        assert session.process.wait(PATIENCE) == 4
        session.read_on()
        assert termios.tcgetattr(session.slave) == session.before
        assert b"Traceback" not in session.output
        assert session.output.count(LEFT) == session.output.count(ALTERNATE_SCREEN.encode())
    assert home.queue.read_bytes() == b"no database" * 100
