"""The persona book: names and notes for the ids that the provider gives its personas.

`personas.toml` in the studio's folder, a table for each id with `name` and `note`; edit it as you
like. Keys that we do not know survive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from suno_tui.common.atomic_files import read_toml, write_toml
from suno_tui.tui.screens.composer.song_field import SongField
from suno_tui.tui.widgets.text_field import Completion


class Persona(NamedTuple):
    """A persona's id at the provider, and what the user calls it."""

    id: str
    name: str
    note: str = ""


class PersonaStore:
    """The personas that were named. Reading and writing raise `DamagedFile` and `HomeError`."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def all(self) -> tuple[Persona, ...]:
        """Every persona, by name."""
        found = [
            Persona(key, _text(entry.get("name")) or key, _text(entry.get("note")))
            for key, entry in read_toml(self.file).items()
            if isinstance(entry, dict)
        ]
        return tuple(sorted(found, key=lambda persona: persona.name.casefold()))

    def keep(self, persona: Persona) -> None:
        """Write a persona down, or write it anew."""
        table = read_toml(self.file)
        old = table.get(persona.id)
        entry = dict(old) if isinstance(old, dict) else {}
        table[persona.id] = entry | {"name": persona.name, "note": persona.note}
        write_toml(self.file, table)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


class PersonaField(SongField):
    """The id of a persona; the book's names are offered as soon as one is there."""

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
        # After the base's own handler: the list is there before anything is typed.
        self.call_after_refresh(self.update_suggestion)
