"""The preview: cover, facts and lyrics of the track under the cursor, next to or below the list."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer

from suno_tui.library.track import Track
from suno_tui.tui.widgets.content import content
from suno_tui.tui.widgets.cover import Cover
from suno_tui.tui.widgets.fact_sheet import FactSheet, heading

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tui.context import Context

REST_SECONDS = 0.2
"""Seconds that the cursor must rest before its track is shown: a held key reads no tracks."""
_MOST_LYRICS = 2000
"""Characters of the lyrics, more than a screen holds."""


class Preview(Vertical):
    """Shows a track; does nothing while it is hidden. It is filled when it is first shown."""

    app: Context

    DEFAULT_CSS = """
    Preview {
        display: none;
        padding: 0 1;
        overflow: hidden;
        &.-beside { display: block; dock: right; border-left: solid $border; }
        &.-below { display: block; dock: bottom; border-top: solid $border; layout: horizontal; }
        & > #preview-texts { height: auto; width: 1fr; }
        &.-beside > Cover { margin: 0 0 1 0; }
        & #preview-facts { margin-bottom: 1; }
    }
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__(id="preview")
        self.studio = studio
        self.track: Track | None = None
        """The track that is shown."""
        self._wanted: Track | None = None
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Cover(self.app.images, id="preview-cover")
        with Vertical(id="preview-texts"):
            yield FactSheet(id="preview-facts")
            yield FactSheet(id="preview-lyrics")

    def want(self, track: Track | None) -> None:
        """Show a track, unless another one is wanted within `REST_SECONDS`."""
        self._wanted = track
        if not self.display or not self.is_attached or track == self.track:
            return
        if self._timer is None:
            self._timer = self.set_timer(REST_SECONDS, self._rested)
        else:
            self._timer.reset()

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        width, height = self.content_size
        if self.has_class("-below"):
            self.query_one(Cover).resize(width // 3, height)
        else:
            self.query_one(Cover).resize(width, height // 2)

    def _rested(self) -> None:
        self._timer = None
        if self.display and self._wanted != self.track:
            self._show(self._wanted)

    @work(exclusive=True, group="preview")
    async def _show(self, track: Track | None) -> None:
        from suno_tui.tui.screens.library.details import head, takes

        self.track = track
        facts, lyrics = (
            self.query_one("#preview-facts", FactSheet),
            self.query_one("#preview-lyrics", FactSheet),
        )
        if track is None:
            self.query_one(Cover).show(None)
            facts.show()
            lyrics.show()
            return
        others = await asyncio.to_thread(self.studio.library.takes, track)
        self._fit()
        self.query_one(Cover).show(track.cover)
        facts.show(*head(track, narrow=True), *(takes(others, track) if len(others) > 1 else []))
        text = content(track.lyrics[:_MOST_LYRICS].strip(), lines=True)
        lyrics.show(*([heading("Lyrics"), text] if text else []))
