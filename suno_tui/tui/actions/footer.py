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
        """Show a text instead of the keys, such as how a pending key goes on; empty ends it."""
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
            content = self._fit([o for o in self.dispatcher.offers() if self._wanted(o)], width)
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

    def _wanted(self, offer: Offer) -> bool:
        if self.screen.is_modal and (self.dispatcher.is_apps(offer) or offer.action.id == "clear"):
            return False  # the frame shows that Esc closes it
        return bool(offer.action.footer and offer.on and self._key(offer))

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

    def _fit(self, offers: list[Offer], width: int) -> Content:
        offers.sort(key=lambda offer: offer.action.footer)
        left = [offer for offer in offers if offer.action.footer < ALWAYS]
        right = [offer for offer in offers if offer.action.footer >= ALWAYS]
        room = width - 1 - sum(self._width(offer) for offer in right)
        chosen: list[Offer] = []
        said: set[str] = set()
        for offer in left:
            if self._width(offer) <= room and offer.text not in said:
                said.add(offer.text)
                room -= self._width(offer)
                chosen.append(offer)
        parts: list[tuple[str, str] | str] = [" "]
        self._places = []
        at = 1
        for offer in [*chosen, *right]:
            key = self._key(offer)
            end = at + self._width(offer)
            self._places.append((at, end, offer))
            parts += [(key, "bold $footer-key-foreground"), f" {offer.text}  "]
            at = end
        return Content.assemble(*parts)

    def _width(self, offer: Offer) -> int:
        return cells(self._key(offer)) + 1 + cells(offer.text) + 2
