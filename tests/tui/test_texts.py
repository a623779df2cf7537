"""Untrusted text is shown and never interpreted, in titles, lyrics and errors."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import Input

from suno_tui.providers.song import Song
from suno_tui.tui.app import StudioApp
from suno_tui.tui.screens.library.edit import EditOne
from suno_tui.tui.terminal.ascii_fallback import fitted
from suno_tui.tui.terminal.driver import ForgivingFile
from suno_tui.tui.terminal.notify import notification, window_title, wrap
from suno_tui.tui.widgets.content import cells, ending, fit, fit_named, one_line, parts
from tests.tui.conftest import RunApp, settled, until
from tests.tui.screen_assertions import sees, shown
from tests.tui.seed import NOW, add_task, add_track

# The keys that visit a text take their time, so each is made of several.
NASTY = {
    "markup": "[Chorus] [/chorus] [bold] [@click=app.quit]press[/] \\[bold]",
    "half a tag": "[@click=app.quit(",
    "codes": "\x1b[31mred\x1b[0m\x1b]0;title\x07 \x9b31mred",
    "line breaks": "one\ntwo\rthree\r\nfour",
    "letters": "🎵👩‍👩‍👧🏳️‍🌈 שיר לילה مرحبا a\u202eb\u2066c",
    "10,000 characters": "x" * 10_000,
    "10,000 marks": "a" + "\u0301" * 10_000,
}


async def visit_everything(app: StudioApp, pilot: Pilot[None]) -> None:
    """Go to every place that shows text of the selected task and track."""
    for keys in (
        ["2"], ["enter"], ["pagedown"], ["escape", "d"],
        ["n", "3"], ["i"], ["pagedown"], ["escape", "L"], ["escape", "D"],
        ["n", "enter"], ["4"], ["3", "c"],
    ):  # fmt: skip
        await pilot.press(*keys)
        picture = shown(app)
        assert "\x1b" not in picture
        assert "\x9b" not in picture
        assert app._exception is None
    await pilot.press("escape")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["small", "wide"])
async def test_text_from_outside_is_text(size: tuple[int, int], run_app: RunApp) -> None:
    async with run_app(size, tracks=False, tasks=False) as (app, pilot):
        for number, text in enumerate(NASTY.values()):
            song = Song(custom_mode=True, title=text, style=text, lyrics=text, negative_tags=text)
            facts: dict[str, Any] = {"tags": text, "notes": text, "lyrics": text}
            facts["song"] = song.to_table()
            facts["at"] = NOW - timedelta(hours=number)
            add_track(app.studio.home, text, text, id=f"nasty{number:02}", **facts)
            add_task(
                app.studio.tasks, song, status="failed", error_code=text[:200],
                error_message=text, raw_status=text[:200], task_id="t1",
                takes=(("lost", 0, None),),
            )  # fmt: skip
        held = add_task(app.studio.tasks, song, hold_code="unheard_of", hold_message=text)
        app.main.library.scan()
        await settled(pilot)
        app.news.announce("failed", [app.studio.tasks.get(held)])
        await until(lambda: len(app.main.library.rows.items) == len(NASTY))
        await pilot.press("escape")
        # The keys are the same for all texts, so every second text at each size is enough.
        for number in range(size[0] // 80, len(NASTY), 2):
            app.main.tasks.rows.move_to(number)
            app.main.library.rows.move_to(number)
            await visit_everything(app, pilot)
        await pilot.press("escape", "3", "/", *"nasty", "escape", ":", *"play")
        await pilot.pause()
        assert "\x1b" not in shown(app)
        assert app.is_running, "nothing in a text ends the program"


@pytest.mark.parametrize("text", ["[Chorus]", "[/chorus]", "[@click=app.quit]"])
async def test_brackets_are_seen_in_rows_and_details(text: str, run_app: RunApp) -> None:
    async with run_app((160, 50), tracks=False, tasks=False) as (app, pilot):
        add_track(app.studio.home, text, text, id="nasty1", lyrics=text)
        song = Song(custom_mode=True, title=text, style=text, lyrics=text)
        add_task(app.studio.tasks, song)
        app.main.library.scan()
        await settled(pilot)
        await pilot.press("escape", "3")
        await until(lambda: shown(app).count(text) >= 2)
        await pilot.press("i")
        await sees(app, text)


async def test_a_damaged_file_is_named_and_the_rest_is_shown(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        file = next(app.studio.home.library.rglob("Night-Drive-1.toml"))
        file.write_text("[/chorus] = [bold")
        app.main.library.scan()
        await settled(pilot)
        await sees(app, "1 damaged file; the others are fine. Not valid TOML")
        await sees(app, "Peaceful Piano")


def test_one_line_fits_a_text_into_a_width() -> None:
    assert one_line("a" * 10_000, 5) == "aaaa…"
    assert one_line("  a \n b\t", 9) == "a b"
    assert one_line("雨雨雨", 4) == "雨…"
    assert one_line("abc", 0) == ""
    assert fit_named("All the Little Machines", "2", 12) == "All the L… 2"
    assert fit_named("Rain", "2", 8) == "Rain 2  "
    assert fit_named("[later]", "", 5) == "[lat…"
    assert fit("ab", 4) == "ab  "
    assert fit("ab", 4, "right") == "  ab"
    assert cells(fit("雨雨雨", 4)) == 4


def test_the_end_of_a_name_begins_with_a_whole_word() -> None:
    name = "ACE-Step 1.5 turbo"
    assert [ending(name, width) for width in (18, 17, 10, 9, 4)] == [
        name, "…1.5 turbo", "…1.5 turbo", "…turbo", "…rbo",
    ]  # fmt: skip


def test_parts_wrap_a_text_into_a_width() -> None:
    assert parts("scp a:/very/long .", 9) == ["scp a:/ve", "ry/long ."]
    assert parts("one two three", 7) == ["one two", "three"]
    assert parts("雨の街 rain", 4) == ["雨の", "街", "rain"]
    assert parts("", 4) == [""]


def test_a_notification_can_not_be_broken_out_of() -> None:
    sent = notification("a\x1b\\b;c", "\x07d\x9be", "terminal", {})
    assert sent.count("\x1b") == 2
    assert sent.count("\a") == 3
    assert notification("a", "b", "bell", {}) == "\a"
    assert notification("a", "b", "off", {}) == ""
    assert window_title("a\x1b]b\x07") == "\x1b]2;a␛]b␇\a"


def test_inside_tmux_a_notification_passes_through() -> None:
    sent = notification("Song", "2 takes", "terminal", {"TMUX": "/tmp/x"})
    assert sent.startswith("\x1bPtmux;\x1b\x1b]9;Song: 2 takes\a\x1b\\")
    assert sent.endswith("\a"), "tmux hands on a bell by itself"
    assert wrap("x", {}) == "x"


@given(st.text())
def test_without_unicode_everything_keeps_its_width(text: str) -> None:
    shown = one_line(text, 200)
    assert cells(fitted(shown, "ascii")) == cells(shown)


def test_a_terminal_without_unicode_gets_what_looks_alike() -> None:
    sent = io.BytesIO()
    file = io.TextIOWrapper(sent, encoding="iso8859-1", errors="backslashreplace")
    terminal = ForgivingFile(file)
    terminal.write("╭─ Für 雨 ★★☆ ─╮ · ▁▅█\x1b[0m")
    terminal.flush()
    assert sent.getvalue().decode("iso8859-1") == "+- Für ?? **. -+ · _##\x1b[0m"


@pytest.mark.parametrize("query", ["#title", "#filter", "Input", "#search"])
async def test_a_field_of_one_line_shows_its_text_and_does_not_send_it(
    run_app: RunApp, query: str
) -> None:
    async with run_app() as (app, pilot):
        track = app.studio.library.tracks()[0]
        app.studio.library.edit(track.id, title="A\x1b]2;x\x07B")
        await pilot.press("escape", "3")
        if query == "#title":
            app.push_screen(EditOne(app.studio.library.get(track.id), []))
        elif query != "#filter":
            await app.dispatcher.run("settings" if query == "#search" else "commands")
        await pilot.pause()
        if query in ("#filter", "#search"):
            await pilot.press("/")
            await pilot.pause()
        field = app.screen.query_one(query, Input)
        assert field.has_focus
        field.value = "A\x1b]2;x\x07B"
        await pilot.pause()
        assert field.render_line(0).text.rstrip() == "A␛]2;x␇B"
        # In a list to choose from, home goes to the first entry.
        await pilot.press(*(["left"] * 6 if query == "Input" else ["home", "right", "right"]))
        at = field.cursor_screen_offset.x - field.content_region.x
        assert (field.cursor_position, at) == (2, 2)
        await pilot.click(field, offset=(7, 0))
        assert field.cursor_position == 7
        if query == "#title":
            await pilot.press("enter")
            await until(lambda: app.screen is app.main)
            assert app.studio.library.get(track.id).title == "A\x1b]2;x\x07B"
