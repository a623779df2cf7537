"""A letter is a command or it is text: the steps of the second review of the studio's hands."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from suno_tui.common.paths import Home
from suno_tui.drafts import SongFolder
from suno_tui.providers.song import Song
from suno_tui.tui.actions.keymap import Keymap
from suno_tui.tui.actions.table import ACTIONS
from suno_tui.tui.app import StudioApp
from suno_tui.tui.screens.composer.generate_dialog import GenerateDialog
from tests.tui.conftest import RunApp, until
from tests.tui.screen_assertions import sees, shown
from tests.tui.session import Session

SONG = Song(
    custom_mode=True, title="Night Bus Home", style="synth-pop", lyrics="[Verse]\nla la"
)  # fmt: skip


async def filled(app: StudioApp, pilot: Pilot[None]) -> None:
    """Put a song into the composer, and stop typing."""
    app.main.composer.load(SONG)
    await pilot.press("escape")
    await pilot.pause()


async def test_cancel_of_generate_returns_to_where_it_was_asked(run_app: RunApp) -> None:
    """1a: library, G, generate, Esc, `g g`: the title stays as it is."""
    async with run_app() as (app, pilot):
        await filled(app, pilot)
        await pilot.press("3", "G")
        rows = app.main.library.rows
        assert rows.cursor == 15
        for end in ("escape", "q"):
            await pilot.press("ctrl+g")
            await until(lambda: isinstance(app.screen, GenerateDialog))
            await pilot.press(end)
            await until(lambda: app.screen is app.main)
            assert app.focused is rows
        await pilot.press("g", "g")
        assert rows.cursor == 0
        assert app.main.composer.song.title == "Night Bus Home"


async def test_accepting_generate_returns_to_where_it_was_asked(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await filled(app, pilot)
        await pilot.press("3", "ctrl+g")
        await until(lambda: isinstance(app.screen, GenerateDialog))
        await pilot.press("enter")
        await until(lambda: app.screen is app.main)
        await until(lambda: any(task.song == SONG for task in app.studio.tasks.all()))
        assert app.focused is app.main.library.rows


def test_a_start_types_nothing_into_an_older_draft(home: Home) -> None:
    """1b: press 4, q; start again: a d is no letter of the song."""
    SongFolder(home.drafts).save("yesterday", SONG)
    with Session() as first:
        first.read_until(lambda: first.shows("Night Bus Home"), "the draft")
        first.read_until(lambda: first.shows("Keys"), "the footer")
        first.type(b"4")
        first.read_until(lambda: first.shows("Back"), "the player's page")
        first.type(b"q")
        first.read_until(lambda: not first.shows("q Back"), "the panes again")
        first.type(b"1q")
        assert first.process.wait(30) == 0
    with Session() as second:
        second.type(b"d")
        second.read_until(lambda: second.shows("Keys"), "the footer")
        second.type(b"d")
        second.type(b"O")
        second.read_until(lambda: second.shows("Drafts"), "a command's dialog")
        second.type(b"\x11")
        assert second.process.wait(30) == 0
    kept = SongFolder(home.drafts).load("yesterday")
    assert kept is not None and kept.song == SONG


async def test_the_panes_numbers_lead_back_from_every_pane(run_app: RunApp) -> None:
    """1c: `1 3` ends in the library and types nothing, also over a slider and an empty form."""
    async with run_app() as (app, pilot):
        await pilot.press("escape")
        for field in ("prompt", "lyrics", "style_weight", "vocals"):
            await filled(app, pilot)
            if field == "prompt":
                app.main.composer.load(Song())
                await pilot.press("3")
            app.main.composer.form.field(field).focus()
            await pilot.press("3", "1", "3")
            assert app.main.page == "library", field
            assert app.main.composer.song in (SONG, Song()), field
            await pilot.press("1")


def test_a_click_of_a_terminal_begins_to_type(home: Home) -> None:
    SongFolder(home.drafts).save("yesterday", SONG)
    with Session() as session:
        session.read_until(lambda: session.shows("Commands"), "the first screen")
        rows = session.display
        y = next(y for y, row in enumerate(rows) if "synth-pop" in row)
        x = rows[y].index("synth-pop") + 2
        session.type(f"\x1b[<0;{x};{y + 1}M\x1b[<0;{x};{y + 1}m".encode())
        session.read_until(lambda: session.shows("Stop typing"), "the footer")
        session.type(b"!")
        session.read_until(lambda: session.shows("s!ynth-pop"), "what was typed")
        session.type(b"\x11")
        assert session.process.wait(30) == 0


@pytest.mark.parametrize("gap", [0.0, 0.03])
def test_esc_and_a_symbol_type_nothing(home: Home, gap: float) -> None:
    """1d: Esc and 2, 3, 5, 9 or a sign, as fast as tmux sends them."""
    with Session() as session:
        session.read_until(lambda: session.shows("Commands"), "the first screen")
        session.type(b"rain")
        session.read_until(lambda: session.shows("rain"), "what was typed")
        for key in (b"5", b"9", b"-", b"=", b"_", b"]", "§".encode()):
            if gap:
                session.type(b"\x1b")
                asyncio.run(asyncio.sleep(gap))
                session.type(key)
            else:
                session.type(b"\x1b" + key)
            asyncio.run(asyncio.sleep(0.25))
        session.type(b"\x1b2")
        session.read_until(lambda: session.shows("Pause queue"), "the queue")
        session.type(b"\x11")
        assert session.process.wait(30) == 0
    [draft] = SongFolder(home.drafts).names()
    kept = SongFolder(home.drafts).load(draft)
    assert kept is not None and kept.song.prompt == "rain"


async def test_a_selected_field_takes_no_text(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await filled(app, pilot)
        form = app.main.composer.form
        for name in ("title", "style", "negative_tags", "lyrics", "persona_id"):
            form.field(name).focus()
            await pilot.press(*"yu58", "backspace", "delete", "ctrl+k", "ctrl+w", "end", "left")
            await pilot.press("escape")
            assert app.main.composer.song == SONG, name
            assert app.screen is app.main


async def test_enter_i_a_click_and_a_fields_key_begin_to_type_and_esc_stops(
    run_app: RunApp,
) -> None:
    async with run_app() as (app, pilot):
        await filled(app, pilot)
        form = app.main.composer.form
        await sees(app, "⏎ Type")
        for keys, name in (
            (("enter",), "title"), (("i",), "title"), (("s",), "style"), (("x",), "negative_tags"),
            (("l",), "lyrics"), (("t",), "title"), (("j", "i"), "style"), (("k", "enter"), "title"),
        ):  # fmt: skip
            if keys[0] in ("enter", "i"):
                form.field(name).focus()
            await pilot.press(*keys)
            assert app.focused is form.field(name), keys
            assert app.dispatcher.in_text()
            await sees(app, "esc Stop typing", "Compose: typing")
            await pilot.press("escape")
            assert not app.dispatcher.in_text()
        await pilot.click("#field-style", offset=(2, 0))
        assert app.focused is form.field("style")
        assert app.dispatcher.in_text()
        assert app.main.composer.song == SONG


async def test_the_fields_keys_work_while_typing_too(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await filled(app, pilot)
        await pilot.press("t", "alt+s", "!", "alt+l", "?", "alt+t", ".")
        await until(lambda: app.main.composer.song.title.endswith("."))
        song = app.main.composer.song
        assert (song.style, song.lyrics) == ("synth-pop!", "[Verse]\nla la?")


async def test_enter_in_the_title_goes_on_to_the_style(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await filled(app, pilot)
        await pilot.press("t", "enter", "!")
        await until(lambda: app.main.composer.song.style == "synth-pop!")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_suggestions_are_right_below_the_style(
    size: tuple[int, int], run_app: RunApp
) -> None:
    """13: not at the foot of the pane, and never without the key that accepts them."""
    async with run_app(size) as (app, pilot):
        await filled(app, pilot)
        await pilot.press("1", "s", *", dre")
        await sees(app, "→ dream")
        lines = shown(app).splitlines()
        style = next(row for row, line in enumerate(lines) if "synth-pop, dre" in line)
        assert "→ dream" in lines[style + 1]
        await pilot.press("escape")
        await until(lambda: "→ dream" not in shown(app))
        assert "Exclude" in shown(app).splitlines()[style + 1]


async def test_a_new_song_can_be_typed_at_once_from_anywhere(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await filled(app, pilot)
        await pilot.press("3", "ctrl+n", *"Rain")
        await until(lambda: app.main.composer.song.title == "Rain")
        await pilot.press("ctrl+n", *"Sun")
        await until(lambda: app.main.composer.song.title == "Sun")


async def test_another_style_with_the_same_lyrics_is_one_key_away(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await filled(app, pilot)
        app.main.composer.form.field("lyrics").focus()
        await pilot.press("s", "ctrl+u", *"folk")
        await until(lambda: app.main.composer.song.style == "folk")


@pytest.mark.parametrize("place", ["2", "3", "4"])
async def test_the_same_once_more_is_one_key(place: str, run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "enter")
        await until(lambda: app.playback.session.track is not None)
        before = len(app.studio.tasks.all())
        await pilot.press(place, "A")
        if isinstance(app.screen, GenerateDialog):
            await pilot.press("enter")
        await until(lambda: len(app.studio.tasks.all()) == before + 1)
        assert app.screen is app.main


async def test_the_newest_take_is_one_key_away(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "2", ".")
        newest = app.studio.library.tracks(limit=1)[0]
        await until(lambda: app.playback.session.track == newest)


async def test_q_leaves_what_is_on_top_and_quits_only_from_the_panes(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """18: one rule for all screens."""
    async with run_app(shelves=True) as (app, pilot):
        left: list[str] = []
        monkeypatch.setattr(app, "exit", lambda *_, **__: left.append(app.main.page))
        await filled(app, pilot)
        screens = ("2 i", "3 i", "3 P", "3 T", "3 S", "3 L", "3 D", ",", "o", "W", "O", "ctrl+g")
        for keys in screens:
            await pilot.press("1", *keys.split())
            await until(lambda: app.screen is not app.main)
            assert not isinstance(app.focused, Input | TextArea), keys
            await pilot.press("q")
            await until(lambda: app.screen is app.main)
            assert not left, keys
        for keys in ("3 4", "3 z"):
            await pilot.press(*keys.split())
            await sees(app, "q Back")
            await pilot.press("q")
            assert not left, keys
            assert not app.main.can_leave
        for number, place in (("1", "compose"), ("2", "tasks"), ("3", "library")):
            await pilot.press(number, "q")
            assert left.pop() == place
        await pilot.press("4", "ctrl+q")
        assert left == ["player"], "ctrl+q quits at once"


async def test_enter_confirms_what_deletes_nothing(run_app: RunApp) -> None:
    from suno_tui.tui.dialogs.confirm import Confirm

    async with run_app() as (app, pilot):
        for deletes, key, wanted in (
            (False, "enter", True), (False, "escape", None), (False, "n", None), (False, "y", True),
            (True, "enter", None), (True, "escape", None), (True, "n", None), (True, "y", True),
        ):  # fmt: skip
            answers: list[bool | None] = []
            app.push_screen(Confirm("?", "Really?", yes="Yes", deletes=deletes), answers.append)
            await pilot.pause(0.06)
            await pilot.press(key)
            await until(partial(bool, answers))
            assert answers == [wanted], (deletes, key)


def test_no_letter_spends_and_no_key_waits_for_a_time_out() -> None:
    """10: what costs money hangs on keys that no paste can type, and begins no sequence."""
    table = {action.id: action for action in ACTIONS}
    assert table["generate"].keys == ("ctrl+g",)
    firsts = {key.split()[0] for action in ACTIONS for key in action.keys if " " in key}
    for action in ACTIONS:
        for other in ACTIONS:
            if action.places & other.places:
                for key in action.keys:
                    assert not any(k.startswith(f"{key} ") for k in other.keys), (key, other.id)
    assert "g" in firsts
    [problem] = Keymap({"generate": "g,alt+g"}).problems
    assert "'g g' (First) can't be typed" in problem


async def test_a_keymap_of_an_earlier_version_goes_on_working(run_app: RunApp) -> None:
    async with run_app(config="[keymap]\ngenerate = 'g,alt+g'\n") as (app, pilot):
        await filled(app, pilot)
        await pilot.press("3", "g")
        await until(lambda: isinstance(app.screen, GenerateDialog))
