"""Timed lyrics, sections and the waveform: on the page of a track and the player's."""

from __future__ import annotations

import resource
import threading

import pytest
from textual.pilot import Pilot

from suno_tui.library.timed_line import TimedLine
from suno_tui.library.timed_lyrics import timed_lyrics
from suno_tui.library.track import Track
from suno_tui.tui.app import StudioApp
from suno_tui.tui.playback import track_view
from suno_tui.tui.playback.timed_lyrics import LyricLine, lyric_lines, section_marks, wrapped
from suno_tui.tui.playback.track_view import TrackView
from suno_tui.tui.screens.player.page import LyricRows
from suno_tui.tui.widgets.cell_strip import Row
from suno_tui.tui.widgets.waveform import Waveform, bars_of
from tests.tui.conftest import OpenApp, RunApp, idle, until
from tests.tui.screen_assertions import sees, shown
from tests.tui.silent import SilentPlayer

pytestmark = pytest.mark.usefixtures("good_terminal")

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
"""The seed's first song as it might be sung: two choruses in a row, none after verse 2."""


def sing(track: Track) -> None:
    """Write the lyrics in time into the audio file."""
    from mutagen import id3

    tags = id3.ID3()  # type: ignore[no-untyped-call]
    text = [(words, at * 1000) for at, words in SUNG]
    tags.add(id3.SYLT(encoding=3, lang="eng", format=2, type=1, text=text))  # type: ignore[no-untyped-call]
    tags.save(track.audio)


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
    """Play the first track with timed lyrics, and go to its page."""
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


async def test_the_waveform_shows_sections_and_position(run_app: RunApp) -> None:
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


def test_the_words_of_a_long_line_are_lit_in_the_row_that_they_are_in() -> None:
    line = LyricLine(7, "Walking down the empty street", 1.0,
                     ((1.0, 7), (2.0, 12), (3.0, 16), (4.0, 22), (5.0, 29)))  # fmt: skip
    rows = wrapped([line], 14)
    assert [row.text for row in rows] == ["Walking down", "the empty", "street"]
    assert [row.sung(0.5) for row in rows] == [0, 0, 0]
    assert [row.sung(3.5) for row in rows] == [12, 3, 0]
    assert [row.sung(9.0) for row in rows] == [12, 9, 6]
    assert LyricLine(0, "No times").sung(1.0) == 8


def sing_words(track: Track) -> None:
    """Write the first two lines of the song with a word each half second."""
    from mutagen import id3

    text = [
        ("\n" * (number == 0) + word + " ", (at * 2 + number) * 500)
        for at, line in SUNG[:2]
        for number, word in enumerate(line.split())
    ]
    tags = id3.ID3()  # type: ignore[no-untyped-call]
    tags.add(id3.SYLT(encoding=3, lang="und", format=2, type=1, desc="words", text=text))  # type: ignore[no-untyped-call]
    tags.save(track.audio)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_words_are_lit_one_by_one_and_only_their_row_is_repainted(
    run_app: RunApp, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_app(size) as (app, pilot):
        monkeypatch.setattr("tests.tui.test_lyrics_and_waveform.sing", sing_words)
        player = await listen(app, pilot)
        rows = app.main.query_one(LyricRows)
        accent = rows.get_component_rich_style("rows--accent").color

        def lit_words() -> str:
            styles = (part for y in range(rows.size.height) for part in rows.render_line(y))
            found = (part.text for part in styles if part.style and part.style.color == accent)
            return " ".join(" ".join(found).split())

        for position, words in (
            (0.2, "Walking"),
            (0.7, "Walking down"),
            (2.2, "Walking down the empty street"),
            (4.0, "City"),
        ):
            player.position = position
            app.playback.tick()
            await pilot.pause()
            assert lit_words() == words
            assert SUNG[position >= 4][1] in shown(app), "nothing moves"
        painted: list[int] = []
        monkeypatch.setattr(rows, "refresh_row", painted.append)
        assert rows.show_position(4.2) == 4.5, "when the next word is sung"
        assert painted == []
        assert rows.show_position(4.6) == 5.0
        assert [rows.items[number].text[:11] for number in painted] == ["City lights"]
