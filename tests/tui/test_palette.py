"""The palette has all commands from anywhere; the list of keys has what works here."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from suno_tui.tui.actions.synonyms import SYNONYMS
from suno_tui.tui.actions.table import ACTIONS
from suno_tui.tui.dialogs.matching import abbreviates, rank
from suno_tui.tui.dialogs.picker import Entry, EntryRows, Picker, PickerInput
from tests.tui.conftest import RunApp, until
from tests.tui.screen_assertions import sees
from tests.tui.session import LEFT, Session


@pytest.mark.parametrize(
    ("typed", "name", "also", "about", "found"),
    [
        ("chth", "change theme", "", "", True),
        ("ct", "change theme", "", "", True),
        ("th ch", "change theme", "", "", True),
        ("hth", "change theme", "", "", False),
        ("vol", "louder", "volume gain", "", True),
        ("olume", "louder", "volume gain", "", False),
        ("expt", "export", "", "", True),
        ("copies", "export", "", "copies in a folder", True),
        ("zzz", "export", "", "copies in a folder", False),
    ],
)
def test_words_abbreviations_and_synonyms_match(
    typed: str, name: str, also: str, about: str, found: bool
) -> None:
    assert (rank(typed, name, also, about) is not None) is found


def test_the_better_match_is_first() -> None:
    ranks = [
        rank("play", name, also, about)
        for name, also, about in (
            ("play latest", "", ""), ("now playing", "", ""), ("open", "play", ""),
            ("replay", "", ""), ("seek", "", "while it plays"),
        )
    ]  # fmt: skip
    assert ranks == sorted(rank for rank in ranks if rank is not None)
    assert len(set(ranks)) == 5
    assert abbreviates("", [])


def test_synonyms_are_of_actions() -> None:
    ids = {action.id for action in ACTIONS}
    assert SYNONYMS.keys() <= ids
    assert all(words == words.casefold() for words in SYNONYMS.values())


def rows(picker: object) -> list[Entry]:
    assert isinstance(picker, Picker)
    return [entry for entry in picker.query_one(EntryRows).items if entry.value is not None]


async def opened(pilot: Pilot[None], *keys: str) -> Picker:
    await pilot.press(*keys)
    await until(lambda: isinstance(pilot.app.screen, Picker))
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, Picker)
    return screen


async def test_common_words_find_their_commands_from_the_library(
    run_app: RunApp,
) -> None:
    """5: library, `:`, then recipe, draft, variation, new song, chth, volume …"""
    async with run_app() as (app, pilot):
        picker = await opened(pilot, "escape", "3", ":")
        for typed, wanted in (
            ("recipe", "recipes"), ("draft", "drafts"), ("variation", "variations"),
            ("new song", "new_draft"), ("chth", "theme"), ("volume", "volume_up"),
            ("provider", "providers"), ("stems", "export"), ("midi", "export"),
            ("balance", "spent"), ("spent", "spent"), ("doctor", "doctor"), ("import", "import"),
            ("log", "messages"), ("theme", "theme"), ("again", "again"), ("latest", "play_latest"),
            ("pause queue", "pause_queue"), ("settle", "settle"), ("lyrics", "field_lyrics"),
        ):  # fmt: skip
            picker.query_one(PickerInput).value = typed
            await pilot.pause()
            assert wanted in [entry.value for entry in rows(picker)[:5]], typed
        await pilot.press("ctrl+u", *"zzzz")
        await sees(app, "No match")


@pytest.mark.parametrize("place", ["1", "2", "3", "4"])
async def test_the_list_of_keys_cuts_no_text_at_80_columns(run_app: RunApp, place: str) -> None:
    async with run_app(size=(80, 24)) as (_, pilot):
        picker = await opened(pilot, "escape", place, "?")
        entries = picker.query_one(EntryRows)
        for entry in rows(picker):
            drawn = "".join(text for text, _ in entries.draw(entry, entries.row_width))
            assert "…" not in drawn.replace(entry.text, "").replace(" …", ""), drawn


async def test_a_command_of_another_pane_goes_there_and_acts_on_its_selection(
    run_app: RunApp,
) -> None:
    async with run_app() as (app, pilot):
        await opened(pilot, "escape", "1", ":", *"favour")
        await sees(app, "In Library")
        track = app.main.library.rows.current
        assert track is not None
        await pilot.press("enter")
        await until(lambda: app.studio.library.get(track.id).favorite != track.favorite)
        assert app.main.page == "library"
        await opened(pilot, ":", *"recipes")
        await pilot.press("enter")
        await sees(app, "Recipes")
        await pilot.press("escape")
        await opened(pilot, ":", *"variations")
        await pilot.press("enter")
        await until(lambda: app.screen is not app.main)
        assert app.main.page == "compose"


async def test_the_model_is_chosen_from_anywhere(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        picker = await opened(pilot, "escape", "3", ":", *"model")
        assert rows(picker)[0].value == "field_model"
        await pilot.press("enter")
        await sees(app, "Built in, full", "Built in, plain")
        assert app.main.page == "compose"


async def test_a_command_that_is_off_says_why(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        picker = await opened(pilot, "escape", "3", ":", *"fit style")
        [entry] = [entry for entry in rows(picker) if entry.value == "fit_style"]
        assert not entry.on
        assert "The style fits." in entry.more
        await pilot.press("enter")
        await until(lambda: any("The style fits." in n.message for n in app._notifications))


async def test_the_keys_have_one_row_for_ratings_and_pages_and_an_end(run_app: RunApp) -> None:
    async with run_app((100, 30)) as (app, pilot):
        picker = await opened(pilot, "escape", "3", "?")
        rated = [entry for entry in rows(picker) if entry.keys.startswith("r 0")]
        assert [(entry.text, entry.keys) for entry in rated] == [("Rate", "r 0 – r 5")]
        listed = picker.query_one(EntryRows)
        assert listed.cursor == 1
        await pilot.press("pagedown")
        assert abs(listed.cursor - listed.size.height) <= 1
        await pilot.press("end")
        assert listed.cursor == len(listed.items) - 1
        await pilot.press("home")
        assert listed.cursor == 1
        await pilot.press(*"rate", "enter")
        await sees(app, "r …", "5 Rate 5")
        assert app.dispatcher.pending == "r"


async def test_actions_of_one_pane_are_not_among_the_keys_of_another(run_app: RunApp) -> None:
    async with run_app() as (_, pilot):
        picker = await opened(pilot, "escape", "3", "?")
        assert "recipes" not in [entry.value for entry in rows(picker)]


def test_a_command_of_the_command_line_runs_in_the_terminal_and_returns() -> None:
    with Session() as session:
        session.read_until(lambda: session.shows("Commands"), "the first screen")
        session.type(b"\x10doctor")
        session.read_until(lambda: session.shows("What works here"), "the command")
        session.type(b"\r")
        session.read_until(lambda: b"Press Enter to return" in session.output, "the end of doctor")
        assert b"suno-tui" in session.output[session.output.rindex(LEFT) :]
        before = len(session.output)
        session.type(b"\r")
        session.read_until(lambda: b"Commands" in session.output[before:], "the studio again")
        session.type(b"\x11")
        assert session.process.wait(30) == 0


@pytest.mark.parametrize("place", ["2", "3"])
async def test_the_palette_opens_from_details_too(run_app: RunApp, place: str) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", place, "i")
        await until(lambda: app.screen.is_modal)
        await pilot.press("?")
        await sees(app, "Keys that work here")
        await pilot.press("escape")
        await until(lambda: not isinstance(app.screen, Picker))
        await pilot.press(":", *"prov")
        await sees(app, "Commands", "Add, paste a key, check, choose")
        await pilot.press("escape")
        await until(lambda: app.screen is app.main)


async def test_a_short_list_shows_all_of_its_rows(run_app: RunApp) -> None:
    async with run_app((80, 40)) as (app, pilot):
        await opened(pilot, "escape", "3", "h")
        picker = app.screen.query_one(EntryRows)
        assert picker.size.height == len(picker.items) > 4
