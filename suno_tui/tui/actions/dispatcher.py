"""Finds and runs the action of a key.

An action `x` is done by the first object with a method `action_x`: the focused widget, its
ancestors, the screen, the app, the controllers. From that object outwards, the first `why_not(id)`
returns why the action is off, and the first `label(id)` what it is called here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from inspect import isawaitable
from typing import TYPE_CHECKING, NamedTuple

from textual import events
from textual.dom import DOMNode
from textual.widgets import Input, TextArea

from suno_tui.common.errors import StudioError
from suno_tui.tui.actions.key_names import display_keys, is_chord, key_name, without_alt
from suno_tui.tui.actions.keymap import Keymap
from suno_tui.tui.actions.table import Action

if TYPE_CHECKING:
    from textual.app import App

Handler = Callable[[], "Awaitable[None] | None"]

_IN_TEXT = frozenset({"tab", "shift+tab", "escape"})
_OVER_DIALOGS = frozenset({"quit_now", "repaint"})


class Offer(NamedTuple):
    """An action that is offered here; `why_not` is the reason if it is off right now.

    With an empty reason the key does nothing and no notice is shown.
    """

    action: Action
    node: object
    """The widget, screen, app or controller that does it."""
    why_not: str | None
    text: str
    """Its label here: Enter plays a track, but shows the details of a task."""

    @property
    def on(self) -> bool:
        return self.why_not is None

    @property
    def more(self) -> str:
        """Why it is off, else its help; empty if it has a special label here, which the help, being
        about the usual action, would not fit."""
        return self.why_not or (self.action.help if self.text == self.action.text else "")


class Dispatcher:
    """Runs the actions of a keymap for one app."""

    def __init__(self, app: App[None], keymap: Keymap, controllers: Sequence[object]) -> None:
        self.app = app
        self.controllers = controllers
        self.keymap = keymap
        self.pending = ""
        """The first key of a sequence, while it waits for the second.

        It waits as long as it takes: no action happens because of a time-out.
        """
        self.on_pending: Callable[[str], None] = lambda _text: None
        """Called with how a pending key may continue, for the footer; with "" once that is over."""

    def in_text(self) -> bool:
        """Return whether letters are typed into a field now."""
        focused = self.app.focused
        takes: bool | None = getattr(focused, "takes_text", None)
        return isinstance(focused, Input | TextArea) if takes is None else takes

    def offer(
        self, action: Action, *, chord: bool = True, at: tuple[str, DOMNode] | None = None
    ) -> Offer | None:
        """Return the offer of an action here, or None.

        `at` is a place, and the widget in it to start from; None means where the user is.
        """
        place = at[0] if at else getattr(self.app.screen, "page", None)
        if place is not None and place not in action.places:
            return None
        for node in self._chain(action, chord, at[1] if at else None):
            if getattr(node, action.handler, None) is None:
                continue
            reason = self._ask("why_not", node, action.id)
            text = self._ask("label", node, action.id) or action.text
            return Offer(action, node, reason, text)
        return None

    def is_apps(self, offer: Offer) -> bool:
        """Return whether the app or a controller does the action, not a part of the screen."""
        return offer.node is self.app or offer.node in self.controllers

    def _ask(self, what: str, node: object, id: str) -> str | None:
        """Call the first method `what` (`why_not`, `label`) from the node outwards."""
        for near in node.ancestors_with_self if isinstance(node, DOMNode) else (node,):
            method = vars(near).get(what) or getattr(type(near), what, None)
            if method is not None:
                answer: str | None = getattr(near, what)(id)
                return answer
        return None

    def offers(self) -> Iterator[Offer]:
        """Yield every action that is offered here, in the table's order."""
        for action in self.keymap.actions.values():
            if found := self.offer(action):
                yield found

    def acts(self, key: str, action: Action) -> bool:
        """Return whether a key does this action here; if keys clash, an earlier action wins."""
        first = self._first(self.keymap.at(key), chord=is_chord(key))
        return first is None or first.action.id == action.id

    async def run(self, id: str) -> bool:
        """Do an action by its id, or show why it is off; return False if it isn't offered here."""
        found = self.offer(self.keymap.actions[id])
        if found is None:
            return False
        await self.do(found)
        return True

    async def chord(self, event: events.Key) -> bool:
        """Handle a key before any field sees it; return whether it was handled."""
        name = key_name(event)
        if not is_chord(name):
            return False
        if name == "ctrl+z" and self.in_text():
            return False
        if found := self._first(self.keymap.at(name), chord=True):
            self._end_sequence()
            await self.do(found)
            return True
        if not (self.in_text() and name.startswith("alt+")):
            return False
        # Esc and a key, typed fast; a field would insert the character of an Alt key.
        if found := self._first(self.keymap.at(without_alt(event)), chord=False):
            await self.do(found)
            return True
        return event.is_printable

    async def key(self, event: events.Key) -> bool:
        """Handle a key that no widget wanted; return whether it did something."""
        name = key_name(event)
        if self.in_text() and name not in _IN_TEXT:
            return False
        if self.pending:
            return await self._second(name)
        if self._first(self.keymap.at(name), chord=False) is None:
            name = without_alt(event)
        if found := self._first(self.keymap.at(name), chord=False):
            await self.do(found)
            return True
        return self.begin(name)

    def begin(self, name: str) -> bool:
        """Begin a sequence with its first key; return whether there is one here."""
        more = [(key, a) for key, a in self.keymap.after(name) if self.offer(a, chord=False)]
        if not more:
            return False
        self.pending = name
        keys = "  ".join(f"{display_keys(key)} {action.text}" for key, action in more)
        self.on_pending(f"{display_keys(name)} …  {keys}")
        return True

    async def _second(self, name: str) -> bool:
        sequence = f"{self.pending} {name}"
        self._end_sequence()
        if found := self._first(self.keymap.at(sequence), chord=False):
            await self.do(found)
        return True

    def _end_sequence(self) -> None:
        if self.pending:
            self.pending = ""
            self.on_pending("")

    def _first(self, actions: list[Action], *, chord: bool) -> Offer | None:
        return next((found for a in actions if (found := self.offer(a, chord=chord))), None)

    def _chain(self, action: Action, chord: bool, start: DOMNode | None) -> Iterator[object]:
        screen = self.app.screen
        # After Esc nothing has the focus, but a pane is still the current one.
        here: DOMNode = getattr(screen, "here", screen)
        start = start or self.app.focused or here
        for node in start.ancestors_with_self:
            if node is not self.app:
                yield node
        if not screen.is_modal or (chord and action.id in _OVER_DIALOGS):
            yield self.app
            yield from self.controllers

    async def do(self, offer: Offer) -> None:
        """Do an offered action, or show why it is off."""
        if offer.why_not is not None:
            if offer.why_not:
                self.app.notify(offer.why_not, title=offer.text, timeout=4)
            return
        try:
            result = getattr(offer.node, offer.action.handler)()
            if isawaitable(result):
                await result
        except StudioError as error:
            self.app.notify(str(error), title=error.title, severity="error", timeout=10)
