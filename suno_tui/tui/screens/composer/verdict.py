"""The problems of the song in the form, and how strongly each is shown."""

from __future__ import annotations

from typing import NamedTuple

from suno_tui.providers.capabilities import WEIGHTS
from suno_tui.providers.song import Problem, Song
from suno_tui.providers.song_fields import PARAMETERS
from suno_tui.providers.source import SOURCE_FIELDS
from suno_tui.tui.screens.composer import field_help

TEXTS = ("title", "style", "negative_tags", "persona_id", "lyrics", "prompt")
"""The song's texts, each of which has a text field."""

_MISSING = {
    "title": "a title is needed",
    "style": "a style is needed",
    "lyrics": "needed, or instrumental",
}
"""Notes on fields without text, short enough for a narrow pane."""


class Verdict(NamedTuple):
    """The problems of a song. `attempted`: the user tried to generate it nevertheless."""

    song: Song
    problems: tuple[Problem, ...]
    attempted: bool

    @property
    def calm(self) -> bool:
        """Whether the only problems are texts that are not written yet."""
        return not self.attempted and all(
            problem.field in TEXTS and self._is_blank(problem.field) for problem in self.problems
        )

    def note(self, name: str) -> str:
        """Return the note on a field; a missing text is noted only after an attempt to send."""
        if name == "parameters":
            return "; ".join(str(each) for each in self.problems if each.field in PARAMETERS)
        if name == "source":
            return "; ".join(each.message for each in self.problems if each.field in SOURCE_FIELDS)
        message = self._message(name)
        if name in WEIGHTS and message:
            return f"{field_help.WEIGHTS[name][0]} {message}"
        if name in TEXTS and self._is_blank(name):
            # An empty title or style shows this as its placeholder, unless blanks hide that.
            as_placeholder = name in ("title", "style") and not self._text(name)
            return "" if as_placeholder or not self.attempted else message
        return message

    def missing(self, name: str) -> str:
        """Return the placeholder for a missing text; empty if the text is not missing."""
        return self._message(name) if self._is_blank(name) else ""

    def _message(self, name: str) -> str:
        problem = next((each for each in reversed(self.problems) if each.field == name), None)
        if problem is None:
            return ""
        return problem.message if self._text(name) else _MISSING.get(name, problem.message)

    def _text(self, name: str) -> str:
        return getattr(self.song, name, None) or ""

    def _is_blank(self, name: str) -> bool:
        return not self._text(name).strip()


def field_of(name: str) -> str:
    """Return the name of the form's field for a field of `Song`."""
    if name in PARAMETERS:
        return "parameters"
    if name in SOURCE_FIELDS:
        return "source"
    return "vocal_gender" if name == "vocals" else name


def value_of(name: str, text: str) -> str | None:
    """Return the song's value for the text of a field."""
    return text.strip() or None if name == "persona_id" else text
