"""Pictures: the queries to the terminal, its answers, and the sequences that are sent."""

from __future__ import annotations

import base64
import io
import os
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from suno_tui.common.paths import Home
from suno_tui.media.files import pixels
from suno_tui.tui.terminal.cell_diff.cell import PICTURE
from suno_tui.tui.terminal.cell_diff.grid import Grid
from suno_tui.tui.terminal.images import gallery as module
from suno_tui.tui.terminal.images.capabilities import AnswerParser, TerminalAnswers, questions
from suno_tui.tui.terminal.images.cells import MARKS, PLACEHOLDER, Piece, Spot, cell, pieces
from suno_tui.tui.terminal.images.gallery import Gallery, choose
from suno_tui.tui.terminal.images.sixel import encode
from tests.benchmarks.pty_session import Session
from tests.tui.seed import add_track

KITTY = "\x1bP>|kitty(0.35.2)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?62;c"
FOOT = "\x1bP>|foot(1.16.2)\x1b\\\x1b[6;18;9t\x1b[?62;4;22c"
GRAPHICS = re.compile(rb"\x1b(?:_G[^\x1b]*|P0;1;0q[^\x1b]*)\x1b\\")
UNFINISHED = re.compile(rb"\x1b(?:_|P)[^\x1b]*\x1b?\Z")


@pytest.mark.parametrize("said", [KITTY, FOOT])
def test_answers_are_cut_out_of_the_input_however_it_is_split(said: str) -> None:
    whole = "ab" + said + "cd"
    for at in range(len(whole)):
        answers = AnswerParser()
        answers.asked = True
        if whole[:at].endswith("\x1b"):
            continue  # that is the Esc key
        typed = answers.feed(whole[:at], 0) + answers.feed(whole[at:], 0.05) + answers.settle(9)
        assert typed == "abcd", at
        assert answers.complete is not None
    assert answers.complete is not None
    kitty = said is KITTY
    assert (answers.complete.kitty, answers.complete.sixel) == (kitty, not kitty)
    assert answers.complete.cell == ((10, 20) if kitty else (9, 18))


def test_keys_that_look_like_the_beginning_of_an_answer_are_keys() -> None:
    for keys in ("\x1bP", "\x1b_", "\x1b[", "\x1b", "x\x1b[6~y", "\x1b[?2026;2$y", "\x1b[A"):
        answers = AnswerParser()
        answers.asked = True
        typed = answers.feed(keys, 0)
        assert typed + answers.settle(0.2) == keys
    answers = AnswerParser()
    answers.asked = True
    assert answers.feed("\x1b_Gi=3", 0) + answers.settle(1) == "", "a slow line is waited for"
    assert answers.feed("1;OK\x1b\\", 1.5) == ""


def test_terminals_that_print_queries_are_not_asked() -> None:
    assert "\x1b_G" in questions({"TERM": "xterm-256color"})
    assert questions({"TERM": "linux"}) == questions({"TERM": "dumb"}) == ""
    assert questions({"TERM": "screen-256color"}) == ""
    inside = questions({"TERM": "tmux-256color", "TMUX": "/tmp/x"})
    assert inside.endswith("\x1b[c")
    assert "\x1b_" not in inside, "tmux would take it for a title"


def test_the_best_way_of_the_terminal_is_chosen() -> None:
    kitty = TerminalAnswers("kitty(0.35)", kitty=True, cell=(10, 20))
    wezterm = TerminalAnswers("WezTerm 2024", kitty=True, sixel=True, cell=(10, 20))
    foot = TerminalAnswers("foot(1)", sixel=True, cell=(10, 20))
    sizeless = TerminalAnswers("x", sixel=True)
    plain = TerminalAnswers("xterm(1)")
    for wish, heard, way in (
        ("auto", kitty, "kitty"),
        ("auto", wezterm, "sixel"),
        ("auto", foot, "sixel"),
        ("auto", sizeless, "blocks"),
        ("auto", plain, "blocks"),
        ("auto", None, "blocks"),
        ("kitty", foot, "blocks"),
        ("kitty", wezterm, "kitty"),
        ("auto", TerminalAnswers("ghostty 1.1.3", kitty=True, cell=(10, 20)), "kitty"),
        ("auto", TerminalAnswers("kitty(0.26.5)", kitty=True, cell=(10, 20)), "blocks"),
        ("kitty", TerminalAnswers("kitty(0.26.5)", kitty=True, cell=(10, 20)), "blocks"),
        ("blocks", kitty, "blocks"),
        ("off", kitty, "off"),
    ):
        assert choose(wish, heard, {}) == way, (wish, heard)  # type: ignore[arg-type]
    in_tmux = {"TMUX": "/tmp/none,1,0", "PATH": ""}
    assert choose("auto", kitty, in_tmux) == "blocks"
    assert choose("kitty", kitty, in_tmux) == "blocks", "a tmux that does not pass it on"
    assert choose("auto", foot, in_tmux) == "sixel", "a tmux that draws sixels itself"


