"""From a key to an action: what has the focus is asked first, then what is around it.

An action `x` is done by the first of them with a method `action_x`: the widget with the focus, the
widgets around it, the screen, the app, the controllers. The nearest one with `why_not(id)` says why
it is off, and the nearest with `label(id)` what it is called at the moment.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from inspect import isawaitable
from typing import TYPE_CHECKING, NamedTuple

from textual import events
from textual.dom import DOMNode
from textual.widgets import Input, TextArea

from suno_tui.common.errors import StudioError
from suno_tui.common.text import clean
from suno_tui.tui.actions.table import Action, Keymap, is_chord, key_name, outside_name, shown

if TYPE_CHECKING:
    from textual.app import App
    from textual.timer import Timer

Handler = Callable[[], "Awaitable[None] | None"]

# Between `g` (generate) and `g g` (first row): long enough for a hand, short enough not to wait.
SEQUENCE_SECONDS = 0.35
_IN_TEXT = frozenset({"tab", "shift+tab", "escape"})
_OVER_DIALOGS = frozenset({"quit_view", "repaint"})


class Offer(NamedTuple):
    """An action that somebody offers here; `why_not` is the reason where it is off right now.

    An empty reason is not worth words: the key does nothing.
    """

    action: Action
    node: object
    """Who does it: a widget, a screen or a controller."""
    why_not: str | None
    text: str
    """What it is called here: Enter plays a track and shows a task's details."""

    @property
    def on(self) -> bool:
        return self.why_not is None

    @property
    def more(self) -> str:
        """Why it is off, or a few words about it; none where it has a name of its own here, as
        they are about what the action is elsewhere."""
        return self.why_not or (self.action.help if self.text == self.action.text else "")


class Dispatcher:
    """Runs the actions of a keymap for one app."""

    def __init__(self, app: App[None], keymap: Keymap, controllers: Sequence[object]) -> None:
        self.app = app
        self.controllers = controllers
        self.keymap = keymap
        self.pending = ""
        """The first key of a sequence, while the second is waited for."""
        self._alone: list[Action] = []
        self._timer: Timer | None = None
        self.on_pending: Callable[[str], None] = lambda _text: None
        """Told what a pending key may go on with (for the line of keys); empty when it is over."""

    def in_text(self) -> bool:
        """Whether letters are text now."""
        focused = self.app.focused
        return isinstance(focused, Input | TextArea) or bool(getattr(focused, "takes_text", False))

    def offer(self, action: Action, *, chord: bool = True) -> Offer | None:
        """Who does the action here, or None."""
        place = getattr(self.app.screen, "page", None)
        if place is not None and place not in action.places:
            return None
        for node in self._chain(action, chord):
            if getattr(node, action.handler, None) is None:
                continue
            reason = self._ask("why_not", node, action.id)
            text = self._ask("label", node, action.id) or action.text
            return Offer(action, node, reason, text)
        return None

    def is_apps(self, offer: Offer) -> bool:
        """Whether the action is done by the app or a controller, not by what has the focus."""
        return offer.node is self.app or offer.node in self.controllers

    def _ask(self, what: str, node: object, id: str) -> str | None:
        """What the nearest around the one who does it answers about an action."""
        for near in node.ancestors_with_self if isinstance(node, DOMNode) else (node,):
            method = vars(near).get(what) or getattr(type(near), what, None)
            if method is not None:
                answer: str | None = getattr(near, what)(id)
                return answer
        return None

    def offers(self) -> Iterator[Offer]:
        """Every action that somebody offers here, in the table's order."""
        for action in self.keymap.actions.values():
            if found := self.offer(action):
                yield found

    def acts(self, key: str, action: Action) -> bool:
        """Whether a key of the action does it here; where keys clash, another may be before it."""
        first = self._first(self.keymap.at(key), chord=is_chord(key))
        return first is None or first.action.id == action.id

    async def run(self, id: str) -> bool:
        """Do an action by its id; False where nobody offers it here. Says why one is off."""
        found = self.offer(self.keymap.actions[id])
        if found is None:
            return False
        await self.do(found)
        return True

    async def chord(self, event: events.Key) -> bool:
        """A key that acts before any field sees it; True where it was ours."""
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
        # Esc and then the letter, typed fast; a field would type the letter of an Alt key.
        letter = outside_name(name)
        if len(letter) == 1 and (found := self._first(self.keymap.at(letter), chord=False)):
            await self.do(found)
            return True
        return event.is_printable

    async def key(self, event: events.Key) -> bool:
        """A key that nobody around the focus wanted; True where it did something."""
        name = key_name(event)
        if self.in_text() and name not in _IN_TEXT:
            return False
        if self.pending:
            return await self._second(name)
        if self._first(self.keymap.at(name), chord=False) is None:
            name = outside_name(name)
        alone = [a for a in self.keymap.at(name) if self.offer(a, chord=False)]
        more = [(key, a) for key, a in self.keymap.after(name) if self.offer(a, chord=False)]
        if not more:
            if found := self._first(alone, chord=False):
                await self.do(found)
                return True
            return False
        self.pending, self._alone = name, alone
        keys = "  ".join(f"{shown(key)} {action.text}" for key, action in more)
        self.on_pending(f"{shown(name)} …  {keys}")
        if alone:
            self._timer = self.app.set_timer(SEQUENCE_SECONDS, self._first_alone)
        return True

    async def _second(self, name: str) -> bool:
        sequence = f"{self.pending} {name}"
        self._end_sequence()
        if found := self._first(self.keymap.at(sequence), chord=False):
            await self.do(found)
        return True

    async def _first_alone(self) -> None:
        alone = self._alone
        self._end_sequence()
        if found := self._first(alone, chord=False):
            await self.do(found)

    def _end_sequence(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self.pending:
            self.pending, self._alone = "", []
            self.on_pending("")

    def _first(self, actions: list[Action], *, chord: bool) -> Offer | None:
        return next((found for a in actions if (found := self.offer(a, chord=chord))), None)

    def _chain(self, action: Action, chord: bool) -> Iterator[object]:
        screen = self.app.screen
        # After Esc nothing has the focus, but one is still in a pane.
        here: DOMNode = getattr(screen, "here", screen)
        start = self.app.focused or here
        for node in start.ancestors_with_self:
            if node is not self.app:
                yield node
        if not screen.is_modal or (chord and action.id in _OVER_DIALOGS):
            yield self.app
            yield from self.controllers

    async def do(self, offer: Offer) -> None:
        """Do what was offered, or say why it is off."""
        if offer.why_not is not None:
            if offer.why_not:
                self.app.notify(offer.why_not, title=offer.text, markup=False, timeout=4)
            return
        try:
            result = getattr(offer.node, offer.action.handler)()
            if isawaitable(result):
                await result
        except StudioError as error:
            text = clean(str(error), lines=True)
            self.app.notify(text, title=error.title, severity="error", markup=False, timeout=10)
