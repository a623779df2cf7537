"""The first frame: shown at the start, replaced by the screen, and no key is lost."""

from __future__ import annotations

import json
import os
import signal
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from suno_tui.common.paths import Home
from suno_tui.tui.terminal.cell_diff.first_frame import MOST_BYTES, FirstFrame
from tests.tui.seed import add_tracks
from tests.tui.session import LEFT, PATIENCE, Session

UP = b"\x1b[?1049h"
MOUSE = b"\x1b[?1000h"
"""The first sequence that Textual sends after the alternate screen."""


def started(session: Session) -> None:
    """Wait until Textual has the terminal and everything is drawn."""
    session.read_until(lambda: MOUSE in session.output, "Textual")
    session.read_until(lambda: session.shows("Nothing playing"), "the first screen")


def leave(session: Session) -> None:
    session.type(b"\x11")
    session.read_until(lambda: LEFT in session.output, "the end of the alternate screen")
    assert session.process.wait(PATIENCE) == 0
    assert termios.tcgetattr(session.slave) == session.before


@pytest.fixture
def left(home: Home) -> bytes:
    """The saved picture of a session that ended with something typed."""
    with Session() as first:
        started(first)
        first.type(b"a song that was left")
        first.read_until(lambda: first.shows("was left"), "what was typed")
        leave(first)
        assert first.output.count(UP) == 1
    return home.last_picture.read_bytes()


def test_the_first_frame_comes_first_and_no_key_is_lost(home: Home, left: bytes) -> None:
    with Session() as second:
        second.read_until(lambda: second.shows("was left"), "the picture")
        picture = second.output.index(b"was left")
        second.type(b"i, and then went on")
        second.read_until(lambda: second.shows("was left, and then went on"), "what was typed")
        leave(second)
        assert picture < second.output.index(MOUSE), "the picture waits for nothing"
        assert second.output.count(UP) == 1, "sent again it would clear the screen"
    home.last_picture.unlink()
    with Session() as third:
        started(third)
        third.type(b"i!")
        third.read_until(lambda: third.shows("went on!"), "what was typed")
        third.type(b"\x7f")
        third.read_until(lambda: third.shows("went on ") and third.shows("38/500"), "its end")
        afresh = third.display
        leave(third)
    with Session() as fourth:
        started(fourth)
        fourth.type(b"i!")
        fourth.read_until(lambda: fourth.shows("went on!"), "the real screen")
        fourth.type(b"\x7f")
        fourth.read_until(lambda: fourth.display == afresh, "the same as without a picture")
        leave(fourth)


def test_an_error_before_the_first_screen_is_shown_on_the_normal_screen(
    home: Home, left: bytes
) -> None:
    home.config_file.write_text("[queue]\ndownloads = 0\n")
    with Session() as session:
        assert session.process.wait(PATIENCE) == 2
        session.read_until(lambda: b"downloads must be 1" in session.output, "the error")
        assert session.output.index(LEFT) < session.output.index(b"downloads must")
        assert termios.tcgetattr(session.slave) == session.before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_during_the_start_restores_the_terminal(
    number: signal.Signals, home: Home, left: bytes
) -> None:
    start = (
        "import os, time\nfrom suno_tui.common.paths import Home\n"
        "from suno_tui.tui.terminal.cell_diff.first_frame import FirstFrame\n"
        "first_frame = FirstFrame.draw(Home.find().last_picture, os.environ)\n"
        "try: time.sleep(60)\n"
        "finally: first_frame.drop()\n"
    )
    with Session(start) as session:
        session.read_until(lambda: session.shows("was left"), "the picture")
        session.process.send_signal(number)
        assert session.process.wait(PATIENCE) == 128 + number
        session.read_until(lambda: LEFT in session.output, "the end of the alternate screen")
        assert termios.tcgetattr(session.slave) == session.before


def test_a_terminal_that_takes_no_picture_is_restored(home: Home, left: bytes) -> None:
    start = (
        "import os\nfrom suno_tui.common.paths import Home\n"
        "from suno_tui.tui.terminal.cell_diff.first_frame import FirstFrame\n"
        "def refuse(*_): raise OSError(5, 'refused')\n"
        "write, os.write = os.write, refuse\n"
        "first_frame = FirstFrame.draw(Home.find().last_picture, os.environ)\n"
        "os.write = write\n"
        "print('up' if first_frame.is_shown else 'not up')\n"
    )
    with Session(start) as session:
        session.read_until(lambda: session.shows("not up"), "what became of it")
        assert session.process.wait(PATIENCE) == 0
        assert termios.tcgetattr(session.slave) == session.before


