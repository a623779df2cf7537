"""A start begins with the picture that the last session left, and loses nothing by it."""

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
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from suno_tui.common.paths import Home
from suno_tui.tui.terminal.cell_diff.grid import Grid
from suno_tui.tui.terminal.cell_diff.kept import pack, unpack
from suno_tui.tui.terminal.cell_diff.writer import whole
from suno_tui.tui.terminal.first_frame import MOST_BYTES, FirstFrame
from tests.tui.cell_diff.emulator import Terminal
from tests.tui.seed import add_tracks
from tests.tui.session import LEFT, PATIENCE, Session

UP = b"\x1b[?1049h"
MOUSE = b"\x1b[?1000h"
"""The first that Textual sends, after what brings the other screen."""


def started(session: Session) -> None:
    """Textual has the terminal, and all is drawn."""
    session.read_until(lambda: MOUSE in session.output, "Textual")
    session.read_until(lambda: session.shows("Nothing plays"), "the first screen")


def leave(session: Session) -> None:
    session.type(b"\x11")
    session.read_until(lambda: LEFT in session.output, "the end of the alternate screen")
    assert session.process.wait(PATIENCE) == 0
    assert termios.tcgetattr(session.slave) == session.before


@pytest.fixture
def left(home: Home) -> bytes:
    """A studio that was left with something typed; its last picture."""
    with Session() as first:
        started(first)
        first.type(b"a song that was left")
        first.read_until(lambda: first.shows("was left"), "what was typed")
        leave(first)
        assert first.output.count(UP) == 1
    return home.last_picture.read_bytes()


def test_the_picture_comes_first_and_keys_that_it_gets_are_not_lost(
    home: Home, left: bytes
) -> None:
    with Session() as second:
        second.read_until(lambda: second.shows("was left"), "the picture")
        picture = second.output.index(b"was left")
        second.type(b", and then went on")
        second.read_until(lambda: second.shows("was left, and then went on"), "what was typed")
        leave(second)
        assert picture < second.output.index(MOUSE), "the picture waits for nothing"
        assert second.output.count(UP) == 1, "sent again it would clear the screen"
    home.last_picture.unlink()
    with Session() as third:
        started(third)
        third.type(b"!")
        third.read_until(lambda: third.shows("went on!"), "what was typed")
        third.type(b"\x7f")
        third.read_until(lambda: third.shows("went on ") and third.shows("38/500"), "its end")
        afresh = third.display
        leave(third)
    with Session() as fourth:
        started(fourth)
        fourth.type(b"!")
        fourth.read_until(lambda: fourth.shows("went on!"), "the real screen")
        fourth.type(b"\x7f")
        fourth.read_until(lambda: fourth.display == afresh, "the same as without a picture")
        leave(fourth)


def test_an_error_before_the_first_screen_is_read_on_the_screen_of_before(
    home: Home, left: bytes
) -> None:
    home.config_file.write_text("[screen]\nthem = 'dusk'\n")
    with Session() as session:
        assert session.process.wait(PATIENCE) == 2
        session.read_until(lambda: b"Did you mean 'theme'?" in session.output, "the error")
        assert session.output.index(LEFT) < session.output.index(b"Did you mean")
        assert termios.tcgetattr(session.slave) == session.before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_between_restores_the_terminal(
    number: signal.Signals, home: Home, left: bytes
) -> None:
    start = (
        "import os, time\nfrom suno_tui.common.paths import Home\n"
        "from suno_tui.tui.terminal.first_frame import Curtain\n"
        "curtain = Curtain.draw(Home.find().last_picture, os.environ)\n"
        "try: time.sleep(60)\n"
        "finally: curtain.drop()\n"
    )
    with Session(start) as session:
        session.read_until(lambda: session.shows("was left"), "the picture")
        session.process.send_signal(number)
        assert session.process.wait(PATIENCE) == 128 + number
        session.read_until(lambda: LEFT in session.output, "the end of the alternate screen")
        assert termios.tcgetattr(session.slave) == session.before


