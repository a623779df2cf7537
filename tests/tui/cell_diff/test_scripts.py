"""Scripts of the world are drawn whole in terminals that disagree on how wide their letters are."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from wcwidth import wcwidth

from suno_tui.tui.terminal.cell_diff.grid import Grid
from suno_tui.tui.terminal.cell_diff.packing import pack, unpack
from suno_tui.tui.terminal.cell_diff.writer import whole
from suno_tui.tui.terminal.widths import graphemes, most_columns
from suno_tui.tui.themes.themed_app import ThemedApp
from suno_tui.tui.widgets.cell_strip import row_of
from suno_tui.tui.widgets.content import fit, one_line
from suno_tui.tui.widgets.safe_input import SafeInput
from suno_tui.tui.widgets.text_field import TextField
from tests.needs import need
from tests.terminal import Tmux
from tests.tui.cell_diff.emulator import Terminal, TerminalDriver

TITLES = {
    "devanagari": "पानी की कहानी",
    "long": "बारिश से पहले केतली गाती है",
    "bengali": "বাংলা গান কোথায়",
    "tamil": "தமிழ் பாடல்",
    "burmese": "မြန်မာ သီချင်း",
    "kannada": "ಕನ್ನಡ ಹಾಡು",
    "sinhala": "ශ්‍රී ලංකා",
    "tibetan": "བོད་ཡིག",
    "thai": "นครราชสีมา น้ำตก",
    "arabic": "مَرْحَبًا يا",
    "marks": "e\u0301a\u0308 a\u0301\u0323",
    "wide": "夏の夜 밤",
    "skin": "👋🏾 Wave",
    "family": "👨‍👩‍👧 home",
    "flag": "🇩🇪 hier",
    "heart": "❤️ heart",
    "trigram": "☰ three lines",
    "plain": "Plain",
}
SIZE = WIDTH, HEIGHT = 60, len(TITLES) + 1


class ByCharacter(Terminal):
    """Draws each character in the C library's columns, and joins emoji, as tmux does."""

    def columns_of(self, char: str) -> int:
        if unicodedata.category(char) in ("Mc", "Sk"):
            return 2 if unicodedata.east_asian_width(char) == "W" else 1
        return max(0, wcwidth(char))

    def draw(self, data: str) -> None:
        for char in data:
            columns = self.columns_of(char)
            line = self.buffer[self.cursor.y]
            last = max(0, self.cursor.x - 1)
            while last and line[last].data == "":
                last -= 1
            if columns == 0 or (columns == 2 and line[last].data.endswith("\u200d")):
                line[last] = line[last]._replace(data=line[last].data + char)
                continue
            at = min(self.cursor.x, self.columns - columns)  # line wrapping is off
            line[at] = self.cursor.attrs._replace(data=char)
            for beside in range(1, columns):
                line[at + beside] = self.cursor.attrs._replace(data="")
            self.cursor.x = at + columns


class ByLetter(ByCharacter):
    """Draws vowel signs within their letter, as Textual counts and new terminals do."""

    def columns_of(self, char: str) -> int:
        return max(0, wcwidth(char))


def words(row: str) -> list[str]:
    return row.replace("│", " ").split()


