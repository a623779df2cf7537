"""Covers, the song's shape, and the words in time: details and the page of what plays."""

from __future__ import annotations

import locale
import resource
import threading
import time
from io import BytesIO

import pytest
from PIL import Image
from rich.color_triplet import ColorTriplet
from textual.pilot import Pilot

from suno_tui.library.timed_lyrics import TimedLine, timed_lyrics
from suno_tui.library.track import Track
from suno_tui.tui.app import StudioApp
from suno_tui.tui.playback import track_view
from suno_tui.tui.playback.timed_lyrics import lyric_lines, section_marks
from suno_tui.tui.playback.track_view import TrackView
from suno_tui.tui.screens.player.page import LyricRows
from suno_tui.tui.widgets.cell_strip import Row
from suno_tui.tui.widgets.cover import Cover
from suno_tui.tui.widgets.waveform import Waveform, bars_of
from tests.tui.conftest import OpenApp, RunApp, idle, until
from tests.tui.screen_assertions import sees, shown
from tests.tui.silent import SilentPlayer

SUNG = (
    (0, "Walking down the empty street"),
    (4, "City lights beneath my feet"),
    (8, "Every window holds a flame"),
    (12, "No one here recalls my name"),
    (20, "Summer nights, we're running free"),
    (24, "Neon waves along the sea"),
    (28, "Hold the moment, let it shine"),
    (32, "Summer nights are yours and mine"),
    (40, "Summer nights, we're running free"),
    (44, "Neon waves along the sea"),
    (60, "Radio is playing low"),
    (64, "Songs from forty years ago"),
    (68, "You were laughing, so was I"),
    (72, "Underneath a paper sky"),
    (99, "Summer nights"),
)
"""The seed's first song as a take might sing it: two choruses in a row, none after verse 2."""

RED, BLUE = (220, 20, 20), (20, 20, 220)


@pytest.fixture(autouse=True)
def _a_good_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setattr(locale, "getpreferredencoding", lambda _=True: "UTF-8")


def sing(track: Track) -> None:
    """Write the lyrics in time into the audio file."""
    from mutagen import id3

    tags = id3.ID3()  # type: ignore[no-untyped-call]
    text = [(words, at * 1000) for at, words in SUNG]
    tags.add(id3.SYLT(encoding=3, lang="eng", format=2, type=1, text=text))  # type: ignore[no-untyped-call]
    tags.save(track.audio)


def picture(upper: tuple[int, int, int] = RED, lower: tuple[int, int, int] = BLUE) -> bytes:
    """A JPEG whose upper half has one colour and whose lower half another."""
    image = Image.new("RGB", (320, 320), upper)
    image.paste(lower, (0, 160, 320, 320))
    out = BytesIO()
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


async def give_cover(app: StudioApp, data: bytes) -> Track:
    """Lay a cover beside the first track, as a person might; the library follows."""
    track = app.main.library.track
    assert track is not None
    track.audio.with_suffix(".jpg").write_bytes(data)
    app.main.library.scan()
    await until(lambda: app.main.library.track is not None and app.main.library.track.cover)
    return track


def near(colour: ColorTriplet | None, wanted: tuple[int, int, int]) -> bool:
    return colour is not None and all(abs(a - b) < 12 for a, b in zip(colour, wanted, strict=True))


def colours_of(cover: Cover, y: int) -> tuple[ColorTriplet | None, ColorTriplet | None]:
    """The colours of the upper and the lower pixel at the left of a row."""
    segment = next(iter(cover.render_line(y)))
    assert segment.style is not None
    ground, ink = segment.style.bgcolor, segment.style.color
    lower = ground.get_truecolor() if ground else None
    return (ink.get_truecolor() if ink and segment.text == "▀" else lower), lower


@pytest.mark.parametrize(
    ("size", "wanted"), [((80, 24), (20, 10)), ((120, 40), (36, 18)), ((200, 60), (40, 20))]
)
async def test_details_show_the_cover(
    run_app: RunApp, size: tuple[int, int], wanted: tuple[int, int]
) -> None:
    async with run_app(size) as (app, pilot):
        await give_cover(app, picture())
        await pilot.press("escape", "3", "i")
        await until(lambda: app.screen.query(Cover) and app.screen.query_one(Cover).drawn)
        await pilot.pause()
        cover = app.screen.query_one(Cover)
        assert cover.size == wanted
        assert near(colours_of(cover, 0)[0], RED)
        assert near(colours_of(cover, cover.size.height - 1)[1], BLUE)
        await sees(app, "3:18 · 104 BPM")


@pytest.mark.parametrize(
    "data", [b"", b"<html>not found</html>", picture()[:700]], ids=["empty", "page", "cut"]
)
async def test_a_damaged_cover_is_absent(run_app: RunApp, data: bytes) -> None:
    async with run_app((80, 24)) as (app, pilot):
        await give_cover(app, data)
        await pilot.press("escape", "3", "i")
        await until(lambda: app.screen.query(Cover) and not app.screen.query_one(Cover).display)
        await pilot.pause()
        await sees(app, "3:18 · 104 BPM")
        assert shown(app).splitlines()[1].startswith("│ Summer Nights"), "its place is not kept"


