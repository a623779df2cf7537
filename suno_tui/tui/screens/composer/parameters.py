"""The line of the form that shows tempo, key, length and the like, and what the provider makes of
each: exact, a wish, or not possible here. `parameters_dialog` sets them."""

from __future__ import annotations

from collections.abc import Mapping

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from suno_tui.providers.capabilities import WEIGHTS, Use
from suno_tui.providers.song import LABELS, Song
from suno_tui.providers.song_fields import show
from suno_tui.tui.widgets.content import content, one_line

_NONE_SET = "tempo, key, length, seed …"


def summary(song: Song, uses: Mapping[str, Use]) -> Content:
    """Return the parameters that are set, in one line: exact ones, wishes, and all fields that the
    provider can't be told; empty if there are none."""

    def with_use(use: Use) -> str:
        named = {"seed": "seed {}", "takes": "{} takes" if song.takes != 1 else "{} take"}
        found = {
            name: named.get(name, "{}").format(show(name, value))
            for name, value in song.parameters.items()
        }
        if use == "none":
            for name, value in song.options.items():
                shown = f"{value:.2f}" if name in WEIGHTS else one_line(str(value), 30)
                found[name] = f"{LABELS[name].lower()} {shown}"
            if uses["lyrics"] == "none" and not (song.custom_mode or song.instrumental):
                found["lyrics"] = "vocals (write lyrics)"
        return " · ".join(text for name, text in found.items() if uses[name] == use)

    found = []
    if exact := with_use("exact"):
        found.append(content(exact, "$foreground"))
    if wishes := with_use("wish"):
        found.append(Content.assemble(("wish: ", "$text-muted"), content(wishes, "$foreground")))
    if lost := with_use("none"):
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
        """The user wants to set the parameters."""

    def __init__(self, name: str = "parameters") -> None:
        super().__init__(id=f"field-{name}", name=name)
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
