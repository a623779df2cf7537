"""The lists to choose from: keys, actions, commands and themes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from suno_tui.common.errors import StudioError
from suno_tui.tui.actions.dispatcher import Offer
from suno_tui.tui.actions.key_names import display_keys
from suno_tui.tui.actions.synonyms import SYNONYMS
from suno_tui.tui.actions.table import GO, Action
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from textual.widget import Widget

    from suno_tui.tui.context import Context
    from suno_tui.tui.dialogs.picker import Entry

_FOUND = 20
"""How many tracks the list of commands shows at most."""

_KEYS_ALONE = frozenset({"commands", "next_field", "previous_field", "clear"})
"""Actions that only make sense as keys."""

_RATINGS = frozenset(f"rate_{stars}" for stars in range(6))

_PLACES = tuple(GO)


class FieldKey(NamedTuple):
    """An action of a composer field, on a key that can't be changed."""

    key: str
    text: str
    help: str
    field: str
    action: str
    """The field's action in Textual's notation."""


FIELD_KEYS = (
    FieldKey("[", "Section tag", "Lyrics: choose one by its name", "lyrics", "tag"),
    FieldKey("ctrl+↑", "Section before", "Lyrics: the cursor goes there", "lyrics", "section(-1)"),
    FieldKey("ctrl+↓", "Section after", "Lyrics: the cursor goes there", "lyrics", "section(1)"),
    FieldKey(
        "alt+←", "Descriptor to the left", "Style: the one under the cursor", "style",
        "move_descriptor(-1)",
    ),
    FieldKey(
        "alt+→", "Descriptor to the right", "Style: the one under the cursor", "style",
        "move_descriptor(1)",
    ),
    FieldKey(
        "ctrl+w", "Drop the descriptor", "Style: the one under the cursor", "style",
        "remove_descriptor",
    ),
)  # fmt: skip