class Rows:
    """A framed list of titles with a cursor and a dialog, as the studio draws one."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.grid = Grid(WIDTH, HEIGHT, ColorSystem.EIGHT_BIT, erases=True)
        self.wanted: list[str] = []

    def show(self, top: int, cursor: int, dialog: bool = False, right: str = "right") -> str:
        """Draw the rows, and return what is sent."""
        titles = [*TITLES.values()][top:] + [*TITLES.values()][:top]
        rows, self.wanted = [], []
        for y, title in enumerate(titles):
            style = Style(bgcolor="color(24)") if y == cursor else Style()
            text = f"│{fit(title, self.columns)} 3:05 │"
            segments = [Segment(text, style), Segment(right)]
            if dialog and 3 <= y < HEIGHT - 3:
                box, after = f"│ {'ok':8}│", max(0, cell_len(text) - 15)
                strip = Strip(segments)
                segments = [*strip.crop(0, 5), Segment(box, Style(bold=True))]
                segments += [*strip.crop(5 + len(box))] if after else []
            strip = Strip(segments).crop_extend(0, WIDTH, Style())
            rows.append([strip])
            self.wanted.append(strip.text)
        rows.append([Strip([Segment(f"{top} {cursor} {dialog}")]).crop_extend(0, WIDTH, Style())])
        self.grid.draw(LayoutUpdate(rows, Region(0, 0, WIDTH, HEIGHT)))  # type: ignore[arg-type]
        return self.grid.changes((0, HEIGHT - 1))


def session(rows: Rows) -> Iterator[str]:
    """Yield what is sent while the cursor moves, the list scrolls and a dialog opens and closes."""
    chance = random.Random(7)
    yield rows.show(0, 0)
    for step in range(32):
        yield rows.show(step // 5, chance.randrange(len(TITLES)), dialog=step % 5 == 0)


@pytest.mark.parametrize("kind", [ByCharacter, ByLetter])
@pytest.mark.parametrize("columns", [34, 18, 12])
def test_every_letter_is_on_the_screen_after_any_step(kind: type[Terminal], columns: int) -> None:
    rows, terminal = Rows(columns), kind(*SIZE)
    for sent in session(rows):
        terminal.feed(sent)
        shown = terminal.text().split("\n")
        for got, wanted in zip(shown, rows.wanted, strict=False):
            assert words(got) == words(wanted)


@pytest.mark.parametrize("kind", [ByCharacter, ByLetter])
@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_text_after_a_wide_letter_stays_in_its_column(kind: type[Terminal], title: str) -> None:
    rows, terminal = Rows(34), kind(*SIZE)
    terminal.feed(rows.show([*TITLES.values()].index(title), 0))
    row = terminal.cells()[0]
    assert "".join(char.data for char in row[35:]).rstrip() == " 3:05 │right"


@pytest.mark.parametrize("kind", [ByCharacter, ByLetter])
def test_at_the_edge_only_the_end_of_the_row_is_cut(kind: type[Terminal]) -> None:
    grid, terminal = Grid(14, 2, ColorSystem.EIGHT_BIT, erases=True), kind(14, 2)
    for title in (TITLES["devanagari"], "x" * 14, TITLES["bengali"]):
        row = Strip([Segment("│" + title)]).crop_extend(0, 13, None)
        below = Strip([Segment("below".ljust(14))])
        grid.draw(
            LayoutUpdate(
                [[Strip([*row, Segment("│")])], [below]],
                Region(0, 0, 14, 2),
            )
        )
        terminal.feed(grid.changes((0, 0)))
        shown, under = terminal.text().split("\n")
        assert shown.startswith("│" + title[:6])
        assert shown.endswith("│")
        assert under == "below"


def test_pyte_itself_shows_every_letter() -> None:
    """Pyte drops a vowel sign, and all text after it in the same piece."""
    rows = Rows(34)
    screen = pyte.Screen(*SIZE)
    pyte.Stream(screen).feed(rows.show(0, 0))
    for shown, wanted in zip(screen.display, rows.wanted, strict=False):
        if "\u200d" not in wanted:
            assert letters(shown) == letters(wanted)


def letters(text: str) -> list[str]:
    plain = unicodedata.normalize("NFD", text)
    return [char for char in plain if unicodedata.category(char)[0] in "LN"]


def test_tmux_shows_every_letter(tmp_path: Path) -> None:
    need("tmux")
    known = {name: title for name, title in TITLES.items() if name != "family"}
    for columns in (34, 16):
        rows = Rows(columns)
        sent = tmp_path / "sent"
        sent.write_text("\x1b[?7l" + "".join(session(rows)))
        tmux = Tmux(*SIZE, tmp_path)
        tmux.start(["sh", "-c", f"cat {sent}; sleep 60"], {})
        try:
            shown = tmux.wait(r"6 \d+ False").split("\n")
        finally:
            tmux.close()
        for got, wanted in zip(shown, rows.wanted, strict=False):
            if any(title[:3] in wanted for title in known.values()):
                assert words(got) == words(wanted)


def test_a_row_of_ascii_is_sent_as_before() -> None:
    rows = Rows(34)
    rows.show(0, 0)
    plain = [*TITLES].index("plain")
    sent = rows.show(0, plain) + rows.show(0, 0)
    assert sent.count("Plain") == 2
    assert "\x0f" not in rows.show(0, plain).replace(TITLES["devanagari"], "").split("Plain")[1]


def test_a_part_of_a_title_that_changes_sends_all_of_it() -> None:
    grid, terminal = Grid(30, 1, ColorSystem.EIGHT_BIT, erases=True), ByCharacter(30, 1)
    title = TITLES["long"]
    for text in (title, title.replace("से", "है"), title):
        strip = Strip([Segment(text)]).crop_extend(0, 30, None)
        grid.draw(LayoutUpdate([[strip]], Region(0, 0, 30, 1)))
        terminal.feed(grid.changes((0, 0)))
        assert terminal.text() == text
    # A dialog over the middle, drawn as Textual draws a part of the screen.
    box = Strip([Segment("[ok]")])
    grid.draw(ChopsUpdate([{0: None, 8: box, 12: None}], [(0, 8, 12)], [[8, 12, 30]]))
    terminal.feed(grid.changes((0, 0)))
    left, right = strip.crop(0, 8).text, strip.crop(12).text.strip()
    assert terminal.text() == f"{left}[ok]{right}"


def test_the_kept_picture_holds_every_script() -> None:
    rows, terminal = Rows(34), ByCharacter(*SIZE)
    rows.show(0, 3)
    picture = rows.grid.picture()
    assert picture is not None
    kept = unpack(pack(picture), *SIZE)
    assert kept == picture
    terminal.feed(whole(kept, erases=True))
    for got, wanted in zip(terminal.text().split("\n"), rows.wanted, strict=False):
        assert words(got) == words(wanted)


def test_marks_of_another_style_stay_with_their_letter() -> None:
    for letter, marks in (("न", "ी"), ("か", "\u3099"), ("👨", "\u200d👩\u200d👧")):
        grid, terminal = Grid(10, 1, ColorSystem.EIGHT_BIT, erases=True), ByCharacter(10, 1)
        strip = Strip([Segment(letter, Style(bold=True)), Segment(marks), Segment("   x")])
        grid.draw(LayoutUpdate([[strip.crop_extend(0, 10, None)]], Region(0, 0, 10, 1)))
        terminal.feed(grid.changes((0, 0)))
        shown = terminal.text()
        assert shown.startswith(letter + marks[:1])
        assert shown.endswith("x")


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_texts_are_cut_between_graphemes(title: str) -> None:
    whole_ones = [grapheme for grapheme, _ in graphemes(title)]
    assert "".join(whole_ones) == title
    for width in range(30):
        text = one_line(title, width)
        assert most_columns(text) <= width
        if text != title and text:
            kept = [grapheme for grapheme, _ in graphemes(text[:-1])]
            assert kept == whole_ones[: len(kept)]
        assert cell_len(fit(title, width)) == width
    assert len(row_of([(title, "")])) == cell_len(title)


class Fields(ThemedApp):
    def __init__(self) -> None:
        super().__init__(driver_class=TerminalDriver)

    def compose(self) -> ComposeResult:
        yield TextField("title", "")
        yield SafeInput("")


async def test_the_cursor_passes_over_whole_graphemes() -> None:
    app = Fields()
    async with app.run_test(headless=False, size=(40, 10)) as pilot:
        field, entry = app.query_one(TextField), app.query_one(SafeInput)
        for title in TITLES.values():
            field.set_value(title)
            entry.value = title
            ends = [0]
            for grapheme, _ in graphemes(title):
                ends.append(ends[-1] + len(grapheme))
            for box in (field, entry):
                box.focus()
                await pilot.press("home")
                places = [_place(box)]
                for _ in ends[1:]:
                    box.action_cursor_right()  # what the arrow key does; keys take their time
                    places.append(_place(box))
                assert places == ends
                for _ in ends[1:]:
                    box.action_cursor_left()
                    places.append(_place(box))
                assert places[len(ends) :] == ends[-2::-1]


def _place(box: TextField | SafeInput) -> int:
    return box.cursor_location[1] if isinstance(box, TextField) else box.cursor_position


async def test_backspace_deletes_a_vowel_sign_but_a_whole_emoji() -> None:
    app = Fields()
    async with app.run_test(headless=False, size=(40, 10)) as pilot:
        field = app.query_one(TextField)
        field.focus()
        field.set_value("कि👨‍👩‍👧")
        left = []
        for _ in range(3):
            await pilot.press("backspace")
            left.append(field.value)
        assert left == ["कि", "क", ""]
