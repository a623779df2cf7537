"""A small application around the composer: the real keys, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen

from suno_tui.studio import Studio
from suno_tui.tui.actions.dispatcher import Dispatcher
from suno_tui.tui.actions.footer import Footer
from suno_tui.tui.actions.keymap import Keymap
from suno_tui.tui.context import Context
from suno_tui.tui.screens.composer.pane import ComposePane
from suno_tui.tui.startup.key_queue import KeyQueue
from suno_tui.tui.terminal.paste_guard import PasteGuard
from suno_tui.tui.themes import builtin

SUMMER = """\
[Verse]
Walking down the empty street
City lights beneath my feet
Every star is shining bright
Lost inside the summer night

[Chorus]
Summer nights, we come alive
Dancing under neon skies"""


class Frame(Screen[None]):
    """The pane and the footer."""

    AUTO_FOCUS = None

    def __init__(self, studio: Studio, dispatcher: Dispatcher) -> None:
        super().__init__()
        self.studio = studio
        self.dispatcher = dispatcher

    def compose(self) -> ComposeResult:
        yield ComposePane(self.studio)
        yield Footer(self.dispatcher, id="keys")

    async def on_mount(self) -> None:
        await self.query_one(ComposePane).complete()

    page = "compose"

    def why_not(self, id: str) -> str | None:
        return None

    def label(self, id: str) -> str | None:
        return None

    def action_clear(self) -> None:
        self.set_focus(None)

    def update_keys(self) -> None:
        self.query_one(Footer).update_keys()

    def action_next_field(self) -> None:
        self.focus_next()

    def action_previous_field(self) -> None:
        self.focus_previous()


class Host(Context):
    """The composer at a size of its own; `width` is that of the pane, None for the whole screen."""

    CSS = "ComposePane { height: 1fr; }"

    def __init__(self, studio: Studio, width: int | None = None) -> None:
        super().__init__()
        self.studio = studio
        self.now = lambda: datetime.now(UTC)
        self.pane_width = width
        self.keymap = Keymap()
        self.dispatcher = Dispatcher(self, self.keymap, ())
        self.key_queue = KeyQueue(self)
        self.paste_guard = PasteGuard()
        self.queued: list[Any] = []
        self.register_theme(builtin.DARK)
        self.theme = builtin.DEFAULT

    async def on_mount(self) -> None:
        frame = Frame(self.studio, self.dispatcher)
        self.navigation = frame  # type: ignore[assignment]  # as much of it as the composer asks
        await self.push_screen(frame)
        if self.pane_width:
            frame.query_one(ComposePane).styles.width = self.pane_width

    @property
    def pane(self) -> ComposePane:
        return self.screen_stack[1].query_one(ComposePane)

    async def on_event(self, event: events.Event) -> None:
        if self.key_queue.holds(event):
            return
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        if isinstance(event, events.Key):
            self.paste_guard.record(event.time)
        try:
            if not (isinstance(event, events.Key) and await self.dispatcher.chord(event)):
                await super().on_event(event)
        finally:
            self.key_queue.settle()

    async def on_key(self, event: events.Key) -> None:
        binding = self.screen.active_bindings.get(event.key)
        if binding is not None and binding.node is not self and binding.node is not self.screen:
            return
        if await self.dispatcher.key(event):
            event.prevent_default()
            event.stop()

    def on_compose_pane_queued(self, event: ComposePane.Queued) -> None:
        self.queued.append(event.tasks)


async def until(pilot: Pilot[None], condition: Callable[[], object], seconds: float = 5) -> None:
    """Wait for a condition; fail with its name if it does not come true."""
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError(f"did not come within {seconds} s")


async def ready(pilot: Pilot[None]) -> ComposePane:
    """Return the pane once it shows the restored draft."""
    app = pilot.app
    assert isinstance(app, Host)
    await until(pilot, lambda: len(app.screen_stack) > 1 and app.pane.generate_bar.shown)
    return app.pane


async def enter(pilot: Pilot[None], pane: ComposePane, **texts: str) -> None:
    """Go to each field and type into it: short texts key by key, long ones as a paste."""
    pane.form.set_typing(True)
    for name, text in texts.items():
        pane.form.field(name).focus()
        await pilot.pause()
        if len(text) > 60:
            pilot.app.post_message(events.Paste(text))
        else:
            await type_text(pilot, text)
        await until(pilot, partial(_is, pane, name, text))


def _is(pane: ComposePane, name: str, text: str) -> bool:
    return bool(getattr(pane.song, name) == text)


async def type_text(pilot: Pilot[None], text: str) -> None:
    """Type key by key, without waiting for each."""
    for char in text:
        key = "enter" if char == "\n" else _character_to_key(char)
        pilot.app.post_message(events.Key(key, "\r" if char == "\n" else char))
    await pilot.pause()
