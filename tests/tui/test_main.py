"""The main screen: panes, pages, fields and Esc, chords, small terminals."""

from __future__ import annotations

from datetime import timedelta

import pytest
from textual.widgets import Input, TextArea
from textual.widgets._toast import Toast

from suno_tui.tui.actions.footer import Footer
from suno_tui.tui.actions.key_names import is_chord
from suno_tui.tui.dialogs.picker import Picker
from suno_tui.tui.screens.composer.pane import ComposePane
from suno_tui.tui.screens.header import Header
from suno_tui.tui.screens.place_actions import PlaceActions
from tests.tui.conftest import OpenApp, RunApp, idle, settled, until
from tests.tui.screen_assertions import sees, shown
from tests.tui.seed import NOW

PANES = ("#compose-place", "#tasks-pane", "#library-pane", "#player-pane")


async def test_three_panes_side_by_side(run_app: RunApp) -> None:
    async with run_app((100, 30)) as (app, _):
        assert [app.main.query_one(pane).display for pane in PANES] == [True, True, True, False]
        assert "suno-tui" in shown(app).splitlines()[0]


@pytest.mark.parametrize("size", [(99, 40), (120, 29), (80, 24), (60, 16)])
async def test_panes_are_pages_on_a_small_screen(size: tuple[int, int], run_app: RunApp) -> None:
    async with run_app(size) as (app, pilot):
        await pilot.press("escape")
        for key, pane in zip("1234", PANES, strict=True):
            await pilot.press("escape", key)
            await pilot.pause()
            assert [p for p in PANES if app.main.query_one(p).region] == [pane]
            assert app.main.query_one(pane).region.width == size[0]
        assert "1 Compose" in shown(app).splitlines()[0]


@pytest.mark.parametrize("size", [(59, 30), (100, 15), (30, 10), (12, 5)])
async def test_a_tiny_screen_shows_only_the_queue(size: tuple[int, int], run_app: RunApp) -> None:
    async with run_app(size) as (app, pilot):
        assert "too small" in " ".join(shown(app).split())
        assert app.main.tasks.region
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert "too small" not in shown(app)
        assert app.main.library.region


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_growing_the_window_restores_place_and_focus(
    size: tuple[int, int], run_app: RunApp
) -> None:
    async with run_app(size) as (app, pilot):
        for key in "13":
            await pilot.press("escape", key)
            page, focused = app.main.page, app.focused
            for small in ((50, 12), (40, 10), size):
                await pilot.resize_terminal(*small)
                await pilot.pause()
            await until(lambda: app.main.page == page)  # noqa: B023
            await until(lambda: app.focused is focused)  # noqa: B023


async def test_a_toast_covers_only_a_border(open_app: OpenApp) -> None:
    app = open_app()

    def seen() -> list[tuple[int, int]]:
        toasts = [toast.region for toast in app.screen.query(Toast) if toast.region]
        return [(toast.y, toast.height) for toast in toasts]

    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        app.notify_briefly("These go with the next ones")
        await until(lambda: seen() == [(21, 1)])
        app.notify_briefly("A few words in passing, as there are many of them")
        await until(lambda: "there are many" in shown(app))
        assert seen() == [(21, 1)]
        assert app.main.composer.region.bottom == 22
        app.notify("One line.\nAnother.", title="Title", markup=False)
        await until(lambda: seen() == [(18, 1), (19, 3)])
        await pilot.press("escape", "question_mark")
        await until(lambda: seen() == [(18, 1), (19, 3)])


async def test_esc_closes_notices_if_it_has_nothing_else_to_do(open_app: OpenApp) -> None:
    app = open_app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        app.notify("It could not be written.", severity="error", markup=False, timeout=60)
        app.notify_briefly("And a few words")
        await until(lambda: "could not be written" in shown(app) and "a few words" in shown(app))
        await pilot.press("escape")
        await settled(pilot)
        assert "could not be written" in shown(app), "this one has left the field"
        await pilot.press("escape")
        await until(lambda: "could not be written" not in shown(app))
        assert "a few words" not in shown(app)
        assert not app.screen.query(Toast)


