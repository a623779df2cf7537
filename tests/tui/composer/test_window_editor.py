"""Editors that open a window and return at once, and the files that editors leave."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from suno_tui.common.paths import Home
from suno_tui.drafts import SongFolder
from suno_tui.providers.song import Song
from suno_tui.tui.controllers import external_editor
from suno_tui.tui.controllers.external_editor import _create_file, recover_texts
from tests.tui.composer.host import Host, ready, until

Open = Callable[..., Host]
Editor = Callable[[str], None]


@pytest.fixture
def editor(editor: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Editor:
    """Makes $EDITOR a script; however slow the machine is, it counts as returning at once."""
    monkeypatch.setattr(external_editor, "QUICK", 1000)
    monkeypatch.setattr(external_editor, "POLL_SECONDS", 0.01)
    return partial(editor, options="")


def told(app: Host) -> str:
    return "\n".join(f"{note.title}: {note.message}" for note in app._notifications)


def handed(home: Home) -> list[Path]:
    return sorted(path for path in home.editor.glob("*/*") if path.name[0] != ".")


async def test_what_a_window_saves_later_is_in_the_form_and_undo_takes_it_back(
    open_host: Open, editor: Editor, home: Home
) -> None:
    editor("exit 0")
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, title="T", lyrics="first"))
        pane.form.field("lyrics").focus()
        await pilot.press("alt+e")
        await until(pilot, lambda: "--wait" in told(app))
        assert "returned at once" in told(app)
        [file] = handed(home)
        file.write_text("[Verse]\nwritten in the window editor\n")
        await until(pilot, lambda: "window editor" in pane.song.lyrics)
        assert pane.song.lyrics == "[Verse]\nwritten in the window editor"
        # Another editor saves by renaming, and again.
        new = file.with_name("new")
        new.write_text("by a rename\n")
        new.rename(file)
        await until(pilot, lambda: pane.song.lyrics == "by a rename")
        await pilot.press("ctrl+z")
        await until(pilot, lambda: "window editor" in pane.song.lyrics)
        await pilot.press("ctrl+z")
        await until(pilot, lambda: pane.song.lyrics == "first")
    _release(home)
    assert recover_texts(home, SongFolder(home.drafts)) == [], "all of it was read"
    assert handed(home) == []


async def test_a_text_that_was_changed_meanwhile_is_not_overwritten(
    open_host: Open, editor: Editor, home: Home
) -> None:
    editor("exit 0")
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(prompt="old"))
        pane.action_edit_in_editor()
        await until(pilot, lambda: handed(home))
        await until(pilot, lambda: not app.key_queue.lent)
        pane.load(Song(prompt="another song"))
        handed(home)[0].write_text("of the window\n")
        await until(pilot, lambda: "from-the-editor" in SongFolder(home.drafts).names())
        assert pane.song.prompt == "another song"
    kept = SongFolder(home.drafts).load("from-the-editor")
    assert kept is not None
    assert kept.song.prompt == "of the window"


async def test_what_is_saved_after_the_end_is_a_draft_at_the_next_start(
    open_host: Open, editor: Editor, home: Home
) -> None:
    editor("exit 0")
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(prompt="old"))
        pane.action_edit_in_editor()
        await until(pilot, lambda: "--wait" in told(app))
    [file] = handed(home)
    file.write_text("after the end\n")
    app.studio.close()
    _release(home)
    assert "from-the-editor" in recover_texts(home, SongFolder(home.drafts))[0]


def _release(home: Home) -> None:
    """Release the locks, as the end of the process does."""
    for lock in home.editor.glob("*/.lock"):
        lock.unlink()


async def test_an_editor_that_took_its_time_and_changed_nothing_leaves_nothing(
    open_host: Open, editor: Editor, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor("exit 0")
    monkeypatch.setattr(external_editor, "QUICK", 0)
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(prompt="old"))
        pane.action_edit_in_editor()
        await until(pilot, lambda: home.editor.exists() and not any(home.editor.iterdir()))
        assert told(app) == ""


@pytest.mark.parametrize(
    ("script", "text"),
    [
        (r"printf '\357\273\277caf\303\251\n' > $1", "café"),
        (r"printf '\377\376c\000a\000f\000\351\000\n\000' > $1", "café"),
        (r"printf '\376\377\000c\000a\000f\000\351\000\n' > $1", "café"),
        (r"printf 'a\r\nb\rc\n' > $1", "a\nb\nc"),
    ],
    ids=["a mark", "UTF-16", "UTF-16, the other way", "line ends"],
)
async def test_byte_order_marks_and_encodings_they_name_are_read(
    open_host: Open, editor: Editor, home: Home, script: str, text: str
) -> None:
    editor(script)
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(prompt="old"))
        pane.action_edit_in_editor()
        await until(pilot, lambda: pane.song.prompt == text)
        await until(pilot, lambda: not any(home.editor.iterdir()))


async def test_another_encoding_is_kept_as_it_is_and_reported(
    open_host: Open, editor: Editor, home: Home
) -> None:
    editor(r"printf 'caf\351\n' > $1")
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(prompt="old"))
        pane.action_edit_in_editor()
        await until(pilot, lambda: "UTF-8" in told(app))
        [file] = handed(home)
        assert told(app).endswith(str(file))
        assert pane.song.prompt == "old"
        await until(pilot, lambda: not app.key_queue.lent)
    drafts = SongFolder(home.drafts)
    [more] = recover_texts(home, drafts)
    assert str(file.parent) in more
    assert file.read_bytes() == b"caf\xe9\n"
    file.write_text("café\n")
    assert "from-the-editor" in recover_texts(home, drafts)[0]
    assert handed(home) == []


@pytest.mark.parametrize(
    ("script", "left"),
    [
        ('echo mine > "$(dirname $1)/lyrics.md"', ["lyrics.md", "prompt.txt"]),
        ('mv $1 "$(dirname $1)/other.txt"; echo more >> "$(dirname $1)/other.txt"', ["other.txt"]),
        ('echo new > $1; echo mine > "$(dirname $1)/#auto#"', ["#auto#", "prompt.txt"]),
        ('mkdir "$(dirname $1)/folder"; echo new > $1', ["folder", "prompt.txt"]),
        ("rm $1; mkdir $1", ["prompt.txt"]),
    ],
)
async def test_a_text_saved_under_another_name_is_kept_and_reported(
    open_host: Open,
    editor: Editor,
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    left: list[str],
) -> None:
    monkeypatch.setattr(external_editor, "QUICK", 0)
    editor(script)
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(prompt="old"))
        pane.action_edit_in_editor()
        await until(pilot, lambda: "Your editor left more in" in told(app))
        assert [path.name for path in handed(home)] == left
        assert pane.song.prompt == ("new" if "echo new" in script else "old")
    assert str(handed(home)[0].parent) in recover_texts(home, SongFolder(home.drafts))[0]
    assert [path.name for path in handed(home)] == left


async def test_a_backup_of_what_was_read_is_not_kept(
    open_host: Open, editor: Editor, home: Home
) -> None:
    editor("cp $1 $1~; echo new > $1")
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(prompt="old"))
        pane.action_edit_in_editor()
        await until(pilot, lambda: pane.song.prompt == "new")
        await until(pilot, lambda: not any(home.editor.iterdir()))
        assert told(app) == ""


def test_a_folder_without_the_editors_first_file_is_not_deleted(home: Home) -> None:
    file, lock = _create_file(home.editor, "old\n", "lyrics")
    lock.release()
    (file.parent / ".before").unlink()
    file.unlink()
    file.mkdir()
    assert str(file.parent) in recover_texts(home, SongFolder(home.drafts))[0]
    assert file.is_dir()
