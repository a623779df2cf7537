"""The screen and the command line change the library's files in the same way."""

from __future__ import annotations

import re
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from suno_tui.cli import main
from suno_tui.tui.app import StudioApp
from suno_tui.tui.dialogs.form import Checkbox
from suno_tui.tui.widgets.text_field import TextField
from tests.tui.conftest import RunApp, idle, until
from tests.tui.screen_assertions import sees, shown

Steps = Callable[[StudioApp, Pilot[None]], Awaitable[None]]


def files(root: Path) -> dict[str, bytes]:
    """Return every file of library and trash; names in the trash lose their time."""
    return {
        re.sub(r"^trash/[^/]+/", "trash/*/", str(path.relative_to(root))): path.read_bytes()
        for part in ("library", "trash")
        for path in sorted((root / part).rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys, each after the work that the one before started."""
    for key in keys:
        await pilot.press(key)
        await idle(pilot.app)
        await pilot.pause()


async def fill_in(app: StudioApp, pilot: Pilot[None], **values: str | bool) -> None:
    """Fill in the form on the screen and press Enter."""
    for name, value in values.items():
        if isinstance(value, bool):
            app.screen.query_one(f"#{name}", Checkbox).value = value
        elif app.screen.query(f"#field-{name}"):
            app.screen.query_one(f"#field-{name}", TextField).replace_all(value)
        else:
            app.screen.query_one(f"#{name}", Input).value = value
    await press(pilot, "enter")
    await until(lambda: app.screen is app.main)


async def run_commands(monkeypatch: pytest.MonkeyPatch, root: Path, *lines: Sequence[str]) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("SUNO_TUI_HOME", str(root))
        for line in lines:
            assert main(list(line)) == 0, line


@pytest.fixture
def twin(tmp_path: Path) -> Path:
    return tmp_path / "twin"


async def test_every_operation_makes_the_same_files(
    run_app: RunApp, twin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_app() as (app, pilot):
        root = app.studio.home.data
        shutil.copytree(root, twin)
        library = app.main.library
        ids = {track.take: track.id for track in library.rows.items[:2] if track}
        one, two = ids[1], ids[2]
        await press(pilot, "escape", "3", "home")
        out, other = tmp_path / "by screen", tmp_path / "by command"

        async def same(*commands: Sequence[str]) -> None:
            before = files(twin)
            await run_commands(monkeypatch, twin, *commands)
            after = files(twin)
            try:
                await until(lambda: files(root) == after)
            except TimeoutError:
                now = files(root)
                assert now == after, commands
                raise
            assert after != before, commands

        await press(pilot, "f")
        await same(["track", "favorite", one, "--off"])
        await press(pilot, "r", "3")
        await same(["track", "rate", one, "3"])
        await press(pilot, "t")
        await fill_in(app, pilot, title="夜 [b]", style="lo-fi", tags="night, slow", every=False)
        await same(
            ["track", "edit", one, "--title", "夜 [b]", "--style", "lo-fi", "--tags", "night, slow"]
        )
        await press(pilot, "t")
        await fill_in(app, pilot, notes="the good one")
        await same(["track", "edit", one, "--notes", "the good one"])

        # Marks: an action changes both tracks.
        one, two = two, one  # sorted by title, as the list is now
        await press(pilot, "home", "v", "v")
        await sees(app, "2 marked · 16 tracks")
        await press(pilot, "r", "5")
        await same(["track", "rate", one, "5"], ["track", "rate", two, "5"])
        await press(pilot, "p")
        await pilot.press(*"Late")
        await press(pilot, "enter")
        await same(["playlist", "create", "Late", one, two])
        await press(pilot, "V", "home", "p")
        await pilot.press(*"late")
        await press(pilot, "enter")
        await same(["playlist", "add", "Late", one])
        await press(pilot, "P", "enter")
        await sees(app, "Move down", "Take out")
        await press(pilot, "J")
        await same(["playlist", "move", "Late", "1", "2"])
        await press(pilot, "G", "d")
        await same(["playlist", "remove", "Late", "3"])
        await press(pilot, "escape", "t")
        for field in app.screen.query("TextField"):
            field.text = "Later"  # type: ignore[attr-defined]
        await press(pilot, "enter")
        await same(["playlist", "rename", "Late", "Later"])
        await press(pilot, "D", "y")
        await same(["playlist", "delete", "Later"])
        await press(pilot, "escape")

        # Searches.
        await pilot.press("/", *"rating:5")
        await press(pilot, "enter", "S", "n")
        await pilot.press(*"Best")
        await press(pilot, "enter")
        await same(["saved", "save", "Best", "rating:5"])
        await press(pilot, "escape", "escape")
        await until(lambda: len(library.rows.items) == 16)
        await press(pilot, "S", "enter")
        assert library.query_text == "rating:5"
        await until(lambda: 0 < len(library.rows.items) < 16)
        await press(pilot, "S", "d")
        await same(["saved", "forget", "Best"])
        await press(pilot, "escape", "escape")
        await until(lambda: len(library.rows.items) == 16)

        # Exports: the same copies.
        await press(pilot, "home", "v", "v", "x")
        await sees(app, "Summer Nights 2.mp3")
        await fill_in(app, pilot, to=str(out), template="{style}/{title} {take}", tags=False)
        names = ["--template", "{style}/{title} {take}", "--no-tags"]
        task = library.rows.items[0].task_id  # type: ignore[union-attr]
        await run_commands(
            monkeypatch, twin, ["export", "--to", str(other), *names, f"task:{task}"]
        )
        made = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*.mp3")}
        assert made
        assert made == {
            str(path.relative_to(other)): path.read_bytes() for path in other.rglob("*.mp3")
        }
        await press(pilot, "x")
        await fill_in(app, pilot, to=str(tmp_path / "both.zip"), zip=True)
        assert (tmp_path / "both.zip").is_file()

        # The trash, with undo, and deletion, which can't be undone.
        before = files(root)
        await press(pilot, "d")
        await same(["track", "trash", one, two])
        await press(pilot, "u")
        await same(["track", "restore", one, two])
        assert files(root) == before, "the same bytes"
        await press(pilot, "home", "d")
        await same(["track", "trash", one])
        await press(pilot, "T")
        await sees(app, "Summer Nights 2")
        await press(pilot, "enter")
        await same(["track", "restore", one])
        await press(pilot, "escape", "home", "d", "T", "D", "y")
        await same(["track", "delete", one])
        await press(pilot, "escape", "home", "D", "y")
        await same(["track", "delete", two])
        assert "Summer Nights" not in shown(app).splitlines()[20]


async def test_one_undo_takes_back_what_was_done_to_all_that_was_marked(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        root = app.studio.home.data
        before = files(root)
        await press(pilot, "escape", "3", "*")
        await sees(app, "16 marked · 16 tracks")
        await press(pilot, "r", "1")
        await until(
            lambda: all(track and track.rating == 1 for track in app.main.library.rows.items)
        )
        await press(pilot, "t")
        await sees(app, "16 tracks", "empty fields change nothing")
        await fill_in(app, pilot, add="demo, POP", remove="vinyl")
        rain = next(t for t in app.main.library.rows.items if t and t.title.startswith("Rain"))
        assert rain.tags == "lofi, jazzy, demo, POP"
        await press(pilot, "u", "u")
        await until(lambda: files(root) == before)


async def test_a_form_that_fails_stays_open_with_what_was_typed(
    run_app: RunApp, tmp_path: Path
) -> None:
    async with run_app() as (app, pilot):
        blocked = tmp_path / "file"
        blocked.write_text("in the way")
        await press(pilot, "escape", "3", "x")
        app.screen.query_one("#to", Input).value = str(blocked)
        await press(pilot, "enter")
        # Not `sees`: how the path wraps depends on its length.
        await until(lambda: "is a file." in str(app.screen.query_one("#form-foot", Static).content))
        assert app.screen.query_one("#to", Input).value == str(blocked)
        app.screen.query_one("#to", Input).value = "~nobody-here/music"
        await press(pilot, "enter")
        await until(
            lambda: "~nobody-here" in str(app.screen.query_one("#form-foot", Static).content)
        )
        app.screen.query_one("#template", Input).value = "{titel}"
        await sees(app, "Did you mean {title}?")


async def test_an_export_names_the_zip_file_that_it_made(run_app: RunApp, tmp_path: Path) -> None:
    async with run_app() as (app, pilot):
        await press(pilot, "escape", "3", "x")
        app.screen.query_one("#to", Input).value = str(tmp_path / "all")
        app.screen.query_one("#zip", Checkbox).value = True
        await press(pilot, "enter")
        where = f"1 track exported to {tmp_path / 'all.zip'}"
        await until(lambda: any(where in note.message for note in app._notifications))
        assert (tmp_path / "all.zip").is_file()


async def test_the_page_of_a_track_leads_to_its_takes_and_follows_the_library(
    run_app: RunApp,
) -> None:
    async with run_app() as (app, pilot):
        await press(pilot, "escape", "3", "i")
        await sees(app, "Summer Nights 1", "Takes", "▸")
        await press(pilot, "2")
        await sees(app, "Summer Nights 2 ★★☆☆☆")
        await press(pilot, "r", "5")
        await sees(app, "Summer Nights 2 ★★★★★")
        await press(pilot, "b")
        await sees(app, "Summer Nights 1 ★★★★☆")
        track = app.main.library.rows.items[0]
        assert track is not None
        track.file.write_text(track.file.read_text().replace("rating = 4", "rating = 1"))
        await sees(app, "Summer Nights 1 ★☆☆☆☆")
        await press(pilot, ">", ">")
        await sees(app, "Peaceful Piano 1")
        await press(pilot, "space")
        assert app.playback.session.track is not None
        assert app.playback.session.track.title == "Peaceful Piano"
        await press(pilot, "d")
        await until(lambda: app.screen is app.main)
        await until(lambda: len(app.main.library.rows.items) == 15)
