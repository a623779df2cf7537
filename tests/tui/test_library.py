"""The library on the screen: columns, search, sort, marks, trash, pages of tracks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from suno_tui.library.scan import Progress
from suno_tui.library.track import Track
from suno_tui.tui.dialogs.confirm import Confirm
from suno_tui.tui.dialogs.item_picker import Item
from suno_tui.tui.screens.composer.pane import ComposePane
from suno_tui.tui.screens.library.details import TrackDetails
from suno_tui.tui.screens.library.edit import EditOne
from suno_tui.tui.screens.library.playlists import PlaylistDialog
from suno_tui.tui.screens.library.rows import columns
from suno_tui.tui.screens.library.searches import SearchesDialog
from suno_tui.tui.screens.library.trash import TrashDialog
from tests.tui.conftest import RunApp, idle, until
from tests.tui.screen_assertions import notified, sees, shown
from tests.tui.seed import add_track


def _files(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*") if path.is_file() and path.name != ".lock")


def test_columns_fit_every_width() -> None:
    for width in range(14, 240):
        used = sum(column.width + 1 for column in columns(width)) - 1
        assert used <= width, width
    names = [column.name for column in columns(30)]
    assert "title" in names
    assert "length" in names


async def test_search_narrows_while_typing_and_esc_clears(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        library = app.main.library
        await pilot.press("escape", "/", *"night")
        await until(lambda: len(library.rows.items) == 4)
        await pilot.press(*" drive")
        await until(lambda: len(library.rows.items) == 2)
        await sees(app, "2 of 16 tracks")
        await pilot.press("enter")
        assert app.focused is library.rows
        await pilot.press("n")
        assert library.rows.cursor == 1
        await pilot.press("n")
        assert library.rows.cursor == 0
        await pilot.press("N")
        assert library.rows.cursor == 1
        await pilot.press("escape")
        await until(lambda: len(library.rows.items) == 16)
        assert app.focused is library.rows


async def test_a_mistake_in_the_search_is_pointed_at(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "/", *"rati:3 night")
        await sees(app, "Ignored rati:3", "did you mean rating")
        await until(lambda: len(app.main.library.rows.items) == 4)


async def test_nothing_matches(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "/", *"zzzz")
        await until(lambda: "Nothing matches." in shown(app))


async def test_the_order_of_a_query_goes_before_the_chosen_one(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "/", *"sort:-len", "enter")
        await until(lambda: "Length▾" in shown(app))
        await pilot.press("s")
        await pilot.pause()
        assert [*app._notifications][-1].message.startswith("The filter says sort:-len")
        assert "Length▾" in shown(app)


async def test_favourite_and_rating_are_written_and_undone(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        library = app.main.library
        await pilot.press("escape", "3", "j")
        track = library.track
        assert track is not None
        assert (track.favorite, track.rating) == (False, 2)
        await pilot.press("f")
        await until(lambda: library.track is not None and library.track.favorite)
        await pilot.press("r", "5")
        await until(lambda: library.track is not None and library.track.rating == 5)
        assert "rating = 5" in track.file.read_text()
        await pilot.press("u")
        await until(lambda: library.track is not None and library.track.rating == 2)
        await pilot.press("U")
        await until(lambda: library.track is not None and library.track.rating == 5)


async def test_trash_and_back(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        library = app.main.library
        track = library.track
        assert track is not None
        await pilot.press("escape", "3", "d")
        await until(lambda: len(library.rows.items) == 15)
        assert not track.audio.exists()
        await pilot.press("u")
        await until(lambda: len(library.rows.items) == 16)
        assert track.audio.exists()


async def test_the_trash_is_emptied_after_y_alone(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        library = app.main.library
        await pilot.press("escape", "3", "d")
        await until(lambda: len(library.rows.items) == 15)
        await pilot.press("T")
        await until(lambda: isinstance(app.screen, TrashDialog) and app.screen.key)
        await pilot.press("E")
        await sees(app, "1 track in the trash is removed from the disk.")
        await pilot.press("escape", "escape", "d")
        await until(lambda: len(library.rows.items) == 14)
        trash = app.studio.home.trash
        files, kept = _files(trash), _files(app.studio.home.library)
        assert {path.suffix for path in files} >= {".toml", ".mp3"}
        await pilot.press("T")
        await until(lambda: isinstance(app.screen, TrashDialog) and app.screen.key)
        for other in ("enter", "escape", "E"):
            await pilot.press("E")
            await sees(app, "All 2 tracks in the trash are removed from the disk.")
            await pilot.press(other)
            if isinstance(app.screen, Confirm):
                await pilot.press("escape")
            assert isinstance(app.screen, TrashDialog), other
            await idle(app)
            assert _files(trash) == files, other
        await pilot.press("E", "y")
        await sees(app, "The trash is empty.")
        assert _files(trash) == []
        assert _files(app.studio.home.library) == kept
        await pilot.press("E")
        await pilot.pause()
        assert isinstance(app.screen, TrashDialog), "there is nothing to ask about"


async def test_delete_for_good_asks(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        track = app.main.library.track
        assert track is not None
        await pilot.press("escape", "3", "D")
        await sees(app, "can't be undone")
        await pilot.press("enter")
        assert track.audio.exists()
        await pilot.press("D", "y")
        await until(lambda: not track.audio.exists())
        await until(lambda: len(app.main.library.rows.items) == 15)


@pytest.mark.parametrize("kind", [PlaylistDialog, SearchesDialog])
async def test_a_list_stays_usable_while_it_is_loaded_again(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch, kind: type[PlaylistDialog | SearchesDialog]
) -> None:
    async with run_app() as (app, pilot):
        library = app.studio.library
        library.playlists.create("Late", library.tracks()[:3])
        library.searches.save("Slow", "bpm<90")
        dialog = kind(library, "Late")
        app.push_screen(dialog)
        await until(lambda: dialog.is_mounted and dialog.rows.items)
        await idle(app)
        await pilot.press("G")
        shown_last = dialog.rows.current
        read, was_read, goes_on = kind.read, threading.Event(), threading.Event()

        def slow(self: Any) -> list[Item]:
            items = read(self)
            was_read.set()
            goes_on.wait(10)
            return items

        monkeypatch.setattr(kind, "read", slow)
        await pilot.press("d")
        await until(was_read.is_set)
        assert dialog.rows.current == shown_last
        assert dialog.why_not("open") is None
        dialog.action_open()
        goes_on.set()
        await idle(app)


async def test_the_page_of_a_lost_track_closes_after_the_form_above_it(
    run_app: RunApp,
) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "i", "t")
        await until(lambda: isinstance(app.screen, EditOne))
        form, details = app.screen, app.screen_stack[-2]
        assert isinstance(form, EditOne)
        assert isinstance(details, TrackDetails)
        app.studio.library.delete([form.track.id])
        details._update()
        await pilot.pause()
        assert app.screen is form
        await pilot.press("escape")
        await until(lambda: app.screen is app.main)
        await notified(app, "Summer Nights 1 is gone: its files were removed.")


async def test_line_breaks_in_notes_survive_an_edit(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        track = app.main.library.rows.items[0]
        assert track is not None
        app.studio.library.annotate(track.id, notes="first line\nsecond")
        await pilot.press("escape", "3")
        await until(lambda: (now := app.main.library.track) is not None and "second" in now.notes)
        await pilot.press("t", "tab", "tab", "tab", "!", "enter", *"3rd")
        assert app.screen is not app.main, "Enter begins a new line of the notes"
        await pilot.press("shift+tab", "enter")
        await until(lambda: app.screen is app.main)
        assert app.studio.library.get(track.id).notes == "first line\nsecond!\n3rd"


async def test_a_new_title_is_for_all_takes_and_is_undone_at_once(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        library = app.studio.library
        await pilot.press("escape", "3", "t", "end", "!", "enter")
        await until(lambda: app.screen is app.main)
        assert [track.title for track in library.tracks("summer sort:take")] == [
            "Summer Nights!"
        ] * 2
        await pilot.press("u")
        await until(
            lambda: [each.title for each in library.tracks("summer")] == ["Summer Nights"] * 2
        )
        await pilot.press("t", "end", "?", *["tab"] * 4, "space", "shift+tab", "shift+tab", "enter")
        await until(lambda: app.screen is app.main)
        titles = [track.title for track in library.tracks("summer sort:take")]
        assert titles == ["Summer Nights?", "Summer Nights"]


async def test_details_and_lyrics(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "i")
        await pilot.pause()
        text = shown(app)
        for part in ("Summer Nights 1", "★★★★☆", "104 BPM · A major", "Takes", "3:21"):
            assert part in text, part
        await pilot.press("escape", "L")
        await sees(app, "City lights beneath my feet")


async def test_a_track_that_another_process_files_appears(run_app: RunApp) -> None:
    async with run_app() as (app, _):
        add_track(app.studio.home, "Out of Nowhere", "jazz")
        app.main.library.scan()
        await until(lambda: len(app.main.library.rows.items) == 17)
        await sees(app, "Out of Nowhere")


async def test_reading_all_files_shows_progress_and_stops_at_exit(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()

    def refresh(index: object, *, progress: Progress, stop: Callable[[], bool]) -> bool:
        progress(2_000, 100_000)
        while not stop():
            time.sleep(0.01)
        ended.set()
        return False

    async with run_app() as (app, pilot):
        monkeypatch.setattr("suno_tui.library.scan.refresh", refresh)
        app.main.library.scan()
        await sees(app, "reading 2,000 of 100,000 · 16 tracks")
        await pilot.press("escape", "3", "j")
        assert app.main.library.rows.cursor == 1, "the screen goes on meanwhile"
    assert ended.wait(10)


async def test_an_empty_list_says_why(run_app: RunApp, monkeypatch: pytest.MonkeyPatch) -> None:
    async with run_app() as (app, _):
        library = app.studio.library
        library.trash([track.id for track in library.tracks()])
        await sees(app, "No tracks yet.")
        monkeypatch.setattr(type(library), "complete", False)
        (library.folder / "2026").mkdir(exist_ok=True)
        app.main.library.reload()
        await sees(app, "Your files are being read.")


class Many(Sequence[Track | None]):
    """Ten thousand tracks; knows which were looked at."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.seen: set[int] = set()

    def __len__(self) -> int:
        return 10_000

    def __getitem__(self, at: Any) -> Any:
        index = range(10_000)[at]
        self.seen.add(index)
        return replace(self.track, id=str(index))


async def test_ten_thousand_tracks(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        rows = app.main.library.rows
        app.main.library.check = lambda: False  # type: ignore[method-assign]
        track = app.main.library.track
        assert track is not None
        many = Many(track)
        rows.set_items(many)
        await pilot.press("escape", "3", "G")
        assert rows.cursor == 9_999
        await pilot.press("pageup", "g", "g", "pagedown")
        await pilot.pause()
        assert len(many.seen) < 1_200, "only what was shown, and around it, is read"


async def test_clone_and_copy(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        track = app.main.library.track
        assert track is not None
        await pilot.press("escape", "3", "y", "p")
        assert app.clipboard == str(track.audio)
        await pilot.press("y", "i")
        assert app.clipboard == track.id
        await pilot.press("c")
        await pilot.pause()
        assert app.main.query_one(ComposePane).song.lyrics == track.lyrics