async def test_letters_are_text_in_a_field_and_act_outside(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        field = app.focused
        assert isinstance(field, TextArea | Input), "who opens the studio can write at once"
        await pilot.press("q", "2", "g", "?")
        assert app.main.page == "compose"
        assert app.main.query_one(ComposePane).song.prompt == "q2g?"
        await pilot.press("escape", "2")
        assert app.main.page == "tasks"
        await pilot.press("1")
        assert app.focused is field, "one comes back to the field that one left"


async def test_alt_letters_act_in_a_field_and_type_nothing(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("a", "alt+x")
        assert app.main.query_one(ComposePane).song.prompt == "a"
        await pilot.press("alt+3")
        assert app.main.page == "library"
        await pilot.press("alt+2")
        assert app.main.page == "tasks"
        await pilot.press("alt+1")
        assert app.main.page == "compose"
        assert app.main.query_one(ComposePane).song.prompt == "a"
        await pilot.press("i", "alt+shift+r")
        assert app.screen.is_modal, "Esc and R, typed fast"


async def test_outside_text_an_alt_letter_is_the_letter(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "2", "alt+j")
        assert app.main.tasks.rows.cursor == 1
        await pilot.press("alt+shift+g")
        assert app.main.tasks.rows.cursor == len(app.main.tasks.rows.items) - 1


async def test_g_twice_is_the_first_row_and_once_is_nothing(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "G")
        assert app.main.library.rows.cursor == 15
        await pilot.press("g", "g")
        assert app.main.library.rows.cursor == 0
        assert app.main.page == "library"
        await pilot.press("g")
        await pilot.pause(0.6)
        assert app.dispatcher.pending == "g", "nothing happens because of a time-out"
        assert app.main.page == "library"
        assert app.screen is app.main


async def test_a_pending_key_shows_its_continuations_and_esc_ends_it(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "r")
        await pilot.pause()
        assert "5 Rate 5" in shown(app).splitlines()[-1]
        await pilot.press("escape")
        await pilot.pause()
        assert "5 Rate 5" not in shown(app).splitlines()[-1]
        assert app.dispatcher.pending == ""


async def test_esc_leaves_the_field_and_tab_goes_through_the_form(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        field = app.focused
        await pilot.press("escape")
        assert not app.dispatcher.in_text()
        await pilot.press("1")
        assert app.focused is field
        await pilot.press("tab")
        assert app.focused is not field
        await pilot.press("shift+tab")
        assert app.focused is field


async def test_ages_are_updated(run_app: RunApp) -> None:
    async with run_app() as (app, _):
        await sees(app, "18 min")
        app.now = lambda: NOW + timedelta(minutes=5)
        app.refresh_ages()
        await sees(app, "23 min")


async def test_zoom_and_back(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "z")
        await pilot.pause()
        assert app.main.library.region.width == 120
        assert not app.main.tasks.display
        await pilot.press("escape")
        await pilot.pause()
        assert app.main.tasks.region
        assert app.main.page == "library"


@pytest.mark.parametrize(("size", "place"), [((120, 40), "4"), ((80, 24), "3")])
async def test_a_pane_that_is_alone_is_not_zoomed(
    size: tuple[int, int], place: str, run_app: RunApp
) -> None:
    async with run_app(size) as (app, pilot):
        await pilot.press("escape", place)
        await pilot.pause()
        page = app.main.page
        offer = app.dispatcher.offer(app.keymap.actions["zoom"])
        assert offer is not None
        assert offer.why_not == "Zoomed already."
        await pilot.press("z")
        assert (app.main.page, app.main.zoomed) == (page, False)


async def test_the_footer_follows_the_place(run_app: RunApp) -> None:
    async with run_app((160, 50)) as (app, pilot):
        line = app.main.query_one(Footer)
        assert "ctrl+g Generate" in line.render().plain, "in a field: keys that work there"
        await pilot.press("escape", "3")
        await pilot.pause()
        text = line.render().plain
        assert "g Generate" in text
        assert "f Favourite" in text
        assert "p Pause queue" not in text
        await pilot.press("2")
        await pilot.pause()
        assert "p Pause queue" in line.render().plain


async def test_help_lists_what_works_here_finds_and_runs_it(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "?")
        await pilot.pause()
        assert isinstance(app.screen, Picker)
        assert "Favourite" in shown(app)
        assert "Pause queue" not in shown(app)
        await pilot.press(*"newest sort", "enter")
        await pilot.pause()
        assert isinstance(app.screen, Picker), "nothing is called so: nothing is run"
        await pilot.press("escape", "?", *"zoom", "enter")
        await pilot.pause()
        assert app.main.zoomed


async def test_the_commands_find_a_track_by_its_title(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("ctrl+p", *"night dri", "down", "enter")
        await pilot.pause()
        await idle(app)
        assert app.playback.session.track is not None
        assert app.playback.session.track.title == "Night Drive"


async def test_letters_do_nothing_behind_a_dialog(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "2", "enter")
        dialog = app.screen
        assert dialog.is_modal
        await pilot.press("1", "3", "space", "z")
        assert app.screen is dialog
        assert app.main.page == "tasks"
        await pilot.press("q")
        await pilot.pause()
        assert app.screen is app.main
        assert app.is_running, "q closes the dialog, not the program"


async def test_esc_leaves_the_field_and_then_the_zoom(run_app: RunApp) -> None:
    async with run_app((120, 40)) as (app, pilot):
        await pilot.press("escape", "z")
        await until(lambda: app.main.zoomed)
        await pilot.press("i", "escape")
        await until(lambda: not app.dispatcher.in_text())
        assert app.main.zoomed
        await pilot.press("escape")
        await until(lambda: not app.main.zoomed)


async def test_a_dialog_hides_the_keys_that_do_nothing_in_it(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        line = app.main.query_one("#keys", Footer)
        await until(lambda: "Generate" in str(line.render()))
        await pilot.press("ctrl+o")
        await until(lambda: str(line.render()).strip() == "")
        await pilot.press("escape")
        await until(lambda: "Generate" in str(line.render()))


async def test_tabs_that_are_not_shown_can_not_be_clicked(run_app: RunApp) -> None:
    async with run_app((80, 24)) as (app, pilot):
        await pilot.press("escape", "1")
        await pilot.resize_terminal(120, 40)
        await until(lambda: app.main.query_one(Header).page is None)
        await pilot.click("#header", offset=(48, 0))
        await pilot.pause()
        assert app.main.page == "compose"


async def test_a_notice_replaced_under_a_dialog_leaves_no_gap(
    open_app: OpenApp,
) -> None:
    app = open_app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        app.notify_briefly("one")
        await until(lambda: app.main.query(Toast))
        await pilot.press("f1")
        app.notify_briefly("two")
        await pilot.pause()
        await pilot.press("escape")
        app.notify_briefly("three")
        await until(lambda: "three" in shown(app))
        assert len(app.main.query(Toast)) == 1
        assert len(app.main.query("ToastHolder")) == 1


async def test_chords_do_nothing_behind_a_dialog(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "2", "enter")
        dialog = app.screen
        assert dialog.is_modal
        offered = {
            action.id
            for action in app.keymap.actions.values()
            if any(is_chord(key) for key in action.keys)
            and (found := app.dispatcher.offer(action)) is not None
            and app.dispatcher.is_apps(found)
        }
        assert offered == {"quit_now", "repaint"}
        # The letters of places do something else in this dialog.
        parts = [app, *(p for p in app.dispatcher.controllers if not isinstance(p, PlaceActions))]
        at_app = [
            key
            for action in app.keymap.actions.values()
            # The lists of keys and commands open from a dialog, too.
            if action.id not in offered | {"help", "commands"}
            and any(hasattr(part, action.handler) for part in parts)
            for key in action.keys
            if is_chord(key)
        ]
        assert at_app
        for key in at_app:
            await pilot.press(key)
            assert app.screen is dialog, key
            assert app.playback.session.track is None
        assert app.main.page == "tasks"


async def test_a_chord_ends_a_pending_sequence(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "G")
        rows = app.main.library.rows
        last = rows.cursor
        assert last > 0
        await pilot.press("y")
        assert app.dispatcher.pending == "y"
        await pilot.press("ctrl+l")
        assert app.dispatcher.pending == ""
        await pilot.press("g")
        assert app.dispatcher.pending == "g"
        await pilot.press("ctrl+r" if app.keymap.at("ctrl+r") else "ctrl+l")
        assert app.dispatcher.pending == ""
        await pilot.press("g")
        assert rows.cursor == last
