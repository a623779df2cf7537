"""Songs folded over their takes, the list of orders, and the views of the library."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from suno_tui.library.views import ALL, FAVORITES, IN_TRASH, View
from suno_tui.tui.app import StudioApp
from suno_tui.tui.dialogs.picker import Picker
from suno_tui.tui.screens.library.export import ExportDialog
from suno_tui.tui.screens.library.rows import CHOICES, columns
from tests.tui.conftest import RunApp, idle, until
from tests.tui.screen_assertions import notified, sees, shown
from tests.tui.seed import silence


def titles(app: StudioApp) -> list[str]:
    rows = app.main.library.rows
    return [f"{track.title[:12]} {track.take}" for track in rows.items if track is not None]


async def choose(pilot: Pilot[None], *keys: str) -> None:
    """Press keys that open a dialog, and choose in it."""
    app = pilot.app
    await pilot.press(keys[0])
    await until(lambda: isinstance(app.screen, Picker))
    await pilot.press(*keys[1:])
    await until(lambda: not isinstance(app.screen, Picker))


async def test_a_song_is_one_row_that_shows_its_takes_and_its_best_rating(run_app: RunApp) -> None:
    async with run_app(folded=True) as (app, pilot):
        library = app.main.library
        assert len(library.rows.items) == 8
        await sees(app, "8 songs · 16 tracks", "▸2")
        await pilot.press("escape", "3")
        assert titles(app)[5] == "雨の街 (City of 2", "the best rated take stands for the song"
        rain = next(line for line in shown(app).splitlines() if "雨の街" in line)
        assert "★★★★★" in rain
        assert "♥" in rain, "the other take is the favourite"
        await pilot.press("l")
        await until(lambda: len(library.rows.items) == 9)
        assert titles(app)[:3] == ["Summer Night 1", "Summer Night 2", "Peaceful Pia 1"]
        lines = [line for line in shown(app).splitlines() if "Summer Nights" in line]
        await sees(app, "└")
        assert len([line for line in lines if "3:18" in line or "3:21" in line]) == 1
        await pilot.press("j", "l")
        await until(lambda: len(library.rows.items) == 8)
        assert library.rows.cursor == 0, "the cursor is on the song that was folded"


async def test_an_empty_library_offers_nothing_for_tracks(run_app: RunApp) -> None:
    async with run_app(tracks=False, folded=True) as (app, pilot):
        await pilot.press("escape", "3")
        await sees(app, "No tracks yet.")
        keys = app.main.keys.render().plain
        assert "Show takes" not in keys
        assert "Sort" not in keys


async def test_folding_is_remembered_and_keeps_the_cursor(run_app: RunApp) -> None:
    async with run_app(folded=True) as (app, pilot):
        library = app.main.library
        await pilot.press("escape", "3", "j", "j", "j", "j", "j")
        track = library.track
        assert track is not None
        await pilot.press("H")
        await until(lambda: len(library.rows.items) == 16)
        assert library.track == track
        assert app.studio.remembered()["library"]["folded"] is False
        await pilot.press("k", "H")
        await until(lambda: len(library.rows.items) == 8)
        assert library.track == track, "the best take stands for the song"


async def test_trash_export_and_marks_take_the_whole_song_and_a_rating_its_best_take(
    run_app: RunApp,
) -> None:
    async with run_app(folded=True) as (app, pilot):
        library = app.main.library
        await pilot.press("escape", "3", "x")
        await sees(app, "Export Summer Nights (2 takes)")
        assert isinstance(app.screen, ExportDialog)
        assert len(app.screen.ids) == 2
        await pilot.press("escape", "d")
        await notified(app, "Summer Nights (2 takes) is in the trash; u brings it back.")
        await until(lambda: len(library.rows.items) == 7)
        assert app.studio.library.count() == 14
        await pilot.press("u")
        await until(lambda: len(library.rows.items) == 8)
        assert app.studio.library.count() == 16
        await pilot.press("home", "v")
        assert len(library.rows.marked) == 2
        await pilot.press("k", "v")
        assert not library.rows.marked
        await pilot.press("r", "5")
        await until(lambda: library.rows.items[1].rating == 5)  # type: ignore[union-attr]
        peaceful = app.studio.library.tracks("title:peaceful sort:take")
        assert [track.rating for track in peaceful] == [5, 0]


async def test_the_list_of_orders_shows_and_turns_the_present_one(run_app: RunApp) -> None:
    async with run_app(folded=True) as (app, pilot):
        library = app.main.library
        await pilot.press("escape", "3", "s")
        await sees(app, "▾ newest first (now); again: oldest first")
        await pilot.press("enter")
        await until(lambda: library.sort == "added")
        await until(lambda: titles(app)[0] == "All the Litt 2")
        await choose(pilot, "s", *"leng", "enter")
        await until(lambda: "Length▾" in shown(app))
        assert app.studio.remembered()["library"]["sort"] == "-len"
        await choose(pilot, "s", "enter")
        await until(lambda: "Length▴" in shown(app))


async def test_a_click_on_a_heading_sorts_and_again_the_other_way(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        library = app.main.library
        line = shown(app).splitlines()[library.headings.region.y]
        at = line.index("Rating") - library.headings.region.x + 1
        await pilot.click("#headings", offset=(at, 0))
        await until(lambda: library.sort == "-rating")
        await pilot.click("#headings", offset=(at, 0))
        await until(lambda: library.sort == "rating")


async def test_the_views_are_beside_a_wide_list_with_counts(run_app: RunApp) -> None:
    async with run_app(size=(200, 60), shelves=True, tasks=False) as (app, pilot):
        library = app.main.library
        await until(lambda: len(library.side.items) == 9)
        texts = [f"{entry.view.kind} {entry.tracks}" for entry in library.side.items]
        assert texts[:4] == ["all 12", "favorites 3", "unrated 3", "playlist 7"]
        assert texts[-1] == "trash 4"
        await sees(app, "♥ Favourites", "♪ Road trip", "/ Slow", "✖ Trash")
        await pilot.press("escape", "3", "h", "j")
        assert library.side.has_focus
        await pilot.press("d", "r", "3")
        await idle(app)
        assert app.studio.library.count() == 12, "the views have the focus, not a track"
        await pilot.press("enter")
        await until(lambda: library.view == FAVORITES and len(library.rows.items) == 3)
        assert library.rows.has_focus
        await sees(app, "Library: Favourites", "3 tracks")
        await pilot.press("/", *"rain", "enter")
        await until(lambda: len(library.rows.items) == 1)
        await pilot.press("*")
        await until(lambda: len(library.rows.marked) == 1)
        await pilot.press("V", "escape")
        await until(lambda: len(library.rows.items) == 3)
        await pilot.press("escape")
        await until(lambda: library.view == ALL and len(library.rows.items) == 12)


async def test_a_playlist_is_a_view_in_its_order_from_which_tracks_are_taken_out(
    run_app: RunApp,
) -> None:
    async with run_app(shelves=True) as (app, pilot):
        library, playlists = app.main.library, app.studio.library.playlists
        await pilot.press("escape", "3")
        await choose(pilot, "h", *"road", "enter")
        await until(lambda: library.view == View("playlist", "Road trip"))
        ids = [entry.id for entry in playlists.entries("Road trip")]
        here = [each.track for each in playlists.entries("Road trip") if each.track]
        await until(lambda: len(library.rows.items) == len(here) == len(ids))
        assert [each.id for each in library.rows.items if each] == [each.id for each in here]
        await pilot.press("j", "X")
        await until(lambda: len(library.rows.items) == len(here) - 1)
        assert [entry.id for entry in playlists.entries("Road trip")] == [
            each for each in ids if each != here[1].id
        ]
        assert here[1].audio.exists()
        await pilot.press("u")
        await until(lambda: len(library.rows.items) == len(here))


async def test_the_trash_is_a_view_from_which_tracks_come_back(run_app: RunApp) -> None:
    async with run_app(shelves=True) as (app, pilot):
        library = app.main.library
        await pilot.press("escape", "3")
        await choose(pilot, "h", *"trash", "enter")
        await until(lambda: library.view == IN_TRASH and len(library.rows.items) == 4)
        await pilot.press("d")
        await idle(app)
        assert app.studio.library.views.count(IN_TRASH) == 4
        await pilot.press("v", "v", "enter")
        await until(lambda: len(library.rows.items) == 2)
        assert app.studio.library.count() == 14


async def test_ranges_are_marked_by_shift_and_arrows_and_by_a_mode(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        rows = app.main.library.rows
        ids = [track.id for track in rows.items if track is not None]
        await pilot.press("escape", "3", "shift+down", "shift+down")
        assert list(rows.marked) == ids[:3]
        await pilot.press("V", "end", "shift+up")
        assert sorted(rows.marked) == sorted(ids[-2:])
        await pilot.press("V", "home", "v", "j", "'", "j", "j")
        assert list(rows.marked) == [ids[0], *ids[2:5]]
        await pilot.press("k")
        assert list(rows.marked) == [ids[0], *ids[2:4]], "the range follows the cursor back"
        await sees(app, "range: 3 marked")
        await pilot.press("escape", "j", "j")
        assert len(rows.marked) == 3
        await pilot.press("'", "end", "'", "V")
        assert not rows.marked


async def test_a_right_click_offers_the_actions(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3")
        await pilot.click("#tracks", offset=(10, 3), button=3)
        await until(lambda: isinstance(app.screen, Picker))
        assert app.main.library.rows.cursor == 3
        await sees(app, "Trash", "Play")


async def test_columns_are_chosen_at_once_and_kept(run_app: RunApp) -> None:
    async with run_app(size=(160, 40)) as (app, pilot):
        rows = app.main.library.rows
        await pilot.press("escape", "3")
        assert "A major" not in shown(app)
        await pilot.press("C")
        names = list(CHOICES)
        await pilot.press(*["j"] * names.index("key"), "space")
        await until(lambda: "key" in rows.chosen)
        await pilot.press(*["k"] * (names.index("key") - names.index("style")), "space", "escape")
        await until(lambda: "style" not in rows.chosen)
        await sees(app, "A major")
        assert "dreamy synths" not in shown(app)
        kept = app.studio.remembered()["library"]["columns"]
        assert "key" in kept and "style" not in kept


async def test_the_columns_that_are_shown_are_ticked_also_from_another_pane(
    run_app: RunApp,
) -> None:
    async with run_app(size=(80, 24)) as (app, pilot):
        await pilot.press("escape", "1")
        await choose(pilot, ":", *"columns", "enter")
        await sees(app, "[x] Style", "[x] Length", "[x] Added", "[x] Rating", "[ ] Provider")


def test_chosen_columns_fit_every_width() -> None:
    for width in range(24, 240):
        used = sum(column.width + 1 for column in columns(width, list(CHOICES))) - 1
        assert used <= width, width


async def test_audio_that_is_no_track_yet_leads_to_the_import(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("suno_tui.library.scan.is_young", lambda file: False)
    async with run_app(size=(200, 60), tasks=False) as (app, pilot):
        library = app.studio.library
        (library.folder / "mine").mkdir()
        (library.folder / "mine" / "found.mp3").write_bytes(silence())
        library.refresh()
        side = app.main.library.side
        await until(lambda: side.items and side.items[-1].view.kind == "lone")
        await sees(app, "! Not imported yet")
        await pilot.press("escape", "3", "h", "end", "enter")
        await until(lambda: app.screen is not app.main)
        assert "import" in type(app.screen).__name__.casefold()


async def test_score_and_stems_are_offered_for_sketches_alone(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "x")
        await sees(app, "with the score, as MIDI", "with the stems")
        await pilot.press("escape")
        track = app.main.library.track
        assert track is not None
        track.file.write_text(track.file.read_text().replace('"local"', '"hosted"'))
        app.studio.library.rescan([track.file])
        await until(lambda: (now := app.main.library.track) and now.provider == "hosted")
        await pilot.press("x")
        await sees(app, "one zip file")
        assert "MIDI" not in shown(app)


async def test_while_one_searches_the_frame_says_how_to_get_to_the_list(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        await pilot.press("escape", "3", "slash")
        await sees(app, "⏎ to the list")
        await pilot.press("enter")
        await until(lambda: "to the list" not in shown(app))
