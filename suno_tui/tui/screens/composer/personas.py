"""Names and notes of the user's own for the ids of the provider's personas.

They are in `personas.toml` in the studio's folder: for each id a table with `name` and `note`. The
user may edit the file; unknown keys survive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from suno_tui.common.atomic_files import read_toml, write_toml
from suno_tui.common.errors import StudioError
from suno_tui.tui.screens.composer.song_field import SongField
from suno_tui.tui.widgets.completion import Completion


class Persona(NamedTuple):
    """A persona's id at the provider, and the user's name and note for it."""

    id: str
    name: str
    note: str = ""


class PersonaStore:
    """The named personas. Its methods raise `DamagedFile` and `HomeError`."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def all(self) -> tuple[Persona, ...]:
        """Return every persona, sorted by name."""
        found = [
            Persona(key, _text(entry.get("name")) or key, _text(entry.get("note")))
            for key, entry in read_toml(self.file).items()
            if isinstance(entry, dict)
        ]
        return tuple(sorted(found, key=lambda persona: persona.name.casefold()))

    def known(self) -> tuple[Persona, ...]:
        """Return every persona, or none if they can't be read: an id can be typed without them."""
        try:
            return self.all()
        except StudioError:
            return ()

    def keep(self, persona: Persona) -> None:
        """Add a persona, or change its name and note."""
        table = read_toml(self.file)
        old = table.get(persona.id)
        entry = dict(old) if isinstance(old, dict) else {}
        table[persona.id] = entry | {"name": persona.name, "note": persona.note}
        write_toml(self.file, table)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


class PersonaField(SongField):
    """The id of a persona; the known names are offered as soon as it has the focus."""

    shy = True

    def __init__(self, text: str, personas: Callable[[], Sequence[Persona]]) -> None:
        super().__init__("persona_id", text, placeholder="none")
        self._personas = personas

    def complete(self) -> tuple[Completion, ...]:
        typed = self.text.strip().casefold()
        return tuple(
            Completion(persona.id, 0, persona.name, persona.note)
            for persona in self._personas()
            if persona.id != self.text
            and (typed in persona.name.casefold() or persona.id.casefold().startswith(typed))
        )

    def on_focus(self) -> None:
        # After the base's own handler, so that the list is there before anything is typed.
        self.call_after_refresh(self.update_suggestion)
