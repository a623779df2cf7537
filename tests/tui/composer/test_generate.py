"""The generate bar and the dialog, which alone sends the song."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual import events
from textual.keys import _character_to_key

from suno_tui.common.errors import HomeError
from suno_tui.providers.song import Song
from suno_tui.studio import Studio
from suno_tui.tui.screens.composer.generate_dialog import GenerateDialog
from tests.tui.composer.host import SUMMER, Host, enter, ready, until

Open = Callable[..., Host]

SONG = Song(custom_mode=True, title="Summer Nights", style="Pop, Indie", lyrics=SUMMER)
PAID = 'provider = "hosted"\n'


def dialog_text(app: Host) -> str:
    """Return the text of the dialog."""
    return "\n".join(str(one.render()) for one in app.screen.query("#sent-text, #price"))


def note(app: Host) -> str:
    """Return the dialog's note about ignored keys."""
    return str(app.screen.query_one("#send-note").render())


def typed(char: str, at: float | None = None) -> events.Key:
    """Post a key as from a terminal, with a time of arrival."""
    event = events.Key("enter" if char == "\r" else _character_to_key(char), char)
    if at is not None:
        event.time = at
    return event


def opened(app: Host) -> GenerateDialog:
    """Return the dialog."""
    dialog = app.screen
    assert isinstance(dialog, GenerateDialog)
    return dialog


async def test_the_dialog_shows_what_is_sent_and_enter_sends(open_host: Open) -> None:
    app = open_host(PAID)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        pane.set_balance(976)
        assert pane.generate_bar.shown == "Generate 2 takes · 24 cr · $0.12 · balance 976 → 952"
        pane.form.field("lyrics").focus()
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, GenerateDialog))
        await until(pilot, lambda: "24 cr" in dialog_text(app))
        shown = dialog_text(app)
        for part in ("Summer Nights", "custom · Suno V5.5", "Pop, Indie", "V·C", "976 → 952"):
            assert part in shown
        await pilot.press("3")
        await until(pilot, lambda: "72 cr · $0.36 · balance 976 → 904" in dialog_text(app))
        await pilot.pause(0.06)
        await pilot.press("enter")
        await until(pilot, lambda: app.queued)
        assert [task.song for task in app.studio.tasks.all()] == [SONG] * 3
        assert len(app.queued[0]) == 3
        assert pane.song == SONG


async def test_escape_sends_nothing(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        pane.generate_bar.focus()
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, GenerateDialog))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, GenerateDialog))
        assert app.studio.tasks.all() == []


PASTED = "go we had 9 lives and we tossed them at the sun, 7 of them, so quiet " * 7 + "\r"


@pytest.mark.parametrize("config", ["", PAID])
async def test_a_paste_that_comes_as_keys_sends_nothing(open_host: Open, config: str) -> None:
    app = open_host(config)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        pane.generate_bar.focus()
        await pilot.pause()
        for char in PASTED:
            app.post_message(typed(char))
        await until(pilot, lambda: app.key_queue.is_empty)
        await pilot.pause(0.1)
        assert app.studio.tasks.all() == []
        assert not isinstance(app.screen, GenerateDialog), "no letter leads to it"


@pytest.mark.parametrize("chunk", [1, 16, 200])
async def test_a_paste_into_the_dialog_sends_nothing(open_host: Open, chunk: int) -> None:
    app = open_host(PAID)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        pane.action_generate()
        await until(pilot, lambda: isinstance(app.screen, GenerateDialog))
        dialog = opened(app)
        at = 1000.0
        for index, char in enumerate("9 lives\r9\r and 8\r5\r" * 3 + "\r"):
            at += 0.3 if index % chunk == 0 else 0.0
            app.post_message(typed(char, at))
        await until(pilot, lambda: app.paste_guard._last == at)
        await pilot.pause(0.1)
        assert app.screen is dialog
        assert "looks like a paste" in note(app)
        assert app.studio.tasks.all() == []
        assert dialog.count == 1
        app.post_message(typed("2", at + 1.1))
        app.post_message(typed("\r", at + 1.2))
        await until(pilot, lambda: app.queued)
        assert len(app.studio.tasks.all()) == 2


async def test_enter_as_the_first_key_of_a_paste_sends_nothing(open_host: Open) -> None:
    app = open_host(PAID)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        pane.action_generate()
        await until(pilot, lambda: isinstance(app.screen, GenerateDialog))
        for char in "\rla la":
            app.post_message(typed(char, 1000.0))
        await until(pilot, lambda: "looks like a paste" in note(app))
        await pilot.pause(0.1)
        assert app.studio.tasks.all() == []


@pytest.mark.parametrize("keys", ["\r", "2\r", "21\r", "x\r"])
async def test_keys_typed_by_hand_are_never_refused(open_host: Open, keys: str) -> None:
    app = open_host(PAID)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        at = 1000.0
        for key in (events.Key("ctrl+g", None), *map(typed, keys)):
            key.time = at = at + 0.06
            app.post_message(key)
        await until(pilot, lambda: app.queued)
        assert len(app.studio.tasks.all()) == (2 if keys == "2\r" else 1)