class Palette:
    """The actions that open a list. Found by the dispatcher."""

    def __init__(self, app: Context) -> None:
        self.app = app

    def action_help(self) -> None:
        """Show the keys that work here; Enter runs one."""
        offers = [o for o in self.app.dispatcher.offers() if o.action.keys]
        composing = getattr(self.app.screen, "page", "") == "compose"
        fields = [key for key in FIELD_KEYS if composing and self.app.fields.offers(key.field)]
        self._offer("Keys that work here", offers, fields=fields, together=True)

    def action_actions(self) -> None:
        """Show what can be done with the selection."""
        offers: dict[str, Offer] = {}
        # The action of Enter stays first.
        for offer in sorted(self.app.dispatcher.offers(), key=lambda o: o.action.id == "clone"):
            action = offer.action
            if offer.on and (action.group == "Selection" or action.id == "clone"):
                offers.setdefault(offer.text, offer)  # an action of two keys is listed once
        offers.pop("Actions", None)
        self._offer("Actions", list(offers.values()), grouped=False)

    def action_commands(self) -> None:
        """Show everything that can be done in any pane, and tracks by their titles."""
        navigation = self.app.navigation
        entries = {at: navigation.entry(at) for at in _PLACES if at != navigation.page}
        places: dict[str, str] = {}
        offers = []
        for action in self.app.keymap.actions.values():
            if action.group != "Move" and action.id not in _KEYS_ALONE:
                place, offer = self._best(action, entries)
                if offer is not None:
                    offers.append(offer)
                    places[action.id] = place
        self._offer("Commands", offers, tracks=True, places=places)

    def _best(self, action: Action, others: Mapping[str, Widget]) -> tuple[str, Offer | None]:
        """Return an action's offer, after its place: empty for this pane.

        This pane's offer is preferred, unless it is off and another pane's is on. `others` maps
        each other place to the widget from which its actions are found.
        """
        dispatcher = self.app.dispatcher
        best = dispatcher.offer(action)
        where = ""
        for place, entry in others.items():
            if best is not None and best.on:
                break
            if place in action.places:
                found = dispatcher.offer(action, at=(place, entry))
                if found is not None and (best is None or found.on):
                    best, where = found, place
        return where, best

    def action_theme(self) -> None:
        """Show the themes; the one under the cursor is applied at once."""
        from suno_tui.config.config_file import change_setting
        from suno_tui.tui.dialogs.picker import Entry, Picker

        before = self.app.theme
        entries = [Entry(name, name) for name in self.app.themes.names()]

        def preview(name: Hashable) -> None:
            self.app.theme = str(name) if name is not None else before

        def choose(name: Hashable) -> None:
            preview(name)
            if name is not None and self.app.studio.settings.screen.theme not in (None, name):
                # The settings win over the remembered theme, so the choice must be written there.
                try:
                    self.app.studio.settings = change_setting(
                        self.app.studio.home, ("screen", "theme"), name
                    )
                except StudioError as error:
                    self.app.notify_error(error)

        picker = Picker("Theme", entries, moved=preview, start=before)
        picker.veiled = False  # the screen behind shows the theme
        self.app.push_screen(picker, choose)

    def _offer(
        self,
        title: str,
        offers: list[Offer],
        *,
        grouped: bool = True,
        tracks: bool = False,
        fields: Sequence[FieldKey] = (),
        places: Mapping[str, str] = MappingProxyType({}),
        together: bool = False,
    ) -> None:
        """Offer actions in a list. `places` maps the ids of other panes' actions to their places;
        `together` makes one entry of the ratings, which begins their key sequence."""
        from suno_tui.library.track import Track
        from suno_tui.tui.dialogs.picker import Entry, Picker

        rated = [o for o in offers if o.action.id in _RATINGS and " " in o.action.keys[0]]
        ratings = [offer.action.id for offer in rated] if together else []
        known: dict[Hashable, Offer | Track | FieldKey] = {
            **{offer.action.id: offer for offer in offers},
            **{f"field {key.key}": key for key in fields},
        }

        def find(text: str) -> list[Entry]:
            if not tracks or not text.strip():
                return []
            results = self.app.studio.library.search(text)
            found = []
            for number in range(min(len(results), _FOUND)):
                if (track := results[number]) is not None:
                    known[f"track {track.id}"] = track
                    name = f"{one_line(track.name, 50)} {track.take}"
                    found.append(Entry(f"track {track.id}", f"Play {name}", group="Tracks"))
            return found

        async def run(value: Hashable) -> None:
            chosen = known.get(value)
            if isinstance(chosen, Track):
                self.app.playback.play_track(chosen)
            elif isinstance(chosen, FieldKey):
                await self._do_in_field(chosen)
            elif chosen is not None and value in ratings:
                # Once the list is closed, which shows the footer's keys again.
                first = chosen.action.keys[0].split()[0]
                self.app.call_after_refresh(self.app.dispatcher.begin, first)
            elif chosen is not None and (place := places.get(chosen.action.id)):
                await self._do_at(place, chosen)
            elif chosen is not None:
                await self.app.dispatcher.do(chosen)

        entries = [
            self._entry(offer, grouped, places.get(offer.action.id, ""), ratings)
            for offer in offers
            if offer.action.id not in ratings[1:]
        ]
        entries += [
            Entry(f"field {key.key}", key.text, key.key, key.help, group="In fields")
            for key in fields
        ]
        self.app.push_screen(Picker(title, entries, find=find), run)

    def _entry(self, offer: Offer, grouped: bool, place: str, ratings: Sequence[str]) -> Entry:
        """Return the entry of an offer; the entry of a rating stands for all `ratings`."""
        from suno_tui.tui.dialogs.picker import Entry

        action, more, text = offer.action, offer.more, offer.text
        keys = "  ".join(display_keys(key) for key in action.keys)
        if action.id in ratings:
            last = self.app.keymap.actions[ratings[-1]].keys[0]
            text, more, keys = "Rate", "0 is no rating", f"{keys} – {display_keys(last)}"
        if place:
            more = f"{more} ({self._name(place)})" if more else f"In {self._name(place)}"
        group = action.group if grouped else ""
        also = SYNONYMS.get(action.id, "")
        return Entry(action.id, text, keys, more, offer.on, group, also)

    def _name(self, place: str) -> str:
        return self.app.keymap.actions[GO[place]].text

    async def _do_at(self, place: str, offer: Offer) -> None:
        """Go to another pane and do an action there, with what is selected in it."""
        self.app.navigation.go(place)
        entry = self.app.navigation.entry(place)
        now = self.app.dispatcher.offer(offer.action, at=(place, entry))
        await self.app.dispatcher.do(now or offer)

    async def _do_in_field(self, key: FieldKey) -> None:
        """Run a field's action in the focused field if it has that action, else in its own."""
        name = f"action_{key.action.partition('(')[0]}"
        field = self.app.focused
        if field is None or not hasattr(field, name):
            field = self.app.fields.text(key.field)
            field.focus()
        self.app.fields.set_typing(True)
        await self.app.run_action(key.action, default_namespace=field)