def decode(sixel: str) -> np.ndarray:
    """Return the colours of a sixel picture in per cent; -1 if not drawn."""
    head, body = re.fullmatch(r'\x1bP0;1;0q"1;1;(\d+;\d+)(.*)\x1b\\', sixel, re.S).groups()  # type: ignore[union-attr]
    width, height = map(int, head.split(";"))
    shown = np.full((height, width, 3), -1)
    colours: dict[int, tuple[int, ...]] = {}
    x, top, now = 0, 0, 0
    for number, given, count, signs, step in re.findall(
        r"#(\d+)(?:;2;([\d;]+))?|!(\d+)([?-~])|([$?-~-])", body
    ):
        if number:
            now = int(number)
            if given:
                colours[now] = tuple(map(int, given.split(";")))
        elif step == "$":
            x = 0
        elif step == "-":
            x, top = 0, top + 6
        else:
            bits = ord(signs or step) - 63
            end = x + int(count or 1)
            for bit in range(6):
                if bits >> bit & 1:
                    shown[top + bit, x:end] = colours[now]
            x = end
    return shown


def test_sixels_decode_to_the_pixels() -> None:
    picture = Image.effect_noise((37, 24), 90).convert("RGB").quantize(16)
    shown = decode(encode(picture))
    wanted = np.rint(np.asarray(picture.convert("RGB")).astype(int) * 100 / 255)
    assert np.abs(shown - wanted).max() <= 1


def test_pieces_are_few_and_cover_every_cell_once() -> None:
    spots = [Spot(10 + x, 5 + y, 16, y, x) for y in range(6) for x in range(12)]
    assert pieces(spots) == [Piece(16, 10, 5, 0, 0, 12, 6)]
    left = [spot for spot in spots if not (14 <= spot.x < 18 and 7 <= spot.y < 9)]
    found = pieces(left)
    covered = [
        (piece.x + x, piece.y + y)
        for piece in found
        for x in range(piece.width)
        for y in range(piece.height)
    ]
    assert sorted(covered) == sorted((spot.x, spot.y) for spot in left)
    assert len(found) <= 4


def screen_of(rows: list[Strip]) -> LayoutUpdate:
    return LayoutUpdate([[row] for row in rows], Region(0, 0, 20, len(rows)))


def test_a_picture_is_repainted_where_it_was_covered() -> None:
    picture = Strip(
        [Segment("".join(cell(0, x) for x in range(20)), Style(meta={PICTURE: 77}))], 20
    )
    blank = Strip([Segment(" " * 20)], 20)
    over = Strip(
        [
            Segment("".join(cell(0, x) for x in range(8)), Style(meta={PICTURE: 77})),
            Segment("toast"),
            Segment("".join(cell(0, x) for x in range(13, 20)), Style(meta={PICTURE: 77})),
        ],
        20,
    )
    painted: list[list[Spot]] = []

    def paint(spots: list[Spot]) -> list[tuple[int, int, str]]:
        painted.append(list(spots))
        return [(spots[0].x, spots[0].y, "\x1bPsixel\x1b\\")]

    grid = Grid(20, 3, ColorSystem.EIGHT_BIT, erases=True)
    grid.painter = paint
    grid.draw(screen_of([blank, picture, blank]))
    sent = grid.changes((0, 0))
    assert PLACEHOLDER not in sent
    assert sent.index("\x1bPsixel") < sent.rindex("\x1b["), "the cursor is put back after it"
    assert [(spot.x, spot.y, spot.number) for spot in painted[0]] == [(x, 1, 77) for x in range(20)]
    assert grid.changes((0, 0)) == ""
    grid.draw(screen_of([blank, over, blank]))
    assert "toast" in grid.changes((0, 0))
    assert len(painted) == 1
    grid.draw(screen_of([blank, picture, blank]))
    grid.changes((0, 0))
    assert [spot.x for spot in painted[1]] == [8, 9, 10, 11, 12]
    grid.draw(screen_of([blank, blank, blank]))
    assert "\x1b[K" in grid.changes((0, 0)), "what covers a picture is sent, though it is empty"
    assert len(painted) == 2
    grid.forget()
    grid.draw(screen_of([blank, picture, blank]))
    grid.changes((0, 0))
    assert len(painted[2]) == 20


def test_the_gallery_sends_a_picture_once_and_deletes_it_at_the_end(tmp_path: Path) -> None:
    cover = tmp_path / "cover.png"
    Image.effect_noise((300, 300), 90).save(cover)
    gallery = Gallery({}, pixels)
    gallery.use("kitty", TerminalAnswers("kitty", kitty=True, cell=(9, 18)))
    number = gallery.load(cover, 20, 10)
    assert number is not None
    assert gallery.load(cover, 20, 10) == number
    sent = gallery.introduce(number)
    assert gallery.introduce(number) == ""
    assert max(map(len, sent.split("\x1b\\"))) < 4200
    assert f"d=I,i={number}," in gallery.leave()
    assert gallery.load(tmp_path / "none.png", 20, 10) is None
    cover.write_bytes(b"no picture")
    assert gallery.load(cover, 20, 10) is None
    for size in range(300):  # there are fewer numbers
        Image.new("RGB", (size + 1, 9)).save(cover)
        os.utime(cover, ns=(size, size))
        assert gallery.load(cover, 20, 10) in range(16, 256)


