"""The library on the screen: columns, search, sort, marks, trash, playing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from suno_tui.common.errors import HomeError
from suno_tui.library.scan import Progress
from suno_tui.library.store import Library
from suno_tui.library.track import Track
from suno_tui.tui.actions.footer import Footer
from suno_tui.tui.dialogs.confirm import Confirm
from suno_tui.tui.dialogs.item_picker import Item, ItemRows
from suno_tui.tui.screens.composer import ComposePane
from suno_tui.tui.screens.library.details import TrackDetails
from suno_tui.tui.screens.library.edit import EditMany, EditOne
from suno_tui.tui.screens.library.playlists import PlaylistDialog
from suno_tui.tui.screens.library.rows import columns
from suno_tui.tui.screens.library.searches import SearchesDialog
from suno_tui.tui.screens.library.trash import TrashDialog
from tests.tui.conftest import RunApp, idle, until
from tests.tui.screen_assertions import hears, sees, shown
from tests.tui.seed import add_track
from tests.tui.silent import SilentPlayer


def _files(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*") if path.is_file() and path.name != ".lock")


def test_columns_fit_every_width() -> None:
    for width in range(14, 240):
        used = sum(column.width + 1 for column in columns(width)) - 1
        assert used <= width, width
    names = [column.name for column in columns(30)]
    assert "title" in names
    assert "length" in names


async def test_search_narrows_as_one_types_and_esc_clears(run_app: RunApp) -> None:
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
        await sees(app, "rati:3 is passed over", "did you mean rating")
        await until(lambda: len(app.main.library.rows.items) == 4)


async def test_nothing_matches(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "/", *"zzzz")
        await until(lambda: "Nothing matches." in shown(app))


async def test_sorting_goes_round_and_marks_its_column(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        library = app.main.library
        await pilot.press("escape", "3", "s")
        await until(lambda: "Title▴" in shown(app))
        assert library.rows.items[0] is not None
        assert library.rows.items[0].title.startswith("All the Little")
        await pilot.press("s")
        await until(lambda: "★★★★★" in shown(app).splitlines()[13])
        await pilot.press("/", *"sort:-len", "enter")
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
async def test_a_list_that_is_being_read_anew_goes_on_as_it_is_shown(
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


async def test_details_of_a_track_that_is_gone_wait_for_the_form_over_them(
    run_app: RunApp,
) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "i", "t")
        await until(lambda: isinstance(app.screen, EditOne))
        form, details = app.screen, app.screen_stack[-2]
        assert isinstance(form, EditOne)
        assert isinstance(details, TrackDetails)
        app.studio.library.delete([form.track.id])
        details._look()
        await pilot.pause()
        assert app.screen is form
        await pilot.press("escape")
        await until(lambda: app.screen is app.main)
        await hears(app, "Summer Nights 1 is gone: its files are not there any more.")


async def test_line_breaks_in_notes_stay_where_others_letters_are_typed(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        track = app.main.library.rows.items[0]
        assert track is not None
        app.studio.library.annotate(track.id, notes="first line\nsecond")
        await pilot.press("escape", "3")
        await until(lambda: (now := app.main.library.track) is not None and "second" in now.notes)
        await pilot.press("t", "tab", "tab", "tab", "end", "!", "enter")
        await until(lambda: app.screen is app.main)
        assert app.studio.library.get(track.id).notes == "first line\nsecond!"


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


async def test_reading_all_files_says_how_far_it_is_and_ends_with_the_app(
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


async def test_an_empty_list_tells_why_it_is_empty(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
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
        app.main.library.check = lambda: None  # type: ignore[method-assign]
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


async def test_playing(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "enter")
        await idle(app)
        await pilot.pause()
        player = app.studio.player
        assert isinstance(player, SilentPlayer)
        assert player.playing
        line = shown(app).splitlines()[-2]
        assert "▶ Summer Nights 1" in line
        assert "0:00 / 3:18" in line
        assert "vol 80" in line
        await pilot.press("right", "right", ")")
        assert player.position == 40
        await pilot.press("left", "(")
        assert player.position == 5
        await pilot.press("+", "+", "-", "m")
        assert player.volume == 0
        await pilot.press("m")
        assert player.volume == 85
        await pilot.press("space")
        assert not player.playing
        await pilot.press(">")
        await idle(app)
        assert app.playback.session.track is not None
        assert app.playback.session.track.take == 2
        player.end()
        app.playback.tick()
        await idle(app)
        assert app.playback.session.track.title == "Peaceful Piano", "what follows follows"
        await pilot.press("<", "<", "<")
        await pilot.pause()
        assert "first track" in [note.message for note in app._notifications][-1]
        await pilot.press("o")
        await sees(app, "The sound comes out of this machine")


async def test_a_b_goes_on_with_the_other_take_at_the_same_moment(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "b")
        await sees(app, "Nothing plays.")
        await pilot.press("enter")
        await idle(app)
        await pilot.press("right", "b")
        await sees(app, "▶ Summer Nights 2", "0:05 / 3:21")
        assert app.studio.player.path is not None
        assert app.studio.player.path.stem == "Summer-Nights-2"
        await pilot.press("b")
        await sees(app, "▶ Summer Nights 1")


async def test_a_second_of_music_repaints_only_its_cells(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "enter")
        await idle(app)
        await pilot.pause()
        line = app.main.query_one("#player-line")
        regions: list[int] = []
        line.refresh = lambda *parts, **_: regions.extend(r.width for r in parts)  # type: ignore[assignment, method-assign]
        player = app.studio.player
        assert isinstance(player, SilentPlayer)
        player.position = 1.0
        app.playback.tick()
        assert 0 < sum(regions) <= 4


async def test_now_playing_goes_along_with_the_lyrics(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "4")
        await sees(app, "Nothing plays.")
        await pilot.press("3", "enter")
        await idle(app)
        await pilot.press("4")
        await pilot.pause()
        text = shown(app)
        assert "Summer Nights 1" in text
        assert "[Chorus]" in text
        await pilot.press("escape")
        await pilot.pause()
        assert app.main.page == "library"


async def test_a_file_that_is_gone_says_so(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        track = app.main.library.track
        assert track is not None
        track.audio.unlink()
        app.playback.play_track(track)
        await idle(app)
        await pilot.pause()
        assert "✖ Summer Nights 1: The file is gone." in shown(app).splitlines()[-2]


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


async def test_of_many_those_that_were_edited_are_counted(run_app: RunApp) -> None:
    async with run_app() as (app, _):
        library = app.studio.library
        one, two = library.tracks(limit=2)
        library.edit(one.id, tags="demo")
        form = EditMany([one.id, two.id])
        await app.push_screen(form)
        answers = dict.fromkeys(("add", "remove", "title", "style", "notes"), "")
        assert form.act(answers | {"remove": "nosuch"}) == "Nothing was to be changed."
        assert form.act(answers | {"remove": "Demo"}) == "1 track was edited."
        assert form.act(answers | {"add": "night"}) == "2 tracks were edited."


async def test_a_form_that_is_closed_meanwhile_is_done_to_its_end_and_told(
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


async def test_a_list_that_is_closed_meanwhile_is_changed_all_the_same(run_app: RunApp) -> None:
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


async def test_a_change_of_many_tells_how_far_it_is_and_can_be_stopped(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, at = threading.Semaphore(0), list[str]()
    annotate = Library.annotate

    def slowly(self: Library, track_id: str, **changes: Any) -> Track:
        at.append(track_id)
        assert go.acquire(timeout=20)
        return annotate(self, track_id, **changes)

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


async def test_many_in_the_trash_are_one_undo(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        library = app.studio.library
        await pilot.press("escape", "3", "v", "v", "v", "d")
        await until(lambda: library.count() == 13)
        await pilot.press("u")
        await hears(app, "Undone: 3 tracks to the trash.")
        await until(lambda: library.count() == 16)


async def test_what_was_taken_out_of_a_list_comes_back_by_one_key(run_app: RunApp) -> None:
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
        await hears(app, "Undone: a change of the playlist Late.")
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
        await hears(app, "best is forgotten; u brings it back.")
        await pilot.press("u")
        await until(lambda: "best" in library.searches.all())
