"""Lyrics and prompts in the user's own editor."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from suno_tui.common.paths import Home
from suno_tui.drafts import SongFolder
from suno_tui.providers.song import Song
from suno_tui.tui.controllers.external_editor import (
    EditorFailed,
    _create_file,
    editor_command,
    recover_texts,
)
from tests.tui.composer.host import Host, ready, until

Open = Callable[..., Host]


async def test_what_the_editor_wrote_is_in_the_form_and_undo_takes_it_back(
    open_host: Open, editor: Callable[[str], None]
) -> None:
    editor('printf "third [Chorus]\\n" >> "$2"')
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, title="T", lyrics="first\nsecond"))
        pane.form.field("lyrics").focus()
        await pilot.press("alt+e")
        await until(pilot, lambda: pane.song.lyrics == "first\nsecond\nthird [Chorus]")
        await pilot.press("ctrl+z")
        await until(pilot, lambda: pane.song.lyrics == "first\nsecond")


async def test_the_prompt_is_edited_in_simple_mode_while_the_loop_goes_on(
    open_host: Open, editor: Callable[[str], None], tmp_path: Path
) -> None:
    go = tmp_path / "go"
    editor(f'while [ ! -e "{go}" ]; do sleep 0.02; done; echo new > "$2"')
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(prompt="old"))
        pane.action_edit_in_editor()
        await pilot.pause(0.05)
        # The loop turns: this line runs while the editor waits for it.
        go.touch()
        await until(pilot, lambda: pane.song.prompt == "new")


async def test_a_second_e_while_the_editor_runs_does_nothing(
    open_host: Open, editor: Callable[[str], None], tmp_path: Path
) -> None:
    go, log = tmp_path / "go", tmp_path / "log"
    editor(f'echo x >> "{log}"; while [ ! -e "{go}" ]; do sleep 0.02; done; echo new > "$2"')
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(prompt="old"))
        pane.generate_bar.focus()
        await pilot.press("e", "e", "e")
        await until(pilot, log.exists)
        await pilot.press("e")
        go.touch()
        await until(pilot, lambda: pane.song.prompt == "new")
        assert log.read_text() == "x\n"
        log.unlink()
        await until(pilot, lambda: not app.key_queue.lent)
        await pilot.press("e")
        await until(pilot, log.exists)


@pytest.mark.parametrize(
    ("script", "says"),
    [("exit 3", "code 3"), ('echo more > "$2"; exit 1', "it is in")],
)
async def test_an_editor_that_fails_is_reported_and_loses_nothing(
    open_host: Open, editor: Callable[[str], None], script: str, says: str
) -> None:
    editor(script)
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(prompt="old"))
        pane.action_edit_in_editor()
        await until(pilot, lambda: list(app._notifications))
        (note,) = list(app._notifications)
        assert says in note.message
        assert pane.song.prompt == "old"


async def test_no_room_for_the_editors_file_is_reported(
    open_host: Open, editor: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object, **__: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    editor("true")
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        with monkeypatch.context() as full:
            full.setattr("tempfile.mkdtemp", no_room)
            pane.action_edit_in_editor()
            await until(pilot, lambda: list(app._notifications))
        (note,) = list(app._notifications)
        assert "the disk is full. Free some space" in note.message


def test_a_text_left_by_the_editor_becomes_a_draft(home: Home) -> None:
    drafts = SongFolder(home.drafts)
    (untouched, one), (written, two), (in_use, three) = (
        _create_file(home.editor, "first\n", "lyrics") for _ in range(3)
    )
    one.release()
    two.release()
    written.write_text("first\nsecond\n")
    in_use.write_text("theirs\n")
    swap = written.with_name(".lyrics.txt.swp")
    swap.touch()
    drafts_told, more = recover_texts(home, drafts)
    assert "from-the-editor" in drafts_told
    assert str(swap.parent) in more
    kept = drafts.load("from-the-editor")
    assert kept is not None
    assert kept.song == Song(custom_mode=True, lyrics="first\nsecond\n")
    assert not untouched.exists()
    swap.unlink()
    assert recover_texts(home, drafts) == []
    assert drafts.names() == ["from-the-editor"]
    assert list(home.editor.glob("*/*.txt")) == [in_use]
    three.release()


def test_the_editor_is_the_users_choice_or_else_an_installed_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert editor_command({"VISUAL": "cat -u", "EDITOR": "ls"}) == ["cat", "-u"]
    assert editor_command({"EDITOR": "ls"}) == ["ls"]
    with pytest.raises(EditorFailed, match="no such program"):
        editor_command({"EDITOR": "/no/such/editor"})
    with pytest.raises(EditorFailed, match="VISUAL"):
        editor_command({"VISUAL": "'open"})
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EditorFailed, match="No editor"):
        editor_command({})
    (tmp_path / "vi").write_text("#!/bin/sh\n")
    (tmp_path / "vi").chmod(0o755)
    assert editor_command({}) == [str(tmp_path / "vi")]
