"""Dialogs of the library, and changes of many tracks."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from suno_tui.common.errors import HomeError
from suno_tui.library.store import Library
from suno_tui.library.track import Track
from suno_tui.tui.actions.footer import Footer
from suno_tui.tui.dialogs.item_picker import ItemRows
from suno_tui.tui.screens.library.edit import EditMany
from suno_tui.tui.screens.library.export import ExportDialog
from suno_tui.tui.screens.library.playlists import PlaylistDialog
from suno_tui.tui.screens.library.searches import SearchesDialog
from tests.tui.conftest import RunApp, idle, until
from tests.tui.screen_assertions import notified, sees


async def test_a_dialog_is_as_high_as_its_list_and_leaves_a_fifth_free(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        heights = []
        for count in (2, 40):
            for number in range(count):
                app.studio.library.searches.save(f"Search {number}", "rain")
            await pilot.press("escape", "3", "S")
            await idle(app)
            await pilot.pause()
            assert len(app.screen.query_one(ItemRows).items) == count
            frame, keys = (app.screen.query_one(one).region for one in ("#frame", Footer))
            assert frame.contains_region(keys)
            heights.append(frame.height)
            await pilot.press("escape")
        assert heights == [8, 18]


def test_an_empty_list_may_say_so_in_two_lines() -> None:
    lines = ItemRows("Nothing yet.\nn adds one.", 6).draw_empty(30, 6)
    texts = ["".join(text for text, _ in line).strip() for line in lines]
    assert "Nothing yet." in texts and "n adds one." in texts


async def test_only_edited_tracks_are_counted(run_app: RunApp) -> None:
    async with run_app() as (app, _):
        library = app.studio.library
        one, two = library.tracks(limit=2)
        library.edit(one.id, tags="demo")
        form = EditMany([one.id, two.id])
        await app.push_screen(form)
        answers = dict.fromkeys(("add", "remove", "title", "style", "notes"), "")
        assert form.act(answers | {"remove": "nosuch"}) == "Nothing to change."
        assert form.act(answers | {"remove": "Demo"}) == "1 track was edited."
        assert form.act(answers | {"add": "night"}) == "2 tracks were edited."


async def test_a_form_that_is_closed_early_still_finishes_and_reports(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, edit, edited = threading.Event(), Library.edit, 0

    def fail_later(library: Library, track_id: str, **changes: str) -> Track:
        nonlocal edited
        edited += 1
        closed.wait(10)
        if edited == 3:
            raise HomeError("the disk is full")
        return edit(library, track_id, **changes)

    monkeypatch.setattr(Library, "edit", fail_later)
    async with run_app() as (app, pilot):
        pane = app.main.library
        await pilot.press("escape", "3", "asterisk")
        await until(lambda: len(pane.rows.marked) == 16)
        await pilot.press("t")
        await until(lambda: isinstance(app.screen, EditMany))
        app.screen.query_one("#style", Input).value = "new style"
        await pilot.press("enter")
        await until(lambda: edited)
        await pilot.press("escape")
        await until(lambda: app.screen is app.main)
        assert app.library.lock.locked(), "the next change waits for this one"
        closed.set()
        await until(lambda: any("disk is full" in note.message for note in app._notifications))
        assert not app.library.lock.locked()


async def test_an_export_is_made_once_and_keeps_no_change_waiting(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    go_on, exports = threading.Event(), 0

    def wait(*_: object, **__: object) -> list[object]:
        nonlocal exports
        exports += 1
        go_on.wait(10)
        return []

    monkeypatch.setattr("suno_tui.library.export.export", wait)
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "x")
        await until(lambda: isinstance(app.screen, ExportDialog))
        form = app.screen
        assert isinstance(form, ExportDialog)
        form.query_one("#to", Input).value = str(tmp_path / "out")
        await pilot.press("enter", "enter")
        await sees(app, "Exporting …", "Esc closes this; it goes on while the studio is open.")
        await until(lambda: exports)
        await pilot.press("escape")
        await until(lambda: app.screen is app.main)
        await app.library.apply(lambda library: library.edit(form.ids[0], title="Another"))
        go_on.set()
        await notified(app, "exported to")
        assert exports == 1


async def test_an_export_may_have_the_lyrics_in_time(run_app: RunApp, tmp_path: Path) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "x")
        await sees(app, "with the lyrics in time, as LRC")
        form = app.screen
        assert isinstance(form, ExportDialog)
        track = app.studio.library.get(form.ids[0])
        track.audio.with_suffix(".lrc").write_text("[00:01.00]Paper boats\n")
        form.ids = [track.id]
        said = await asyncio.to_thread(
            form.act, form.answers | {"to": str(tmp_path / "out"), "lrc": True}
        )
        assert said.startswith("1 track exported")
        [lyrics] = (tmp_path / "out").glob("*.lrc")
        assert "Paper boats" in lyrics.read_text()


async def test_a_list_that_is_closed_early_is_still_changed(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        library = app.studio.library
        library.playlists.create("Good", library.tracks()[:3])
        dialog = PlaylistDialog(library, "Good")
        await app.push_screen(dialog)
        await until(lambda: dialog.rows.items)
        async with app.library.lock:
            await pilot.press("d", "escape")
            await until(lambda: app.screen is app.main)
        await until(lambda: len(library.playlists.entries("Good")) == 2)


async def test_a_playlist_says_which_of_its_tracks_are_in_the_trash(run_app: RunApp) -> None:
    async with run_app() as (app, _):
        library = app.studio.library
        tracks = library.tracks()[:2]
        library.playlists.create("Good", tracks)
        library.trash([tracks[1].id])
        dialog = PlaylistDialog(library, "Good")
        await app.push_screen(dialog)
        await until(lambda: dialog.rows.items)
        assert dialog.rows.items[0].facts == tracks[0].style
        assert dialog.rows.items[1].facts == "in the trash"


async def test_a_playlist_without_gaps_does_not_read_the_trash(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_app() as (app, _):
        library = app.studio.library
        library.playlists.create("Good", library.tracks()[:2])
        monkeypatch.delattr(Library, "trashed")
        assert len(PlaylistDialog(library, "Good").read()) == 2


async def test_a_change_of_many_tracks_shows_progress_and_can_be_stopped(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, at = threading.Semaphore(0), list[str]()
    mark = Library.annotate

    def slowly(self: Library, track_id: str, **changes: Any) -> Track:
        at.append(track_id)
        assert go.acquire(timeout=20)
        return mark(self, track_id, **changes)

    def rated() -> int:
        return sum(track.rating == 1 for track in app.studio.library.tracks())

    monkeypatch.setattr(Library, "annotate", slowly)
    monkeypatch.setattr("suno_tui.tui.bulk_progress._EVERY_SECONDS", 0)
    async with run_app() as (app, pilot):
        before = rated()
        await pilot.press("escape", "3", "*", "r", "1")
        go.release(5)
        await sees(app, "5 of 16 done")
        await pilot.press("q")
        await sees(app, "5 of 16 tracks are done. The others stay as they are.")
        await pilot.press("n")
        await pilot.press("escape")
        go.release(1)
        await until(lambda: len(at) == 6 and not app.library.progress.all)
        await until(lambda: rated() - before >= 5)
        go.release(100)
        await pilot.press("u")
        await until(lambda: rated() == before)
        assert len(at) == 6


async def test_one_undo_brings_many_tracks_back(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        library = app.studio.library
        await pilot.press("escape", "3", "v", "v", "v", "d")
        await until(lambda: library.count() == 13)
        await pilot.press("u")
        await notified(app, "Undo: 3 tracks restored.")
        await until(lambda: library.count() == 16)


async def test_undo_restores_what_a_dialog_removed(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        library = app.studio.library
        library.playlists.create("Late", library.tracks()[:3])
        library.searches.save("best", "fav:yes")
        before = library.playlists.file("Late").read_bytes()
        await pilot.press("escape", "3", "P", "enter")
        await until(lambda: isinstance(app.screen, PlaylistDialog))
        await until(lambda: len(app.screen.query_one(ItemRows).items) == 3)
        await pilot.press("d")
        await until(lambda: len(app.screen.query_one(ItemRows).items) == 2)
        await pilot.press("u")
        await notified(app, "Undo: a change of the playlist Late.")
        await until(lambda: len(app.screen.query_one(ItemRows).items) == 3)
        assert library.playlists.file("Late").read_bytes() == before
        await pilot.press("escape", "D", "y")
        await until(lambda: library.playlists.names() == [])
        await pilot.press("u")
        await until(lambda: library.playlists.names() == ["Late"])
        await pilot.press("escape", "S")
        await until(lambda: isinstance(app.screen, SearchesDialog))
        await until(lambda: len(app.screen.query_one(ItemRows).items) == 1)
        await pilot.press("d")
        await notified(app, "best is forgotten; u brings it back.")
        await pilot.press("u")
        await until(lambda: "best" in library.searches.all())
