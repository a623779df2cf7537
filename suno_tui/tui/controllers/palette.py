"""The lists that the app offers to choose from: keys, actions, commands, themes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from suno_tui.common.errors import StudioError
from suno_tui.tui.actions.dispatcher import Offer
from suno_tui.tui.actions.table import FIELD_KEYS, FieldKey, display_keys
from suno_tui.tui.themes import builtin
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

_FOUND = 20
"""How many tracks a search among the commands shows."""


class Palette:
    """The actions that open a list. Found by the dispatcher."""

    def __init__(self, app: Context, own_themes: Sequence[str]) -> None:
        self.app = app
        self._own_themes = own_themes

    def action_help(self) -> None:
        """The keys that work here; Enter runs one."""
        offers = [o for o in self.app.dispatcher.offers() if o.action.keys]
        composing = getattr(self.app.screen, "page", "") == "compose"
        fields = [key for key in FIELD_KEYS if composing and self.app.fields.offers(key.field)]
        self._offer("Keys that work here", offers, fields=fields)

    def action_actions(self) -> None:
        """What can be done with the selection."""
        offers: dict[str, Offer] = {}
        # What Enter does stays the first.
        for offer in sorted(self.app.dispatcher.offers(), key=lambda one: one.action.id == "clone"):
            action = offer.action
            if offer.on and (action.group == "Selection" or action.id == "clone"):
                offers.setdefault(offer.text, offer)  # what two keys do is told once
        offers.pop("Actions", None)
        self._offer("Actions", list(offers.values()), grouped=False)

    def action_commands(self) -> None:
        """Everything that can be done here, and the tracks by their titles."""
        offers = [o for o in self.app.dispatcher.offers() if o.on and o.action.group != "Move"]
        self._offer("Commands", offers, tracks=True)

    def action_theme(self) -> None:
        """Themes, seen while one chooses."""
        from suno_tui.config.config_file import change_setting
        from suno_tui.tui.dialogs.picker import Entry, Picker

        before = self.app.theme
        entries = [Entry(name, name) for name in self.theme_names()]

        def look(name: Hashable) -> None:
            self.app.theme = str(name) if name is not None else before

        def choose(name: Hashable) -> None:
            look(name)
            if name is not None and self.app.studio.settings.screen.theme not in (None, name):
                # The settings go before what is remembered: the next start would not know it.
                try:
                    self.app.studio.settings = change_setting(
                        self.app.studio.home, ("screen", "theme"), name
                    )
                except StudioError as error:
                    self.app.tell_error(error)

        self.app.push_screen(Picker("Theme", entries, moved=look, start=before), choose)

    def theme_names(self) -> list[str]:
        """Every theme on offer: our own and the user's come first."""
        mine = {*(theme.name for theme in builtin.THEMES), *self._own_themes}
        return sorted(self.app.available_themes, key=lambda name: (name not in mine, name))

    def _offer(
        self,
        title: str,
        offers: list[Offer],
        *,
        grouped: bool = True,
        tracks: bool = False,
        fields: Sequence[FieldKey] = (),
    ) -> None:
        from suno_tui.library.track import Track
        from suno_tui.tui.dialogs.picker import Entry, Picker

        known: dict[Hashable, Offer | Track | FieldKey] = {
            **{offer.action.id: offer for offer in offers},
            **{f"field {key.key}": key for key in fields},
        }

        def find(text: str) -> list[Entry]:
            if not tracks or not text.strip():
                return []
            hits = self.app.studio.library.search(text)
            found = []
            for number in range(min(len(hits), _FOUND)):
                if (track := hits[number]) is not None:
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
            elif chosen is not None:
                await self.app.dispatcher.do(chosen)

        entries = [
            Entry(
                offer.action.id,
                offer.text,
                "  ".join(display_keys(key) for key in offer.action.keys),
                offer.more,
                offer.on,
                offer.action.group if grouped else "",
            )
            for offer in offers
        ]
        entries += [
            Entry(f"field {key.key}", key.text, key.key, key.help, group="In fields")
            for key in fields
        ]
        self.app.push_screen(Picker(title, entries, find=find), run)

    async def _do_in_field(self, key: FieldKey) -> None:
        """In the field that has the focus, if it does such things, else in the one that does."""
        name = f"action_{key.action.partition('(')[0]}"
        field = self.app.focused
        if field is None or not hasattr(field, name):
            field = self.app.fields.text(key.field)
            field.focus()
        await self.app.run_action(key.action, default_namespace=field)
