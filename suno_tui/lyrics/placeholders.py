"""Find and fill in the placeholders of recipes, such as `<topic>`."""

from __future__ import annotations

import re
from dataclasses import replace

from suno_tui.providers.song import Song

PLACEHOLDER = re.compile(r"<[^<>\n]{1,40}>|\{[^{}\n]{1,40}\}|\bTODO\b|\bXXX\b")

_FIELDS = ("title", "style", "negative_tags", "lyrics")


def placeholders(song: Song) -> tuple[str, ...]:
    """Return the placeholders in the fields that would be sent, each once, in reading order."""
    texts = (getattr(song, name) for name in _fields(song))
    return tuple(dict.fromkeys(match[0] for text in texts for match in PLACEHOLDER.finditer(text)))


def fill(song: Song, placeholder: str, text: str) -> Song:
    """Return the song with the placeholder replaced by a text."""
    changed = {name: getattr(song, name).replace(placeholder, text) for name in _fields(song)}
    return replace(song, **changed)


def _fields(song: Song) -> tuple[str, ...]:
    return _FIELDS if song.custom_mode else ("prompt",)
