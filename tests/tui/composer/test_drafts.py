"""Drafts: text is on disk within a second, and restored after any ending."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.widget import AwaitMount, Widget
from textual.widgets import Static, TextArea

from suno_tui.common.paths import Home
from suno_tui.drafts import SongFolder, StoredSong
from suno_tui.providers.song import Song
from suno_tui.tui.dialogs.item_picker import NameDialog
from suno_tui.tui.screens.composer.draft_session import DraftSession
from suno_tui.tui.screens.composer.draft_writer import DraftWriter
from suno_tui.tui.screens.composer.form import SongForm
from suno_tui.tui.screens.composer.song_picker import SongPicker
from suno_tui.tui.widgets.choice import Choice
from suno_tui.tui.widgets.slider import Slider
from tests.tui.composer.host import SUMMER, Host, enter, ready, type_text, until

Open = Callable[..., Host]

SONG = Song(custom_mode=True, title="Summer Nights", style="Pop, Indie", lyrics=SUMMER)

FIELDS = [
    *("mode", "model", "source", "title", "style", "negative_tags", "vocals", "persona_id"),
    *("parameters", "style_weight", "weirdness_constraint", "audio_weight", "lyrics", "prompt"),
]
"""The form from top to bottom, whichever mode's fields came first."""


def no_room(*_: object, **__: object) -> None:
    """Raise as a full disk does."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def on_disk(home: Home) -> list[str]:
    """Return the prompts of the saved drafts."""
    folder = SongFolder(home.drafts)
    return [kept.song.prompt for name in folder.names() if (kept := folder.load(name))]


async def test_typing_is_saved_by_itself_and_restored_after_a_kill(
    open_host: Open, home: Home
) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        await enter(pilot, pane, prompt="a calm piano")
        await until(pilot, lambda: on_disk(home) == ["a calm piano"], seconds=1.5)
        # What a killed program leaves behind is what is on disk now, and its lock is free.
        pane.autosave.writer.session.close()
        other = open_host()
        async with other.run_test(size=(80, 24)) as second:
            assert (await ready(second)).song.prompt == "a calm piano"


@pytest.mark.parametrize(
    ("song", "said", "field", "brief"),
    [
        (Song(prompt="rain", title="Kept", weirdness_constraint=0.4), "any", "prompt", False),
        (replace(SONG, prompt="kept", weirdness_constraint=0.4), "any", "title", False),
        (replace(SONG, prompt="kept", vocal_gender="f"), "f", "title", True),
        (replace(SONG, instrumental=True, vocal_gender="f"), "instrumental", "title", True),
    ],
)
async def test_fields_made_later_lose_no_keys(
    open_host: Open,
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    song: Song,
    said: str,
    field: str,
    brief: bool,
) -> None:
    SongFolder(home.drafts).save("rain", song)
    mount, between = SongForm.mount, list[Song]()

    def type_and_mount(form: SongForm, *fields: Widget, **where: Any) -> AwaitMount:
        if form.whole and not between:  # typed while the others were made, and not told of yet
            form.text(field).insert(" again", form.text(field).document.end)
            between.append(form.read())
        return mount(form, *fields, **where)

    monkeypatch.setattr(SongForm, "brief", brief)
    monkeypatch.setattr(SongForm, "mount", type_and_mount)
    app = open_host()
    told = f"{getattr(song, field)} again"
    changed = replace(song, prompt=told) if field == "prompt" else replace(song, title=told)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        await until(pilot, lambda: pane.song == changed)
        assert between == [changed]
        assert pane.form.read() == changed
        assert [box.name for box in pane.form.query("*") if box.name] == FIELDS
        weight = pane.form.query_one("#field-weirdness_constraint", Slider)
        voice = pane.form.query_one("#field-vocals", Choice)
        assert (weight.value, voice.value) == (song.weirdness_constraint, said)


async def test_quitting_saves_the_last_key(open_host: Open, home: Home) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        title = pane.form.text("title")
        title.focus()
        await type_text(pilot, "!")
        with title.prevent(TextArea.Changed):  # the end comes before it is told of
            title.insert("?")
    kept = SongFolder(home.drafts).load("summer-nights")
    assert kept is not None
    assert kept.song.title == "Summer Nights!?"


async def test_a_new_draft_keeps_the_old_one_which_the_list_opens(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        pane.generate_bar.focus()
        await pilot.press("ctrl+n")
        await until(pilot, lambda: pane.song.title == "")
        assert pane.song.custom_mode
        await enter(pilot, pane, title="Second")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, SongPicker))
        picker = app.screen
        assert isinstance(picker, SongPicker)
        await until(pilot, lambda: len(picker.rows.items) == 2)
        await pilot.press("down", "enter")
        await until(pilot, lambda: pane.song == SONG)
        assert pane.draft == "summer-nights"


async def test_a_deleted_draft_comes_back_whole(
    open_host: Open, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        app.studio.drafts.save("one", Song(prompt="one"))
        note = home.drafts / "one.toml"
        note.write_text(note.read_text() + 'my_note = "keep"\n')
        before = note.read_bytes()
        pane.load(SONG)
        pane.generate_bar.focus()
        await pilot.press("O")
        await until(pilot, lambda: isinstance(app.screen, SongPicker))
        await pilot.press("down", "d")
        await until(pilot, lambda: "one" not in app.studio.drafts.names())
        with monkeypatch.context() as full:
            full.setattr(Path, "replace", no_room)
            await pilot.press("u")
            await until(pilot, lambda: app._notifications)
        await pilot.press("u")
        await until(pilot, lambda: "one" in app.studio.drafts.names())
        assert note.read_bytes() == before
        await pilot.press("down", "d", "escape")
        await until(pilot, lambda: not isinstance(app.screen, SongPicker))
        await until(pilot, lambda: not list(home.drafts.glob(".*.deleted")))
        assert app.studio.drafts.names() == ["summer-nights"]


async def test_a_read_only_disk_is_reported_and_nothing_crashes(
    open_host: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        pane.generate_bar.focus()
        with monkeypatch.context() as full:
            full.setattr(Path, "unlink", no_room)
            await pilot.press("ctrl+n")
            await until(pilot, lambda: pane.draft is None)
        assert "summer-nights" in app.studio.drafts.names()


async def test_drafts_are_renamed_also_the_one_in_the_form(open_host: Open, home: Home) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        app.studio.drafts.save("one", Song(prompt="a waltz"))
        pane.load(SONG)
        note = home.drafts / "summer-nights.toml"
        note.write_text(note.read_text() + 'my_note = "keep"\n')
        pane.load(SONG, name="summer-nights")
        pane.generate_bar.focus()
        await pilot.press("O")
        await until(pilot, lambda: isinstance(app.screen, SongPicker))
        for key, wish in (("home", "First!"), ("down", "summer nights")):
            await pilot.press(key, "t")
            await until(pilot, lambda: isinstance(app.screen, NameDialog))
            await pilot.press("delete", "enter")
            assert str(app.screen.query_one("#note", Static).content) == "It needs a name."
            await type_text(pilot, wish)
            assert "Enter: save" in str(app.screen.query_one("#note", Static).content)
            await pilot.press("enter")
        await until(pilot, lambda: sorted(app.studio.drafts.names()) == ["first", "summer-nights"])
        picker = app.screen
        assert isinstance(picker, SongPicker)
        assert [item.name for item in picker.rows.items] == ["first", "summer-nights"]
        await pilot.press("escape")
        assert pane.draft == "first"
        pane.form.field("title").focus()
        await type_text(pilot, "!")
    assert 'my_note = "keep"' in (home.drafts / "first.toml").read_text()
    assert "Summer Nights!" in (home.drafts / "first.toml").read_text()
    assert [path.suffix for path in home.drafts.iterdir()] == [".toml"] * 2


async def test_drafts_are_searched_in_all_their_text(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        app.studio.drafts.save("one", Song(prompt="a waltz for a rainy harbour"))
        app.studio.drafts.save("two", Song(custom_mode=True, title="Two", lyrics="[Verse]\nRain"))
        app.studio.drafts.save("three", Song(prompt="techno"))
        pane.generate_bar.focus()
        await pilot.press("O")
        await until(pilot, lambda: isinstance(app.screen, SongPicker))
        picker = app.screen
        assert isinstance(picker, SongPicker)
        await pilot.press("slash", *"rain")
        await until(pilot, lambda: {i.key for i in picker.rows.items} == {"one", "two"})
        await pilot.press(*"y waltz")
        await until(pilot, lambda: [i.key for i in picker.rows.items] == ["one"])
        await pilot.press("escape")
        await until(pilot, lambda: len(picker.rows.items) == 3)
        await pilot.press("slash", *"HARBOUR", "enter", "enter")
        await until(pilot, lambda: pane.song.prompt == "a waltz for a rainy harbour")


async def test_many_drafts_load_while_the_list_is_used(
    open_host: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, go, at_once = SongFolder.load, threading.Event(), list[str]()

    def load_slowly(folder: SongFolder, name: str) -> StoredSong | None:
        if threading.current_thread() is threading.main_thread():
            at_once.append(name)
        else:
            go.wait(10)
        return load(folder, name)

    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        app.studio.drafts.folder.mkdir()
        for number in range(500):
            (app.studio.drafts.folder / f"draft-{number}.toml").write_text('prompt = "a waltz"')
        monkeypatch.setattr(SongFolder, "load", load_slowly)
        pane.generate_bar.focus()
        await pilot.press("O")
        await until(pilot, lambda: isinstance(app.screen, SongPicker))
        picker = app.screen
        assert isinstance(picker, SongPicker)
        await until(pilot, lambda: picker.rows.items)
        first = [item.key for item in picker.rows.items]
        assert first == at_once
        assert len(first) < 100
        await pilot.press("down", "d", "down")
        await until(pilot, lambda: len(picker.rows.items) == len(first) - 1)
        go.set()
        await until(pilot, lambda: len(picker.rows.items) == 499)
        assert picker.rows.cursor == 2
        await pilot.press("u")
        await until(pilot, lambda: len(picker.rows.items) == 500)
        assert [item.key for item in picker.rows.items] == app.studio.drafts.names()


async def test_recipes_are_saved_and_leave_the_topic_alone(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(Song(custom_mode=True, style="Synthwave, 80s", style_weight=0.6))
        pane.generate_bar.focus()
        await pilot.press("R")
        await until(pilot, lambda: isinstance(app.screen, NameDialog))
        await type_text(pilot, "night drive")
        await pilot.press("enter")
        await until(pilot, lambda: app.studio.recipes.names() == ["night-drive"])
        pane.load(SONG)
        pane.generate_bar.focus()
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, SongPicker))
        await pilot.press("enter")
        await until(pilot, lambda: pane.song.style == "Synthwave, 80s")
        assert pane.song.title == "Summer Nights"
        assert pane.song.style_weight == 0.6
        kept = app.studio.drafts.load("summer-nights")
        assert kept is not None
        assert kept.song == SONG


async def test_a_recipe_asks_for_its_topic(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        recipe = Song(custom_mode=True, style="Folk", lyrics="[Verse]\n<topic>, my <topic>")
        app.studio.recipes.save("folk", recipe)
        pane.generate_bar.focus()
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, SongPicker))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, NameDialog))
        await type_text(pilot, "the sea")
        await pilot.press("enter")
        await until(pilot, lambda: pane.song.lyrics == "[Verse]\nthe sea, my the sea")
        kept = app.studio.recipes.load("folk")
        assert kept is not None
        assert kept.song == recipe


async def test_a_damaged_draft_is_reported_and_not_restored(open_host: Open, home: Home) -> None:
    home.drafts.mkdir()
    (home.drafts / "broken.toml").write_text("not = = toml")
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        assert pane.song.prompt == ""
        (note,) = list(app._notifications)
        assert "broken.toml" in note.message
        assert (home.drafts / "broken.toml").exists()


def test_a_draft_is_named_by_its_title_when_it_settles(tmp_path: object, home: Home) -> None:
    folder = SongFolder(home.drafts)
    session = DraftSession(folder)
    session.save(Song(prompt="a"))
    assert folder.names() == ["a"]
    session.settle(Song(prompt="a calm piano"))
    assert folder.names() == ["a-calm-piano"]
    session.settle(Song(prompt=""))
    assert folder.names() == []


def test_a_draft_that_another_program_wrote_is_not_overwritten(home: Home) -> None:
    folder = SongFolder(home.drafts)
    ours, theirs = DraftSession(folder), DraftSession(folder)
    ours.save(Song(prompt="song"))
    theirs.restore(None)
    theirs.save(Song(prompt="song of theirs"))
    ours.save(Song(prompt="song of ours"))
    texts = {kept.song.prompt for name in folder.names() if (kept := folder.load(name))}
    assert texts == {"song of theirs", "song of ours"}


def test_a_draft_that_another_program_wrote_is_neither_renamed_nor_deleted(home: Home) -> None:
    folder, mine, theirs = SongFolder(home.drafts), Song(prompt="mine"), Song(prompt="by hand")
    session = DraftSession(folder)
    session.save(mine)
    folder.save("mine", theirs)
    session.settle(mine)
    session.rename("My best")
    session.save(replace(mine, prompt="mine, and a word"))
    texts = {name: kept.song.prompt for name in folder.names() if (kept := folder.load(name))}
    assert texts == {"mine": "by hand", "my-best": "mine, and a word"}
    assert session.forks == 1
    folder.save("my-best", theirs)
    session.settle(Song())
    kept = folder.load("my-best")
    assert kept is not None
    assert kept.song == theirs
    assert session.name is None


def test_a_name_of_the_users_own_stays(home: Home) -> None:
    folder = SongFolder(home.drafts)
    folder.save("my-best", Song(prompt="something else"))
    session = DraftSession(folder)
    session.restore(None)
    session.settle(Song(prompt="something new"))
    assert folder.names() == ["my-best"]


def test_a_draft_that_another_studio_has_open_is_not_restored(home: Home) -> None:
    folder = SongFolder(home.drafts)
    first, second = DraftSession(folder), DraftSession(folder)
    first.save(Song(prompt="the first"))
    assert second.restore("the-first") is None, "in use"
    second.save(Song(prompt="the second"))
    first.settle(Song(prompt="the one"))
    third = DraftSession(folder)
    assert third.restore("the-one") is None, "renamed, and still in use"
    first.close()
    kept = third.restore("the-second")
    assert kept is not None
    assert kept.name == "the-one"
    third.close()
    second.close()
    assert [path.suffix for path in home.drafts.iterdir()] == [".toml"] * 2


def test_an_empty_draft_with_keys_of_the_users_own_is_not_deleted(home: Home) -> None:
    folder = SongFolder(home.drafts)
    home.drafts.mkdir(parents=True)
    file = home.drafts / "hand.toml"
    file.write_text('notes = "ideas"\n')
    session = DraftSession(folder)
    kept = session.restore(None)
    assert kept is not None
    session.settle(kept.song)
    assert file.read_text() == 'notes = "ideas"\n'
    assert session.name is None, "what is typed next is another draft"


@pytest.mark.parametrize("deleted", [True, False])
def test_the_reason_for_a_fork_is_distinguished(home: Home, deleted: bool) -> None:
    folder = SongFolder(home.drafts)
    writer = DraftWriter(DraftSession(folder))
    writer.now(Song(prompt="rain"), None)
    [name] = folder.names()
    if deleted:
        folder.delete(name)
    else:
        (home.drafts / f"{name}.toml").write_text('prompt = "theirs"\n')
    saved = writer.now(Song(prompt="rain again"), None)
    writer.close()
    assert (saved.forked, saved.gone) == (True, deleted)
