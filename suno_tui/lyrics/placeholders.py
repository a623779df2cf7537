"""Find and fill the places that a recipe leaves open, such as `<topic>`."""

from __future__ import annotations

import re
from dataclasses import replace

from suno_tui.providers.song import Song

PLACEHOLDER = re.compile(r"<[^<>\n]{1,40}>|\{[^{}\n]{1,40}\}|\bTODO\b|\bXXX\b")

_FIELDS = ("title", "style", "negative_tags", "lyrics")


def placeholders(song: Song) -> tuple[str, ...]:
    """Return the placeholders of the fields that would be sent, each once, in reading order."""
    texts = (getattr(song, name) for name in _fields(song))
    return tuple(dict.fromkeys(match[0] for text in texts for match in PLACEHOLDER.finditer(text)))


def fill(song: Song, placeholder: str, text: str) -> Song:
    """Return the song with a text instead of the placeholder."""
    changed = {name: getattr(song, name).replace(placeholder, text) for name in _fields(song)}
    return replace(song, **changed)


def _fields(song: Song) -> tuple[str, ...]:
    return _FIELDS if song.custom_mode else ("prompt",)