def test_pictures_that_are_loaded_at_once_have_numbers_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    covers = [tmp_path / f"{number}.png" for number in range(4)]
    for cover in covers:
        Image.effect_noise((64, 64), 90).save(cover)
    transmit = module._transmit

    def slow(picture: Image.Image, *about: int) -> str:
        time.sleep(0.01)
        return transmit(picture, *about)

    monkeypatch.setattr(module, "_transmit", slow)
    gallery = Gallery({}, pixels)
    gallery.use("kitty", TerminalAnswers("kitty", kitty=True, cell=(9, 18)))
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda cover: gallery.load(cover, 20, 10), covers))
    assert len({*numbers}) == 4


class PictureSession(Session):
    """A terminal that answers queries, and shows the text without the pictures."""

    def __init__(self, said: str, env: dict[str, str]) -> None:
        self.said = said.encode()
        self.graphics: list[bytes] = []
        self.raw = b""
        super().__init__([sys.executable, "-m", "suno_tui"], env, size=(100, 30))

    def text(self) -> str:
        data = b"".join(self._unfed)
        end = cut.start() if (cut := UNFINISHED.search(data)) else len(data)
        self.raw += data[:end]
        self.graphics += GRAPHICS.findall(data[:end])
        rest = data[end:]
        self._unfed[:] = [GRAPHICS.sub(b"", data[:end]).replace(b"\x1b[>0q", b"")]
        shown = super().text()
        self._unfed.append(rest)
        return shown

    def _answer(self, data: bytes) -> None:
        before = b"\x1b[c" in self._asked
        super()._answer(data)
        if not before and b"\x1b[c" in data:
            # In pieces, as from a slow connection.
            os.write(self._fd, self.said[:15])
            os.write(self._fd, self.said[15:])


@pytest.fixture
def home_with_cover(tmp_path: Path) -> Iterator[Home]:
    home = Home.find({"SUNO_TUI_HOME": str(tmp_path)})
    home.create()
    add_track(home, "Rain", "lofi", lyrics="Words of rain")
    Image.effect_noise((200, 200), 90).save(next(home.library.rglob("*.mp3")).with_suffix(".jpg"))
    yield home


@pytest.mark.parametrize("said", [KITTY, FOOT], ids=["kitty", "sixel"])
def test_a_cover_in_a_terminal_with_pictures(home_with_cover: Home, said: str) -> None:
    kitty = said is KITTY
    with PictureSession(said, {"SUNO_TUI_HOME": str(home_with_cover.data)}) as session:
        session.wait(lambda text: "Rain" in text)
        session.press("\x1b3")
        session.wait(lambda text: "i Details" in text)
        session.settle(0.5)
        before = session.text()
        for leaked in ("Gi=31", "OK", "foot", "kitty", "62;"):
            assert leaked not in before, "what the terminal answers is not typed"
        session.press("i")
        sixels = b"\x1bP"
        session.wait(
            lambda text: (
                any(p.startswith(sixels) for p in session.graphics)
                or (kitty and PLACEHOLDER in text)
            )
        )
        session.wait(lambda text: "Words of rain" in text)
        session.settle(0.3)
        shown = session.text()
        if kitty:
            parts = [part for part in session.graphics if b"a=q" not in part]
            data = b"".join(part[part.index(b";") + 1 : -2] for part in parts)
            with Image.open(io.BytesIO(base64.b64decode(data))) as image:
                assert image.width == image.height
            assert all(b"q=2" in part or b"a=T" not in part for part in parts)
            placed = re.search(rb"i=(\d+),c=(\d+),r=(\d+)", parts[0])
            assert placed is not None
            number, columns, rows = map(int, placed.groups())
            assert shown.count(PLACEHOLDER) == columns * rows
            assert f"38;5;{number}".encode() in session.raw
            assert session.raw.index(parts[-1]) < session.raw.index(PLACEHOLDER.encode())
        else:
            painted = [part for part in session.graphics if part.startswith(sixels)]
            (picture,) = painted
            assert min(decode(picture.decode()).ravel()) >= 0, "every pixel is drawn"
            assert PLACEHOLDER not in shown
        assert not any(mark in shown.replace(PLACEHOLDER, "") for mark in MARKS) or kitty
        session.press("escape", quiet=0.4)
        session.settle(0.4)
        assert session.text() == before
        session.press("q", quiet=0.3)
        session.text()
        if kitty:
            assert f"d=I,i={number},".encode() in b"".join(session.graphics)