@pytest.mark.parametrize("why", ["another size", "another terminal", "a damaged file"])
def test_a_picture_that_does_not_fit_is_not_shown(
    why: str, home: Home, left: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    if why == "another terminal":
        monkeypatch.setenv("NO_COLOR", "1")
    if why == "a damaged file":
        kept = json.loads(left)
        home.last_picture.write_bytes(left[: len(left) // 2])
        assert kept["size"] == [100, 30]
    with Session(size=(90, 30) if why == "another size" else (100, 30)) as session:
        session.read_until(lambda: MOUSE in session.output, "Textual")
        assert b"was left" not in session.output[: session.output.index(MOUSE)]
        started(session)
        session.read_until(lambda: session.shows("was left"), "the draft")
        leave(session)


OSC_52 = "\x1b]52;c;b3duZWQ=\x07"


def sequence_beside(kept: dict[str, Any]) -> None:
    kept["ansi"] = OSC_52


def sequence_in_a_cell(kept: dict[str, Any]) -> None:
    for cell in kept["cells"]["cells"]:
        if cell[0] == "w":
            cell[0] = f"w{OSC_52}\x9b31m\x00"


def sequence_in_a_colour(kept: dict[str, Any]) -> None:
    kept["cells"]["pens"] = [[a, f"31m{OSC_52}", b, ln] for a, _, b, ln in kept["cells"]["pens"]]


def sequence_in_a_link(kept: dict[str, Any]) -> None:
    kept["cells"]["pens"] = [[a, f, b, f"x\x1b\\{OSC_52}"] for a, f, b, _ in kept["cells"]["pens"]]


@pytest.mark.parametrize(
    "harm", [sequence_beside, sequence_in_a_cell, sequence_in_a_colour, sequence_in_a_link]
)
def test_no_escape_sequence_in_the_file_reaches_the_terminal(
    harm: Callable[[dict[str, Any]], None], home: Home, left: bytes
) -> None:
    kept = json.loads(left)
    harm(kept)
    home.last_picture.write_text(json.dumps(kept))
    with Session() as session:
        started(session)
        session.read_until(lambda: session.shows("was left"), "the draft")
        leave(session)
    assert OSC_52.encode() not in session.output
    assert b"]52;c;" not in session.output.replace("␛]52;c;".encode(), b"")
    assert b"\x9b31m" not in session.output


@pytest.mark.parametrize("what", ["a pipe", "a link", "a folder", "a giant"])
def test_only_a_regular_file_of_limited_size_is_read(
    what: str, home: Home, left: bytes, tmp_path: Path
) -> None:
    file = home.last_picture
    file.rename(tmp_path / "elsewhere")
    if what == "a pipe":
        os.mkfifo(file)
    elif what == "a link":
        file.symlink_to(tmp_path / "elsewhere")
    elif what == "a folder":
        file.mkdir()
    else:
        file.write_bytes(left)
        os.truncate(file, MOST_BYTES + 1)
    assert not FirstFrame.draw(file, os.environ).is_shown


def test_control_keys_during_the_start_are_no_flow_control(home: Home, left: bytes) -> None:
    with Session() as session:
        session.read_until(lambda: session.shows("was left"), "the picture")
        assert MOUSE not in session.output, "Textual is not there yet"
        # Enter, and the keys that would stop and restart the output.
        session.type(b"i!\r\x13\x11")
        session.read_until(lambda: LEFT in session.output, "the end of the alternate screen")
        assert session.process.wait(PATIENCE) == 0
    draft = next(home.drafts.glob("*.toml")).read_text()
    assert 'prompt = "a song that was left!\\n"' in draft or "was left!\n" in draft


def test_a_dialog_is_not_saved_as_the_first_frame(home: Home, left: bytes) -> None:
    with Session() as session:
        started(session)
        session.type(b"\x1bOP")
        session.read_until(lambda: session.shows("Keys that work here"), "the help")
        session.process.send_signal(signal.SIGTERM)
        session.read_until(lambda: LEFT in session.output, "the end of the alternate screen")
        session.process.wait(PATIENCE)
    assert home.last_picture.read_bytes() == left


@pytest.mark.parametrize("size", [(100, 30), (80, 24)])
def test_a_start_in_the_library_takes_moves_at_once(home: Home, size: tuple[int, int]) -> None:
    def on(title: str) -> bool:
        return any("▌" in line and title in line for line in session.display)

    add_tracks(home)
    with Session(size=size) as session:
        started(session)
        session.type(b"\x1b3")
        session.read_until(lambda: on("Summer Nights"), "the library")
        leave(session)
    ends = []
    for picture in (home.last_picture.read_bytes(), b"none"):
        home.last_picture.write_bytes(picture)
        with Session(size=size) as session:
            session.read_until(lambda: session.shows("Summer Nights"), "the tracks")
            session.type(b"\x1b[B\x1b[B")
            session.read_until(lambda: on("Night Drive"), "the third row")
            session.type(b"/rain\r")  # waits for the field
            session.read_until(lambda: session.shows("2 of 8 songs"), "the filter")
            session.type(b"\x1b")
            session.read_until(lambda: session.shows("─ 8 songs · 16 tracks"), "all tracks")
            session.type(b"gg\x1b[B")
            session.read_until(lambda: on("Peaceful Piano"), "the second row")
            time.sleep(0.5)
            session.read_on()
            ends.append(session.display)
            leave(session)
    assert ends[0] == ends[1], "the same as without a picture"


def test_the_first_picture_does_not_wait_for_the_writer_thread(home: Home, tmp_path: Path) -> None:
    """The writer thread may get no turn during the start. What it is given first counts as one
    write, not as a connection that is too slow for the next."""
    with Session(start=_NO_TURN.format(log=str(tmp_path / "held"))) as session:
        started(session)
    assert (tmp_path / "held").read_text() == "False"


_NO_TURN = """
import sys, threading
from pathlib import Path
from textual.drivers._writer_thread import WriterThread
from suno_tui.cli import main
from suno_tui.tui.terminal.cell_diff.app import CellDiffApp

turn, run, send = threading.Event(), WriterThread.run, CellDiffApp._send

def write(thread):
    turn.wait()
    run(thread)

def first(app, grid):
    send(app, grid)
    if not turn.is_set():
        Path({log!r}).write_text(str(app._is_waiting))
        turn.set()

WriterThread.run, CellDiffApp._send = write, first
sys.argv = ["suno-tui"]
raise SystemExit(main())
"""
