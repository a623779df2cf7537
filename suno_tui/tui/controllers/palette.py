"""The lists to choose from: keys, actions, commands and themes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from suno_tui.common.errors import StudioError
from suno_tui.tui.actions.dispatcher import Offer
from suno_tui.tui.actions.table import display_keys
from suno_tui.tui.widgets.content import one_line

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

_FOUND = 20
"""How many tracks the list of commands shows at most."""


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
        self._offer("Keys that work here", offers, fields=fields)

    def action_actions(self) -> None:
        """Show what can be done with the selection."""
        offers: dict[str, Offer] = {}
        # The action of Enter stays the first.
        for offer in sorted(self.app.dispatcher.offers(), key=lambda one: one.action.id == "clone"):
            action = offer.action
            if offer.on and (action.group == "Selection" or action.id == "clone"):
                offers.setdefault(offer.text, offer)  # an action of two keys is listed once
        offers.pop("Actions", None)
        self._offer("Actions", list(offers.values()), grouped=False)

    def action_commands(self) -> None:
        """Show everything that can be done here, and tracks by their titles."""
        offers = [o for o in self.app.dispatcher.offers() if o.on and o.action.group != "Move"]
        self._offer("Commands", offers, tracks=True)

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
        picker.veiled = False  # the theme shows on what is behind
        self.app.push_screen(picker, choose)

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
        """Run it in the field that has the focus, if that has the action, else in its own field."""
        name = f"action_{key.action.partition('(')[0]}"
        field = self.app.focused
        if field is None or not hasattr(field, name):
            field = self.app.fields.text(key.field)
            field.focus()
        await self.app.run_action(key.action, default_namespace=field)