@pytest.mark.parametrize("poor", ["NO_COLOR", "16 colours", "latin-1"])
async def test_no_cover_where_the_terminal_can_not_draw_it(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch, poor: str
) -> None:
    if poor == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    elif poor == "latin-1":
        monkeypatch.setattr(locale, "getpreferredencoding", lambda _=True: "ISO-8859-1")
    else:
        monkeypatch.setenv("TERM", "xterm-16color")
        monkeypatch.delenv("COLORTERM")
    async with run_app((80, 24)) as (app, pilot):
        await give_cover(app, picture())
        await pilot.press("escape", "3", "i")
        await pilot.pause()
        await idle(app)
        cover = app.screen.query_one(Cover)
        assert (cover.display, cover.drawn) == (False, None)


async def test_a_cover_that_changes_is_drawn_anew(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        track = await give_cover(app, picture())
        for colours in ((RED, BLUE), (BLUE, RED)):
            track.audio.with_suffix(".jpg").write_bytes(picture(*colours) + bytes(colours[0][0]))
            await pilot.press("escape", "3", "i")
            await until(lambda: app.screen.query(Cover) and app.screen.query_one(Cover).drawn)
            assert near(colours_of(app.screen.query_one(Cover), 0)[0], colours[0])
            await pilot.press("escape")


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60)])
async def test_details_cut_nothing_off(
    run_app: RunApp, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    async with run_app(size) as (app, pilot):
        await give_cover(app, picture())
        await pilot.press("escape", "3", "i")
        await sees(app, "104 BPM", "06:12")
        pictures = [shown(app)]
        for _ in range(8):
            await pilot.press("pagedown")
            await pilot.pause()
            pictures.append(shown(app))
        text = "\n".join(pictures)
        for part in (
            "Takes",
            "local, the built-in sketch",
            "Style weight",
            "Folder",
            "Summer-Nights-1.toml",
            "paper sky",
        ):
            assert part in text, part
        assert "…" not in text.replace("…/", "")


async def test_values_wrap_in_their_own_column(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        track = app.main.library.track
        assert track is not None
        text = track.file.read_text()
        notes = "[/b] a take for the rainy evening, " * 4
        track.file.write_text(f"notes = {notes!r}\n{text}".replace("'", '"', 2))
        app.main.library.scan()
        await until(lambda: app.main.library.track is not None and app.main.library.track.notes)
        await pilot.press("escape", "3", "i")
        await pilot.press("end")
        await sees(app, "[/b] a take")
        lines = shown(app).splitlines()
        at = next(y for y, line in enumerate(lines) if "Notes" in line)
        column = lines[at].index("[/b]")
        assert lines[at + 1][2:column].isspace()
        assert not lines[at + 1][column].isspace()


async def test_sections_are_found_where_they_are_sung(run_app: RunApp) -> None:
    async with run_app() as (app, _):
        track = app.main.library.track
        assert track is not None
        assert section_marks(track.lyrics, timed_lyrics(track)) == (), "nothing is known of times"
        sing(track)
        timed = timed_lyrics(track)
        assert timed[4] == TimedLine(20.0, "Summer nights, we're running free")
        marks = section_marks(track.lyrics, timed)
        assert [(mark.at, mark.label, mark.short) for mark in marks] == [
            (0.0, "Verse", "V1"),
            (20.0, "Chorus", "C"),
            (60.0, "Verse", "V2"),
            (99.0, "Outro", "O"),
        ]
        rows = lyric_lines(track.lyrics, timed)
        assert [row.text for row in rows[:7]] == [
            "[Verse]", *(words for _, words in SUNG[:4]), "", "[Chorus]",
        ]  # fmt: skip
        assert [row.text for row in rows].count("[Chorus]") == 2
        assert [(row.at, row.text) for row in rows if row.at is not None] == list(SUNG)


async def listen(app: StudioApp, pilot: Pilot[None]) -> SilentPlayer:
    """Play the first track, its words in time, and go to its page."""
    track = app.main.library.track
    assert track is not None
    sing(track)
    await pilot.press("escape", "3", "enter", "4")
    await idle(app)
    await pilot.pause()
    player = app.studio.player
    assert isinstance(player, SilentPlayer)
    return player


def lit(rows: LyricRows) -> str:
    return rows.items[rows.now].text if rows.now is not None else ""


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_line_that_is_sung_is_lit_and_in_view(
    run_app: RunApp, size: tuple[int, int]
) -> None:
    async with run_app(size) as (app, pilot):
        player = await listen(app, pilot)
        rows = app.main.query_one(LyricRows)
        for at, words in (*SUNG, SUNG[5]):
            player.position = at + 0.5
            app.playback.tick()
            await pilot.pause()
            assert lit(rows) == words
            assert words in shown(app)
            assert rows.now is not None
            y = rows.now - rows.scroll_offset.y
            assert 0 <= y < rows.size.height
            styles = [segment.style for segment in rows.render_line(y) if words in segment.text]
            accent = rows.get_component_rich_style("rows--accent")
            assert [style and style.color for style in styles] == [accent.color]


async def test_only_the_lines_that_change_are_repainted(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_app() as (app, pilot):
        player = await listen(app, pilot)
        rows, wave = app.main.query_one(LyricRows), app.main.query_one(Waveform)
        player.position = 4.5
        app.playback.tick()
        await pilot.pause()
        painted: list[int] = []
        columns: list[int] = []
        monkeypatch.setattr(rows, "refresh_line", painted.append)
        monkeypatch.setattr(rows, "refresh", lambda *_, **__: painted.append(-1))
        monkeypatch.setattr(
            wave, "refresh", lambda *parts, **_: columns.extend(part.area for part in parts)
        )
        player.position = 5.5
        app.playback.tick()
        assert not painted, "the same line is still sung"
        player.position = 8.5
        app.playback.tick()
        assert set(painted) == {2, 3}
        # A few columns of three rows, and no name of a section.
        assert 0 < sum(columns) <= 12


async def test_the_cursor_stays_where_the_user_took_it_and_plays_from_there(
    run_app: RunApp,
) -> None:
    async with run_app() as (app, pilot):
        player = await listen(app, pilot)
        rows = app.main.query_one(LyricRows)
        player.position = 4.5
        app.playback.tick()
        await pilot.press("j", "j", "j")
        player.position = 8.5
        app.playback.tick()
        assert (lit(rows), rows.cursor) == (SUNG[2][1], 5)
        await pilot.press("home", "down", "enter")
        assert player.position == SUNG[0][0], "Enter goes to the line"
        player.position = 4.5
        app.playback.tick()
        assert (lit(rows), rows.cursor) == (SUNG[1][1], 2), "and from there they go together"


async def test_the_next_line_is_lit_when_it_comes(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await listen(app, pilot)
        player.position = 3.9
        app.playback.tick()
        rows = app.main.query_one(LyricRows)
        assert lit(rows) == SUNG[0][1]
        player.position = 4.05
        await until(lambda: lit(rows) == SUNG[1][1])  # without another tick


def roles(rows: list[Row], role: str) -> int:
    return sum(its.startswith(role) for _, its in rows[0])


async def test_the_wave_tells_sections_and_position(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        player = await listen(app, pilot)
        await until(lambda: app.playback.session.levels and app.playback.session.marks)
        wave = app.main.query_one(Waveform)
        width, height = wave.size
        assert height == 3
        player.position = app.playback.session.duration / 2
        rows = wave.draw(width, height)
        assert [len(row) for row in rows] == [width] * 3
        assert roles(rows, "done") == pytest.approx(width / 2, abs=1)
        names = "".join(character for character, _ in rows[-1])
        assert names.split() == ["Verse", "Chorus", "Verse", "Outro"]
        assert names.index("Chorus") == int(width * 20 / app.playback.session.duration)
        now = "".join(character for character, role in rows[-1] if role == "now")
        assert now == "Outro", "at 1:39 of 3:18"


async def test_a_track_without_times_has_no_sections(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        await pilot.press("escape", "3", "enter", "4")
        await idle(app)
        wave = app.main.query_one(Waveform)
        rows = wave.draw(40, 3)
        assert len(rows) == 3
        assert {role for row in rows for _, role in row} == {"rest"}
        await sees(app, "[Verse]", "Every window holds a flame")


def test_bars_grow_from_the_lowest_row() -> None:
    assert bars_of(bytes([0, 255]), 4) == ["▁▁██"]
    assert bars_of(bytes([0, 255]), 2, 3) == [" █", " █", "▁█"]
    assert bars_of(bytes([0, 0]), 3, 2) == ["   ", "▁▁▁"]
    assert bars_of(bytes([128, 255]), 2) == ["▃█"], "half as loud is drawn lower than half"


def test_a_waveform_that_the_disk_had_no_room_for_is_read_again(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = open_app().studio
    track = studio.library.tracks()[0]
    levels = bytes(range(100))
    monkeypatch.setattr(track_view, "stored_levels", lambda _: levels)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        assert TrackView(studio)._levels(track) == levels
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert TrackView(studio)._levels(track) == levels
    assert TrackView(studio)._levels(track) == levels, "from the file"


async def test_no_audio_file_is_read_on_the_loop_after_a_change(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = []

    def watched(track: Track) -> tuple[TimedLine, ...]:
        places.append(threading.current_thread())
        return timed_lyrics(track)

    monkeypatch.setattr(track_view, "timed_lyrics", watched)
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "enter")
        await idle(app)
        await pilot.press("4")
        await idle(app)
        places.clear()
        await pilot.press("f")
        await until(
            lambda: (
                app.playback.session.track is not None and not app.playback.session.track.favorite
            )
        )
        await idle(app)
        await pilot.pause()
        assert places
        assert threading.main_thread() not in places
