"""The table of actions: complete, reachable from any terminal, safe to change by users."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from textual import events
from textual._xterm_parser import XTermParser
from textual.keys import Keys, _character_to_key

from suno_tui.config.config_file import change_setting
from suno_tui.providers.song import Song
from suno_tui.tui.actions.footer import Footer
from suno_tui.tui.actions.key_names import is_chord, key_name, without_alt
from suno_tui.tui.actions.keymap import Keymap
from suno_tui.tui.actions.table import ACTIONS, RENAMED
from suno_tui.tui.app import StudioApp
from suno_tui.tui.screens.composer.proposal_dialog import ProposalDialog
from suno_tui.tui.screens.composer.song_picker import SongPicker
from suno_tui.tui.screens.library.playlists import PlaylistDialog, PlaylistsDialog
from suno_tui.tui.screens.library.trash import TrashDialog
from suno_tui.tui.screens.providers.dialog import ProvidersDialog
from suno_tui.tui.screens.settings.dialog import apply_settings
from suno_tui.tui.terminal.driver import TerminalDriver
from suno_tui.tui.widgets.text_field import TextField
from suno_tui.writer.proposal import Proposal
from tests.tui.conftest import RunApp, until
from tests.tui.screen_assertions import sees

LEGACY = {
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "enter": "\r",
    "escape": "\x1b",
    "space": " ",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "shift+right": "\x1b[1;2C",
    "shift+left": "\x1b[1;2D",
    "shift+up": "\x1b[1;2A",
    "shift+down": "\x1b[1;2B",
    "home": "\x1b[1~",
    "end": "\x1b[4~",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "f1": "\x1bOP",
}
"""The bytes of keys from a VT220, its descendants, and tmux."""


def legacy(key: str) -> str:
    """Return the bytes of a key from a terminal without newer protocols."""
    if key in LEGACY:
        return LEGACY[key]
    if key.startswith("ctrl+"):
        return chr(ord(key[5]) - 96)
    if key.startswith("alt+"):
        return "\x1b" + key[4:]
    assert len(key) == 1, key
    return key


def read(data: str, monkeypatch: pytest.MonkeyPatch) -> list[events.Key]:
    """Return the key events that our driver makes of bytes that arrive at once."""
    clock = 0.0
    monkeypatch.setattr("textual._parser.get_time", lambda: clock)
    parser = XTermParser()
    driver = TerminalDriver.__new__(TerminalDriver)
    found = list(driver._messages(parser, data))
    clock = 10.0
    found += parser.tick()
    return [event for event in found if isinstance(event, events.Key)]


def every_key() -> Iterator[str]:
    for action in ACTIONS:
        for sequence in action.keys:
            yield from sequence.split()


@pytest.mark.parametrize("key", sorted(set(every_key())))
def test_every_default_key_reaches_us_from_a_legacy_terminal(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [key_name(event) for event in read(legacy(key), monkeypatch)]
    assert found == [key]


def test_fast_alt_keys_stay_separate(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [key_name(event) for event in read("\x1bg\x1bN\x1b3", monkeypatch)]
    assert found == ["alt+g", "alt+shift+n", "alt+3"]
    keys = read("\x1bg\x1bN\x1b3\x1b.\x1b ", monkeypatch)
    assert [without_alt(key) for key in keys] == ["g", "N", "3", ".", "space"]


def test_text_that_comes_with_an_alt_key_in_one_piece_is_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [
        key_name(event) for event in read("hi\x1bcA [\x1b[A\x1bOP\x1bg\x1b[?2026;2$y", monkeypatch)
    ]
    assert found == [*"hi", "alt+c", "A", "space", "[", "up", "f1", "alt+g"]


def test_no_key_belongs_to_a_multiplexer_or_is_typed_by_a_paste() -> None:
    chords = {key for key in every_key() if is_chord(key)}
    assert not chords & {"ctrl+b", "ctrl+a", "ctrl+space", "ctrl+j", "ctrl+k", "ctrl+s"}
    generate = next(action for action in ACTIONS if action.id == "generate")
    assert "enter" not in generate.keys


def test_ids_are_unique_and_no_two_defaults_clash() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    for action in ACTIONS:
        for other in ACTIONS:
            if action.id < other.id and action.places & other.places:
                assert not set(action.keys) & set(other.keys), (action.id, other.id)


def test_letters_act_outside_text_only() -> None:
    assert not is_chord("g")
    assert not is_chord("f")
    assert is_chord("f1")
    assert is_chord("alt+g")
    assert is_chord("ctrl+g")


def test_an_unknown_id_is_reported_with_the_nearest_name() -> None:
    keymap = Keymap({"genrate": "x"})
    assert keymap.problems == ["[keymap] there is no action 'genrate'. Did you mean 'generate'?"]


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_an_id_of_an_earlier_version_works_and_is_reported(old: str, new: str) -> None:
    keymap = Keymap({old: "alt+shift+y"})
    assert keymap.actions[new].keys == ("alt+shift+y",)
    [problem] = keymap.problems
    assert repr(old) in problem
    assert repr(new) in problem


@pytest.mark.parametrize("order", [("go_tasks", "go_queue"), ("go_queue", "go_tasks")])
def test_the_new_id_wins_over_the_old_one(order: tuple[str, str]) -> None:
    keymap = Keymap({name: "~" if name == "go_queue" else "Y" for name in order})
    assert keymap.actions["go_queue"].keys == ("~",)
    [problem] = keymap.problems
    assert "remove 'go_tasks'" in problem


def test_a_clash_is_reported_and_names_the_other_action() -> None:
    [problem] = Keymap({"zoom": "q"}).problems
    assert "'q'" in problem
    assert "quit_view" in problem
    assert not Keymap({"zoom": "q", "quit_view": "f9"}).problems


def test_keys_may_be_shared_by_places_that_never_meet() -> None:
    assert not Keymap({"retry": "f"}).problems, "favourites are in the library, tasks are not"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("ctrl+m", "write 'enter'"),
        ("ctrl+?", "write 'backspace'"),
        ("ctrl+question_mark", "write 'backspace'"),
        ("ctrl+h", "write 'backspace'"),
        ("ctrl+ä", "no terminal sends 'ctrl+ä'"),
        ("ctrl+alt+ß", "no terminal sends"),
        ("shift+r", "write R"),
        ("g g g", "at most two keys"),
        ("x,foo+bar", "there is no key 'foo+bar'"),
        ("ctrl+pagedwn", "did you mean 'pagedown'?"),
    ],
)
def test_an_impossible_key_is_reported_and_the_default_stays(keys: str, said: str) -> None:
    keymap = Keymap({"zoom": keys})
    assert [said in problem for problem in keymap.problems] == [True]
    assert keymap.key("zoom") == "z"


@pytest.mark.parametrize("keys", ["+", "alt++", "alt+shift+z", "f5", "shift+tab", "x Y", "ctrl+]"])
def test_a_key_that_terminals_send_is_accepted(keys: str) -> None:
    assert Keymap({"zoom": keys}).actions["zoom"].keys == (keys,)


@pytest.mark.parametrize("key", [key.value for key in Keys if key.value.isalnum()])
def test_every_key_name_of_textual_is_known(key: str) -> None:
    assert Keymap({"zoom": key}).actions["zoom"].keys == (key,) or key == "return"


@pytest.mark.parametrize("code", [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)])
def test_a_sign_with_ctrl_or_alt_is_known_by_the_name_that_textual_gives_it(code: int) -> None:
    for modifier in ("ctrl", "alt"):
        key = f"{modifier}+{_character_to_key(chr(code))}"
        if key not in ("ctrl+i", "ctrl+m", "ctrl+h", "ctrl+question_mark") and (
            modifier == "alt" or key.isascii()
        ):
            assert Keymap({"zoom": key}).actions["zoom"].keys == (key,)


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("ctrl+]", "\x1d"),
        ("ctrl+right_square_bracket", "\x1d"),
        ("ctrl+\\", "\x1c"),
        ("ctrl+^", "\x1e"),
        ("ctrl+_", "\x1f"),
        ("ctrl+@", "\x00"),
        ("ctrl+=", "\x1b[61;5u"),
        ("ctrl++", "\x1b[43;5u"),
    ],
)
def test_a_sign_with_ctrl_is_found_as_it_comes(
    key: str, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [event] = read(sent, monkeypatch)
    keymap = Keymap({"zoom": key})
    assert [action.id for action in keymap.at(key_name(event))] == ["zoom"]
    assert keymap.key("zoom") == key


def test_every_default_key_can_be_typed() -> None:
    for action in ACTIONS:
        for key in action.keys:
            if key != ",":  # it separates keys
                assert Keymap({action.id: key}).actions[action.id].keys == (key,)


def test_the_chord_of_a_letter_is_escape_and_the_letter() -> None:
    assert Keymap({"generate": "X"}).chord("generate") == "esc X"


def test_an_empty_key_keeps_the_default() -> None:
    keymap = Keymap({"zoom": " "})
    assert keymap.key("zoom") == "z"
    assert keymap.problems


async def test_a_changed_key_works_and_the_old_one_no_longer(run_app: RunApp) -> None:
    async with run_app(config='[keymap]\ngo_queue = "x,alt+x"\n') as (app, pilot):
        await pilot.press("escape", "x")
        assert app.main.page == "tasks"
        await pilot.press("3", "2")
        assert app.main.page == "library"


async def test_mistakes_in_the_keymap_are_reported_at_the_start(run_app: RunApp) -> None:
    async with run_app(config='[keymap]\ngenrate = "x"\n') as (app, pilot):
        await pilot.pause()
        told = [note.message for note in app._notifications]
        assert any("Did you mean 'generate'" in text for text in told)


async def test_if_keys_clash_the_key_that_works_is_shown(run_app: RunApp) -> None:
    async with run_app(config='[keymap]\nplay = "ctrl+g"\n') as (app, pilot):
        await pilot.press("escape", "3")
        await pilot.pause()
        keys = app.main.query_one("#keys", Footer).render().plain
        assert "ctrl+g Generate" in keys
        assert "ctrl+g Play" not in keys


async def _no_words(_: object) -> Proposal:
    return Proposal(())


async def test_every_action_is_offered_somewhere(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape")
        offered: set[str] = set()
        for place in ("compose", "tasks", "library", "player"):
            app.main.go(place)
            await pilot.pause()
            app.main.set_focus(None)
            offered |= offers(app)
            app.main.go(place)
            await pilot.pause()
            offered |= offers(app)
        app.main.go("library")
        library = app.studio.library
        library.playlists.create("Late")
        dialogs = (
            TrashDialog(library), PlaylistsDialog(library), PlaylistDialog(library, "Late"),
            ProvidersDialog(app.studio, lambda _name: None),
            ProposalDialog("Rhyme", "127.0.0.1", _no_words, lambda _: None),
        )  # fmt: skip
        for dialog in dialogs:
            await app.push_screen(dialog)
            offered |= offers(app)
            app.pop_screen()
    assert {action.id for action in ACTIONS} - offered == set()


def offers(app: StudioApp) -> set[str]:
    return {offer.action.id for offer in app.dispatcher.offers()}


async def test_the_welcome_knows_remapped_keys(run_app: RunApp) -> None:
    keys = '[keymap]\nhelp = "f2"\n'
    async with run_app(config=keys, tracks=False, tasks=False) as (app, _):
        await sees(app, "f2: help.")


def stands(field: TextField, text: str) -> bool:
    return field.text == text


async def test_the_help_lists_and_runs_the_actions_of_fields(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        app.main.composer.load(Song(custom_mode=True, style="Pop, Indie", lyrics="[Verse]\nla\n"))
        await pilot.press("f1", *"in f")
        await sees(
            app, "[ Section tag", "ctrl+↑ Section before", "ctrl+↓ Section after",
            "alt+← Descriptor to the left", "alt+→ Descriptor to the right",
            "ctrl+w Drop the descriptor",
        )  # fmt: skip
        await pilot.press("escape")
        form = app.main.composer.form
        for words, field, now in (
            ("tag", "lyrics", "[Verse]\nla\n["),
            ("left", "style", "Indie, Pop"),
        ):
            await pilot.press("f1", *words, "enter")
            await until(partial(stands, form.text(field), now))
            assert app.focused is form.text(field)
            assert app.screen is app.main
        await pilot.press("escape", "M", "?", *"descr")
        await sees(app, "No match")


async def test_texts_of_dialogs_name_the_users_keys(run_app: RunApp) -> None:
    config = '[keymap]\nundo = "f5"\nto_playlist = "f6"\n'
    async with run_app(config=config) as (app, _):
        await app.push_screen(PlaylistsDialog(app.studio.library))
        await sees(app, "None yet: f6 puts a track into a new one.")
        app.studio.drafts.save("one", Song(prompt="one"))
        picker = SongPicker("Drafts", app.studio.drafts, empty="", current=None)
        await app.push_screen(picker)
        await until(lambda: picker.rows.items)
        picker.action_remove_item()
        await sees(app, "f5 brings it back")


async def test_a_changed_key_is_shown_everywhere_at_once(run_app: RunApp) -> None:
    async with run_app(tasks=False) as (app, pilot):
        app.main.composer.load(Song(prompt="rain"))
        apply_settings(app, change_setting(app.studio.home, ("keymap", "go_library"), "f8"))
        apply_settings(app, change_setting(app.studio.home, ("keymap", "mode"), "f9"))
        await pilot.pause()
        await sees(app, "[f8] Library")
        await pilot.press("1")
        await sees(app, "f9: own lyrics")
        await pilot.press("f8", "z")
        await sees(app, "f8 Library")
