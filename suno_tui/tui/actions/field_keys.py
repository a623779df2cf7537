"""The keys of the composer's fields, for the list of keys."""

from __future__ import annotations

from typing import NamedTuple


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
