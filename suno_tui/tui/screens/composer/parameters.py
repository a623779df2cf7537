"""Tempo, key, length and the like: a line of the form that shows them, and the dialog that sets
them. Both say what the provider makes of each: exact, a wish, or not possible here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from suno_tui.providers.capabilities import Use
from suno_tui.providers.song import LABELS, Song
from suno_tui.providers.song_fields import PARAMETERS, read_value, show
from suno_tui.tui.dialogs.form import Field, FormDialog
from suno_tui.tui.widgets.content import content

_NONE_SET = "tempo, key, length, seed …"
_ENDS = {"exact": "exact", "wish": "a wish", "none": "not possible here"}
_HINTS = {
    "bpm": "beats a minute, such as 120",
    "key": "such as D minor, F# major, Am",
    "time_signature": "2/4, 3/4, 4/4 or 6/8",
    "language": "a code or a name: en, de, Japanese",
    "duration": "such as 2:30, or seconds",
    "seed": "a number: the same one, the same take",
    "takes": "1 to 8",
}


def summary(song: Song, uses: Mapping[str, Use]) -> Content:
    """Return the parameters that are set, in one line: exact ones, wishes, and those that the
    provider can't be told; empty if none is set."""
    set_ones = song.parameters

    def those(use: Use) -> str:
        named = {"seed": "seed {}", "takes": "{} takes" if song.takes != 1 else "{} take"}
        return " · ".join(
            named.get(name, "{}").format(show(name, value))
            for name, value in set_ones.items()
            if uses[name] is use
        )

    found = [content(those("exact"), "$foreground")] if those("exact") else []
    if wishes := those("wish"):
        found.append(Content.assemble(("wish: ", "$text-muted"), content(wishes, "$foreground")))
    if lost := those("none"):
        found.append(content(f"not here: {lost}", "$text-muted"))
    return Content("   ").join(found)


class ParameterField(Widget, can_focus=True):
    """The line of the form; Enter or a click opens the dialog."""

    DEFAULT_CSS = """
    ParameterField {
        width: 1fr;
        height: 1;
        color: $text-muted;
        &:focus { background: $field-focus; }
    }
    """
    BINDINGS = [Binding("enter", "open", show=False)]

    class Wanted(Message):
        """The user wants to set them."""

    def __init__(self) -> None:
        super().__init__(id="field-parameters", name="parameters")
        self._shown = Content("")

    def show(self, song: Song, uses: Mapping[str, Use]) -> None:
        """Show the parameters of a song."""
        text = summary(song, uses)
        if str(text) != str(self._shown):
            self._shown = text
            self.refresh()

    def render(self) -> Content:
        text = self._shown if self._shown.cell_length else Content(_NONE_SET)
        room = max(1, self.size.width - 2)
        return Content.assemble(text.truncate(room, ellipsis=True), (" ▾", "$text-muted"))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        self.post_message(self.Wanted())


class ParametersDialog(FormDialog):
    """Asks for the parameters; `song` is the song with them, once it gave True.

    They may be of any value that some provider takes: what this one lacks is kept with the song.
    """

    def __init__(self, song: Song, provider: str, uses: Mapping[str, Use]) -> None:
        self.song = song
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
        self._said = uses["bpm"] == "wish"
        """Whether the provider gets them as words in the style."""
        about = "What is empty is left to the provider. A wish may not come true."
        super().__init__(f"More, for {provider}", fields, about=about)

    def _read(self, answers: dict[str, Any]) -> Song:
        values = {name: read_value(name, answers[name]) for name in PARAMETERS}
        return replace(self.song, **values)

    def foot(self, answers: dict[str, Any]) -> str:
        song = self._read(answers)
        lost = song.unsaid if self._said else []
        return _problem(song) or (f"No room in the style for: {', '.join(lost)}" if lost else "")

    def action_open(self) -> None:
        """Take the answers over, if they can be; else the foot says why not."""
        song = self._read(self.answers)
        if not _problem(song):
            self.song = song
            self.dismiss(True)


def _problem(song: Song) -> str:
    return next((str(each) for each in song.problems() if each.field in PARAMETERS), "")
