"""The dialog that sets tempo, key, length and the like."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from suno_tui.providers.capabilities import Model
from suno_tui.providers.song import LABELS, Song
from suno_tui.providers.song_fields import PARAMETERS, read_value, show
from suno_tui.tui.dialogs.form import Field, FormDialog

_ENDS = {"exact": "exact", "wish": "a wish", "none": "not possible here"}
_HINTS = {
    "bpm": "beats a minute, such as 120",
    "key": "such as D minor, F# major, Am",
    "time_signature": "2/4, 3/4, 4/4 or 6/8",
    "language": "a code or a name: en, de, Japanese",
    "duration": "such as 2:30, or seconds",
    "seed": "a number: the same seed, the same take",
    "takes": "1 to 8",
}


class ParametersDialog(FormDialog):
    """Asks for the parameters; once it has returned True, `song` has them.

    Any value that some provider takes is accepted; what this provider lacks stays in the song.
    """

    def __init__(self, song: Song, provider: str, model: Model) -> None:
        self.song, self._model = song, model
        uses = song.uses(model)
        values = song.parameters
        fields = tuple(
            Field(
                name,
                LABELS[name],
                show(name, values[name]).removesuffix(" BPM") if name in values else "",
                hint=_HINTS[name],
                end=_ENDS[uses[name]],
            )
            for name in PARAMETERS
        )
        self._as_words = uses["bpm"] == "wish"
        """Whether the provider gets the parameters as words in the style."""
        about = "Empty fields are left to the provider. A wish may not come true."
        super().__init__(f"Tempo, key and more, for {provider}", fields, about=about)

    def _read(self, answers: dict[str, Any]) -> Song:
        values = {name: read_value(name, answers[name]) for name in PARAMETERS}
        return replace(self.song, **values)

    def foot(self, answers: dict[str, Any]) -> str:
        song = self._read(answers)
        lost = song.dropped_words(self._model) if self._as_words else []
        return _problem(song) or (f"No room in the style for: {', '.join(lost)}" if lost else "")

    def action_open(self) -> None:
        """Accept the answers if they are valid; else the foot says why they are not."""
        song = self._read(self.answers)
        if not _problem(song):
            self.song = song
            self.dismiss(True)


def _problem(song: Song) -> str:
    return next((str(each) for each in song.problems() if each.field in PARAMETERS), "")
