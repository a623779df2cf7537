"""The line of the form that says which track the song carries on from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.content import Content

from suno_tui.providers.capabilities import Use
from suno_tui.providers.song import Song
from suno_tui.tui.screens.composer.parameters import ParameterField
from suno_tui.tui.widgets.content import content, one_line

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tui.context import Context


def source_line(studio: Studio, song: Song) -> str:
    """Return which track a song carries on from, and how; empty if from none."""
    if song.way is None:
        return ""
    track = studio.library.known(song.source_track or "")
    name = f"{one_line(track.name, 40)} {track.take}" if track else song.source_track or "?"
    return song.carries_on(name)


class SourceField(ParameterField):
    """The track, the way and the span, with the key that removes them (`drop_source`)."""

    app: Context

    def __init__(self) -> None:
        super().__init__("source")

    def show(self, song: Song, uses: Mapping[str, Use]) -> None:
        line = source_line(self.app.studio, song)
        if line != str(self._shown):
            self._shown = content(line, "$foreground")
            self.refresh()

    def render(self) -> Content:
        key = self.app.keymap.key("drop_source")
        room = max(1, self.size.width - len(key) - 11)
        return Content.assemble(
            self._shown.truncate(room, ellipsis=True), (f"   {key} removes", "$text-muted")
        )

    def action_open(self) -> None:
        """Enter does nothing: the track is chosen in the library."""
