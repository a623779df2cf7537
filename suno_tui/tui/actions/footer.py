"""The footer: the actions that work here, with their keys."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.widget import Widget

from suno_tui.tui.actions.dispatcher import Dispatcher, Offer
from suno_tui.tui.actions.key_names import display_keys, is_chord
from suno_tui.tui.widgets.content import cells

ALWAYS = 90
"""From this `Action.footer` on, an action is always shown, at the right end."""


class Footer(Widget):
    """One line of `key text` pairs; the help (`?`) has those that do not fit."""

    DEFAULT_CSS = """
    Footer {
        height: 1;
        background: $background;
        color: $text-muted;
    }
    """

    def __init__(self, dispatcher: Dispatcher, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.dispatcher = dispatcher
        self._content = Content("")
        self._places: list[tuple[int, int, Offer]] = []
        self._instead = ""

    def show_instead(self, text: str) -> None:
        """Show a text instead of the keys, such as how a pending key continues; "" ends it."""
        self._instead = text
        self.update_keys()

    def update_keys(self) -> None:
        """Show what works here now; repaint only if that has changed."""
        width = self.size.width
        if not (width and getattr(self.screen, "complete", True)):
            return
        if self._instead:
            content = Content.assemble(" ", (self._instead, "$foreground"))
            self._places = []
        else:
            content = self._fit(self._wanted(), width)
        if content.plain != self._content.plain:
            self._content = content
            self.refresh()

    def render(self) -> Content:
        return self._content

    def on_resize(self) -> None:
        self.update_keys()

    async def on_click(self, event: events.Click) -> None:
        for start, end, offer in self._places:
            if start <= event.x < end:
                await self.dispatcher.do(offer)

    def _wanted(self) -> list[tuple[Offer, str]]:
        """Return the offers that may be shown, with their keys; only of actions for the footer."""
        wanted = []
        for action in self.dispatcher.keymap.actions.values():
            offer = self.dispatcher.offer(action) if action.footer else None
            if offer is None or not offer.on:
                continue
            # In a dialog the frame shows that Esc closes it.
            hidden = self.dispatcher.is_apps(offer) or action.id == "clear"
            if not (self.screen.is_modal and hidden) and (key := self._key(offer)):
                wanted.append((offer, key))
        return wanted

    def _key(self, offer: Offer) -> str:
        """Return the key to show for an action: one that does it here, or an empty text."""
        in_text = self.dispatcher.in_text()
        # Every terminal sends Ctrl; what Alt sends depends on its settings.
        keys = sorted(offer.action.keys, key=lambda key: in_text and not key.startswith("ctrl+"))
        for key in keys:
            if (not in_text or is_chord(key) or key == "escape") and (
                self.dispatcher.acts(key, offer.action)
            ):
                return display_keys(key)
        return ""

    def _fit(self, wanted: list[tuple[Offer, str]], width: int) -> Content:
        wanted.sort(key=lambda each: each[0].action.footer)
        left = [each for each in wanted if each[0].action.footer < ALWAYS]
        right = [each for each in wanted if each[0].action.footer >= ALWAYS]
        room = width - 1 - sum(_width(*each) for each in right)
        chosen: list[tuple[Offer, str]] = []
        shown: set[str] = set()
        for offer, key in left:
            if _width(offer, key) <= room and offer.text not in shown:
                shown.add(offer.text)
                room -= _width(offer, key)
                chosen.append((offer, key))
        parts: list[tuple[str, str] | str] = [" "]
        self._places = []
        at = 1
        for offer, key in [*chosen, *right]:
            end = at + _width(offer, key)
            self._places.append((at, end, offer))
            parts += [(key, "bold $footer-key-foreground"), f" {offer.text}  "]
            at = end
        return Content.assemble(*parts)


def _width(offer: Offer, key: str) -> int:
    return cells(key) + 1 + cells(offer.text) + 2