def test_a_terminal_that_takes_no_picture_is_as_it_was(home: Home, left: bytes) -> None:
    start = (
        "import os\nfrom suno_tui.common.paths import Home\n"
        "from suno_tui.tui.terminal.first_frame import Curtain\n"
        "def refuse(*_): raise OSError(5, 'refused')\n"
        "write, os.write = os.write, refuse\n"
        "curtain = Curtain.draw(Home.find().last_picture, os.environ)\n"
        "os.write = write\n"
        "print('up' if curtain.up else 'not up')\n"
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
def test_no_sequence_of_the_file_reaches_the_terminal(
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
def test_only_a_file_of_ours_is_read(what: str, home: Home, left: bytes, tmp_path: Path) -> None:
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
    assert not FirstFrame.draw(file, os.environ).up


def packed(**other: object) -> dict[str, Any]:
    """Two rows of three cells: a wide character and a narrow one, and three spaces."""
    return {
        "pens": [[[1], "38;5;7", "", ""], [[], "", "", "https://a.b"]],
        "cells": [["音", 0, 2, None], ["", 0, 0, None], ["a", 1, 1, 1], [" ", 1, 1, None]],
        "rows": [[0, 1, 1, 1, 2, 1], [3, 3]],
    } | other


def test_cells_of_a_file_are_drawn_by_the_pen_as_ever() -> None:
    rows = unpack(packed(), 3, 2)
    shown = Terminal(3, 2)
    shown.feed(whole(rows, erases=True))
    assert shown.text() == "音a\n"
    assert unpack(pack(rows), 3, 2) == rows


@pytest.mark.parametrize(
    "other",
    [
        {"rows": [[0, 1, 1, 1, 2, 1]]},
        {"rows": [[0, 1, 1, 1, 2, 1], [3, 10**12]]},
        {"rows": [[0, 1, 1, 1, 2, 1], [3, 10**12, 3, 3 - 10**12]]},
        {"rows": [[0, 1, 1, 1, 2, 1], [-1, 3]]},
        {"rows": [[0, 1, 1, 1, 2, 1], [3, 3, 3]]},
        {"rows": [[0, 1, 2, 1, 2, 1], [3, 3]]},
        {"rows": [[2, 2, 0, 1], [3, 3]]},
        {"rows": [[1, 3], [3, 3]]},
        {"rows": [[9, 3], [3, 3]]},
        {"rows": [["3", "3"], [3, 3]]},
        {"cells": [["x" * 65, 0, 1, None]] * 4},
        {"cells": [["xy", 0, 1, None]] * 4},
        {"cells": [["\x9b", 0, 1, None]] * 4},
        {"cells": [["x\u202e", 0, 1, None]] * 4},
        {"cells": [["x", 0, 3, None]] * 4},
        {"cells": [["x", 0, 1, 10**9]] * 4},
        {"cells": [["x", 9, 1, None]] * 4},
        {"cells": [[None, 0, 1, None]] * 4},
        {"pens": [[[99], "", "", ""]] * 2},
        {"pens": [[["1"], "", "", ""]] * 2},
        {"pens": [[[1], "1mx", "", ""]] * 2},
        {"pens": [[[1], "", "1;" * 99, ""]] * 2},
        {"pens": [[[1], "", "", "\x07"]] * 2},
        {"pens": [[[1], "", ""]] * 2},
    ],
)
def test_what_are_no_cells_is_refused(other: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, LookupError)):
        unpack(packed(**other), 3, 2)


def test_keys_over_the_picture_are_keys_and_no_flow_control(home: Home, left: bytes) -> None:
    with Session() as session:
        session.read_until(lambda: session.shows("was left"), "the picture")
        assert MOUSE not in session.output, "Textual is not there yet"
        # Enter and the keys that a line would be halted by and go on with.
        session.type(b"!\r\x13\x11")
        session.read_until(lambda: LEFT in session.output, "the end of the alternate screen")
        assert session.process.wait(PATIENCE) == 0
    draft = next(home.drafts.glob("*.toml")).read_text()
    assert 'prompt = "a song that was left!\\n"' in draft or "was left!\n" in draft


def test_a_dialog_is_not_what_the_next_start_begins_with(home: Home, left: bytes) -> None:
    with Session() as session:
        started(session)
        session.type(b"\x1bh")
        session.read_until(lambda: session.shows("Keys that work here"), "the help")
        session.process.send_signal(signal.SIGTERM)
        session.read_until(lambda: LEFT in session.output, "the end of the alternate screen")
        session.process.wait(PATIENCE)
    assert home.last_picture.read_bytes() == left


def test_of_a_picture_only_the_part_that_is_there_is_replaced() -> None:
    def update(letter: str) -> LayoutUpdate:
        strips = [[Strip([Segment(letter * 6)])] for _ in range(4)]
        return LayoutUpdate(strips, Region(0, 0, 6, 4))  # type: ignore[arg-type]

    def grid() -> Grid:
        return Grid(6, 4, ColorSystem.TRUECOLOR, erases=True)

    first, shown = grid(), Terminal(6, 4)
    first.draw(update("a"))
    shown.feed(first.changes((0, 0)))
    picture = first.picture()
    assert picture is not None
    second = grid()
    second.shows(picture)
    second.only = Region(1, 2, 3, 1)
    second.draw(update("b"))
    shown.feed(second.changes((0, 0)))
    assert shown.display == ["aaaaaa", "aaaaaa", "abbbaa", "aaaaaa"]
    second.only = None
    shown.feed(second.changes((0, 0)))
    assert shown.display == ["bbbbbb"] * 4

    # Where nothing was drawn yet, the picture is right.
    third = grid()
    picture = second.picture()
    assert picture is not None
    third.shows(picture)
    third.only = Region(0, 1, 6, 3)
    chops = [{0: Strip([Segment("c" * 6)]) if y == 2 else None} for y in range(4)]
    third.draw(ChopsUpdate(chops, [(2, 0, 6)], [[6]] * 4))
    shown.feed(third.changes((0, 0)))
    assert shown.display == ["bbbbbb", "bbbbbb", "cccccc", "bbbbbb"]


def test_what_is_kept_paints_the_same_on_any_screen_and_is_known_when_it_is_read() -> None:
    styles = (Style(color="red", bgcolor="#102030"), Style(bold=True, link="https://a.b"), None)
    rows = [
        Strip([Segment("音楽 a\N{COMBINING ACUTE ACCENT}", styles[0]), Segment("  ", styles[1])]),
        Strip([Segment("👨‍👩‍👧 !", styles[1]), Segment("[b]", styles[2])]),
        Strip.blank(12, Style(bgcolor="#102030")),
    ]
    strips = [[strip.adjust_cell_length(12)] for strip in rows]
    update = LayoutUpdate(strips, Region(0, 0, 12, 3))  # type: ignore[arg-type]

    def grid() -> Grid:
        return Grid(12, 3, ColorSystem.TRUECOLOR, erases=True)

    first, shown = grid(), Terminal(12, 3)
    first.draw(update)
    shown.feed(first.changes((0, 0)))
    cells = first.picture()
    assert cells is not None
    ansi = whole(cells, erases=True)
    again = Terminal(12, 3)
    again.feed("anything at all\r\nand more" + ansi)
    assert again.buffer == shown.buffer

    second = grid()
    second.shows(unpack(json.loads(json.dumps(pack(cells))), 12, 3))
    second.draw(update)
    data = second.changes((0, 0))
    again.feed(data)
    assert again.buffer == shown.buffer
    assert "音" in data, "the first row is sent in any case"
    assert "!" not in data, "the others are known"


@pytest.mark.parametrize("size", [(100, 30), (80, 24)])
def test_who_left_in_the_library_moves_there_at_once(home: Home, size: tuple[int, int]) -> None:
    def on(title: str) -> bool:
        return any("▌" in line and title in line for line in session.display)

    add_tracks(home)
    with Session(size=size) as session:
        started(session)
        session.type(b"\x1bl")
        session.read_until(lambda: on("Summer Nights"), "the library")
        leave(session)
    ends = []
    for picture in (home.last_picture.read_bytes(), b"none"):
        home.last_picture.write_bytes(picture)
        with Session(size=size) as session:
            session.read_until(lambda: session.shows("Summer Nights"), "the tracks")
            session.type(b"\x1b[B\x1b[B")
            session.read_until(lambda: on("Peaceful Piano"), "the third row")
            session.type(b"/rain\r")  # what is not there yet is waited for
            session.read_until(lambda: session.shows("4 of 16 tracks"), "the filter")
            session.type(b"\x1b")
            session.read_until(lambda: session.shows("─ 16 tracks"), "all tracks")
            session.type(b"gg\x1b[B")
            session.read_until(lambda: on("Summer Nights"), "the second row")
            time.sleep(0.5)
            session.read_on()
            ends.append(session.display)
            leave(session)
    assert ends[0] == ends[1], "the same as without a picture"


def test_the_first_picture_does_not_wait_for_the_thread_that_writes(
    home: Home, tmp_path: Path
) -> None:
    """In the start nobody lets it have the interpreter, and what it is given first is no picture:
    it counts as one piece, not as a line that is too slow for the next."""
    with Session(start=_NO_TURN.format(log=str(tmp_path / "held"))) as session:
        started(session)
    assert (tmp_path / "held").read_text() == "False"


_NO_TURN = """
import sys, threading
from pathlib import Path
from textual.drivers._writer_thread import WriterThread
from suno_tui.cli import main
from suno_tui.tui.terminal.cell_diff.app import LineApp

turn, run, send = threading.Event(), WriterThread.run, LineApp._send

def write(thread):
    turn.wait()
    run(thread)

def first(app, grid):
    send(app, grid)
    if not turn.is_set():
        Path({log!r}).write_text(str(app._held))
        turn.set()

WriterThread.run, LineApp._send = write, first
sys.argv = ["suno-tui"]
raise SystemExit(main())
"""
