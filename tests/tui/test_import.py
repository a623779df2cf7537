"""Import on the screen: a folder is looked into, shown, imported in the background, taken back."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from suno_tui.library.importing import placing
from suno_tui.tui.app import StudioApp
from suno_tui.tui.dialogs.form import FormInput
from suno_tui.tui.dialogs.path_input import complete_path, path_of
from suno_tui.tui.screens.library.import_dialog import ImportDialog
from suno_tui.tui.widgets.choice import Choice
from tests.library.harness import mp3
from tests.tui.conftest import RunApp, until
from tests.tui.screen_assertions import notified, sees


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for number in range(3):
        (folder / f"Old song {number}.mp3").write_bytes(mp3(0.3 + number / 10))
    (folder / "page.mp3").write_text("<html>")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def opened(app: StudioApp, pilot: Pilot[Any], path: Path | str, how: str = "copy") -> None:
    await pilot.press("escape", "3")
    await app.dispatcher.run("import")
    await until(lambda: isinstance(app.screen, ImportDialog))
    await pilot.pause()
    app.screen.query_one(FormInput).value = str(path)
    app.screen.query_one(Choice).set_value(how)
    await pilot.pause()


async def test_preview_import_and_undo(run_app: RunApp, music: Path) -> None:
    before = contents(music)
    async with run_app() as (app, pilot):
        await until(lambda: bool(app.main.library.rows.items))
        count = app.studio.library.count()
        await opened(app, pilot, music, "move")
        await sees(app, "⏎ show what is new", "undo puts them back")
        await pilot.press("enter")
        await sees(app, "3 new · 0 in the library already · 1 can't be imported")
        await sees(app, "Old song 0", "page.mp3: it is a web page, not audio", "import 3 files")
        assert app.studio.library.count() == count, "nothing is done before the second Enter"
        await pilot.press("enter")
        await notified(app, "3 tracks imported; u undoes it.")
        assert app.studio.library.count() == count + 3
        assert list(contents(music)) == ["page.mp3"]
        await sees(app, "Old song 2")
        await pilot.press("u")
        await notified(app, "Undo: 3 imported tracks removed from the library again.")
        await until(lambda: app.studio.library.count() == count)
        assert contents(music) == before
        await pilot.press("U")
        await until(lambda: app.studio.library.count() == count + 3)


async def test_another_path_or_way_needs_another_look(run_app: RunApp, music: Path) -> None:
    async with run_app() as (app, pilot):
        count = app.studio.library.count()
        await opened(app, pilot, music)
        await pilot.press("enter")
        await sees(app, "import 3 files")
        await pilot.press("down", "right", "right")
        await sees(app, "One file with two names", "⏎ show what is new")
        await pilot.press("shift+tab", "enter")
        await sees(app, "import 3 files")
        app.screen.query_one(FormInput).value = f"{music}/nothing"
        await pilot.press("enter")
        await sees(app, "directory", "show what is new")
        app.screen.query_one(FormInput).value = str(music)
        app.screen.query_one(Choice).set_value("in-place")
        await pilot.press("enter")
        await sees(app, "imported", "place.")  # the path of pytest wraps the sentence anywhere
        await pilot.press("escape")
        await until(lambda: not isinstance(app.screen, ImportDialog))
        assert app.studio.library.count() == count


async def test_a_shell_s_keys_change_no_answer(run_app: RunApp, music: Path) -> None:
    """Tab completes a path; Enter on How looks into the folder, and does not choose "move"."""
    async with run_app() as (app, pilot):
        await opened(app, pilot, f"~/Music/{music.parent}/mus")
        field = app.screen.query_one(FormInput)
        field.action_end()
        await until(lambda: field._suggestion.endswith("/music/"))
        await pilot.press("tab")
        await until(lambda: field.value == f"~/Music/{music}/")
        assert field.has_focus
        await pilot.press("tab", "enter")
        await sees(app, "import 3 files")
        assert field.value == f"{music}/"
        assert app.screen.query_one(Choice).value == "copy"


def put_aside(folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine/My own.mp3").write_bytes(mp3(0.7))


async def test_audio_in_the_library_s_folder_is_named_and_imported(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("suno_tui.library.scan.is_young", lambda file: False)
    async with run_app() as (app, pilot):
        library = app.studio.library
        await until(lambda: bool(app.main.library.rows.items))
        put_aside(library.folder)
        library.refresh()
        app.main.library.check()
        await sees(app, "1 file in the library's folder is not imported. Type : import")
        await pilot.press("escape", "3")
        await app.dispatcher.run("import")
        await until(lambda: isinstance(app.screen, ImportDialog))
        await pilot.pause()
        assert app.screen.query_one(Choice).value == "in-place"
        await pilot.press("enter")
        await sees(app, "1 new", "My own")
        await pilot.press("enter")
        await notified(app, "1 track imported")
        assert library.tracks("title:own")[0].file == library.folder / "mine/My own.toml"
        await until(lambda: not library.lone_audio())


async def test_it_shows_how_far_it_is_and_can_be_stopped(
    run_app: RunApp, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile other changes go on."""
    real, go_on = placing.place, threading.Event()

    def slow(*arguments: Any) -> Any:
        outcomes = real(*arguments)
        go_on.wait(10)
        return outcomes

    monkeypatch.setattr("suno_tui.library.importing.imports.place", slow)
    monkeypatch.setattr("suno_tui.library.importing.placing._BATCH", 1)
    async with run_app() as (app, pilot):
        await until(lambda: bool(app.main.library.rows.items))
        count = app.studio.library.count()
        await opened(app, pilot, music)
        await pilot.press("enter")
        await sees(app, "import 3 files")
        await pilot.press("enter")
        await until(lambda: app.library.importing.in_progress)
        await sees(app, "of 3 done", "esc Stop")
        offer = app.dispatcher.offer(app.keymap.actions["import"])
        assert offer is not None
        assert offer.why_not == "An import is running already."
        await pilot.press("escape")
        go_on.set()
        await notified(app, "1 track imported")
        assert app.studio.library.count() == count + 1
        await until(lambda: app.library.under_way is None)


def test_folders_are_completed(tmp_path: Path) -> None:
    for name in ("Music", "Movies", ".Mail"):
        (tmp_path / name).mkdir()
    (tmp_path / "Mufile").write_text("")
    assert complete_path(f"{tmp_path}/Mu") == f"{tmp_path}/Music/"
    assert complete_path(f"{tmp_path}/M") == f"{tmp_path}/Movies/"
    assert complete_path(f"{tmp_path}/.") == f"{tmp_path}/.Mail/"
    assert complete_path(f"{tmp_path}/x") is None
    assert complete_path(f"~/Music/{tmp_path}/Mu") == f"~/Music/{tmp_path}/Music/"
    assert complete_path(f"{tmp_path}/none/x") is None
    assert complete_path("") is None
    (tmp_path / "songs.CSV").write_text("")
    assert complete_path(f"{tmp_path}/so") is None
    assert complete_path(f"{tmp_path}/so", {".csv"}) == f"{tmp_path}/songs.CSV"


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("~/Music/", "~/Music/"),
        ("/a/b ", "/a/b"),
        ("~/Music//srv/songs", "/srv/songs"),
        ("~/Music/~/old", "~/old"),
    ],
)
def test_a_path_pasted_after_another_replaces_it(typed: str, path: str) -> None:
    assert path_of(typed) == path