async def test_free_songs_need_no_paste_guard(open_host: Open) -> None:
    app = open_host()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        for key in (events.Key("ctrl+g", None), *map(typed, "3\r")):
            key.time = 1000.0
            app.post_message(key)
        await until(pilot, lambda: app.queued)
        assert len(app.studio.tasks.all()) == 3


async def test_a_pasted_enter_on_the_bar_buys_nothing(open_host: Open) -> None:
    app = open_host(PAID + "[screen]\nask_before_generate = false\n")
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        pane.form.field("lyrics").focus()
        await pilot.pause()
        for key in (events.Key("tab", "\t"), typed("\r")):
            key.time = 1000.0
            app.post_message(key)
        await until(pilot, lambda: app.focused is pane.generate_bar)
        await pilot.pause(0.1)
        assert app.studio.tasks.all() == []
        await pilot.press("enter")
        await until(pilot, lambda: app.queued)


@pytest.mark.parametrize("size", [(50, 12), (60, 16), (80, 24)])
async def test_the_price_is_always_visible(open_host: Open, size: tuple[int, int]) -> None:
    app = open_host(PAID)
    async with app.run_test(size=size) as pilot:
        pane = await ready(pilot)
        pane.load(Song(prompt="a long story about the sea " * 15))
        pane.set_balance(976)
        pane.action_generate()
        await until(pilot, lambda: isinstance(app.screen, GenerateDialog))
        dialog = app.screen
        assert isinstance(dialog, GenerateDialog)
        await until(pilot, dialog._is_price_visible)
        keys = dialog.find_widget(dialog.query_one("#send-keys"))
        assert keys.visible_region == keys.region
        assert dialog_text(app).count("a long story about") == 15
        await pilot.press("pagedown")
        sent = dialog.query_one("#sent")
        await until(pilot, lambda: sent.scroll_y > 0 or not sent.max_scroll_y)


async def test_nothing_is_sent_while_the_price_is_not_visible(open_host: Open) -> None:
    app = open_host(PAID)
    async with app.run_test(size=(50, 3)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        pane.action_generate()
        await until(pilot, lambda: isinstance(app.screen, GenerateDialog))
        await pilot.pause()
        dialog = opened(app)
        await pilot.press("enter")
        await until(pilot, lambda: list(app._notifications))
        assert "too small to show the price" in next(iter(app._notifications)).message
        assert app.screen is dialog
        assert app.studio.tasks.all() == []


async def test_without_the_question_the_key_sends_at_once(open_host: Open) -> None:
    app = open_host("[screen]\nask_before_generate = false\n")
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        pane.form.field("title").focus()
        await pilot.press("ctrl+g")
        await until(pilot, lambda: app.queued)
        assert len(app.studio.tasks.all()) == 1


async def test_a_failure_is_reported_and_nothing_typed_is_lost(
    open_host: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise HomeError("/x: No space left on device. Free some space [now].")

    app = open_host("[screen]\nask_before_generate = false\n")
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        monkeypatch.setattr(Studio, "generate", fail)
        pane.action_generate()
        await pilot.pause()
        (note,) = list(app._notifications)
        assert "Free some space [now]" in note.message
        assert pane.song == SONG
        assert app.queued == []


async def test_an_own_limit_is_named_on_the_bar_and_nothing_is_sent(open_host: Open) -> None:
    app = open_host(PAID + "[spend]\nday = 10\n[screen]\nask_before_generate = false\n")
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        await pilot.pause()
        assert "Over your limit: [spend] day = 10. This needs 24 credits" in pane.generate_bar.shown
        pane.action_generate()
        await pilot.pause()
        assert app.studio.tasks.all() == []


@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
async def test_an_own_limit_has_room_in_a_small_window(
    size: tuple[int, int], open_host: Open
) -> None:
    app = open_host(PAID + "[spend]\nsession = 10\n")
    async with app.run_test(size=size) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        await pilot.pause()
        assert pane.generate_bar.size.height == 1
        assert pane.generate_bar.render().plain[2:] == "Over your limit: [spend] session = 10"


async def test_a_low_balance_is_shown_before_sending(open_host: Open) -> None:
    app = open_host(PAID)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        assert pane.generate_bar.shown == "Generate 2 takes · 24 cr · $0.12"
        pane.set_balance(10)
        assert "balance 10: it waits until you top up" in pane.generate_bar.shown


async def test_a_key_sent_unencrypted_is_warned_of_beside_the_price(open_host: Open) -> None:
    app = open_host(PAID + '[providers.hosted]\nbase_url = "http://203.0.113.5"\n')
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await ready(pilot)
        pane.load(SONG)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, GenerateDialog))
        said = "The API key is sent to 203.0.113.5 over plain http"
        await until(pilot, lambda: said in dialog_text(app))
        await until(pilot, lambda: opened(app)._is_price_visible())


async def test_what_is_typed_after_sending_is_no_part_of_the_song(open_host: Open) -> None:
    app = open_host()
    async with app.run_test() as pilot:
        pane = await ready(pilot)
        await enter(pilot, pane, prompt="rain on a tin roof")
        assert pane.form.typing
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, GenerateDialog))
        await pilot.press("enter")
        await until(pilot, lambda: app.studio.tasks.live() and not pane.form.typing)
        await pilot.press("3")
        assert pane.song.prompt == "rain on a tin roof"
