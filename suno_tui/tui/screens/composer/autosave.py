"""Saves the song in the form as a draft while it is written."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.timer import Timer

from suno_tui.common.errors import StudioError
from suno_tui.providers.song import Song
from suno_tui.tui.screens.composer.draft_session import DraftSession
from suno_tui.tui.screens.composer.draft_writer import DraftWriter, Saved
from suno_tui.tui.screens.composer.notices import Notices
from suno_tui.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from suno_tui.studio import Studio

SAVE_SECONDS = 0.5
"""Seconds for which a typed key may be in memory only."""


class Autosave:
    """The draft in the form of `pane`: restored, saved, renamed.

    `read` returns the song in the form. A draft that can't be written is reported once, and tried
    again with the next change.
    """

    def __init__(
        self, pane: Pane, studio: Studio, read: Callable[[], Song], notices: Notices
    ) -> None:
        self.pane, self.studio, self.read, self.notices = pane, studio, read, notices
        self.writer = DraftWriter(DraftSession(studio.drafts))
        self._timer: Timer | None = None
        self._trouble = ""

    @property
    def name(self) -> str | None:
        """The draft's name; None before anything was typed."""
        return self.writer.session.name

    def restore(self) -> Song:
        """Return the draft that was open last, or else an empty song."""
        wanted = self.studio.remembered().get("draft")
        with self.notices.reported():
            kept = self.writer.session.restore(wanted if isinstance(wanted, str) else None)
            if kept:
                self.studio.choose_provider(kept.provider)
                return kept.song
        custom = self.studio.remembered().get("custom_mode") is True
        return Song(model=self.studio.capabilities().default_model.id, custom_mode=custom)

    def switch_to(self, name: str | None, song: Song | None, provider: str | None = None) -> None:
        """Write another draft from now on, for this provider; None is a new draft."""
        self.writer.switch_to(name, song, provider)

    def rename(self, name: str) -> None:
        """Give the draft a name of the user's own. Raises `StudioError`."""
        self._report(self.writer.rename(name))

    def schedule(self) -> None:
        """Save within `SAVE_SECONDS`."""
        if self._timer is None:
            self._timer = self.pane.set_timer(SAVE_SECONDS, self._start)

    def save(self, *, settle: bool = False) -> None:
        """Write the draft now; `settle` also names it by its title, or drops it if it is empty."""
        self._stop_timer()
        self._report(self.writer.now(self.read(), self.studio.song_provider, settle=settle))

    def settle_soon(self) -> None:
        """Save and settle, off the event loop."""
        self._start(settle=True)

    def close(self) -> None:
        """Save for the last time, and release the draft for other studios."""
        self.writer.now(self.read(), self.studio.song_provider, settle=True)
        self.writer.close()
        self.remember()

    def remember(self) -> None:
        """Store which draft is open, for the next start, and show its name."""
        with contextlib.suppress(StudioError):
            custom = self.read().custom_mode
            self.studio.remember(draft=self.name or "", custom_mode=custom)
        self.pane.set_subtitle(self.name or "")

    def _start(self, *, settle: bool = False) -> None:
        self.pane.run_worker(self._save_off_loop(settle), group="draft")

    async def _save_off_loop(self, settle: bool) -> None:
        self._stop_timer()
        provider = self.studio.song_provider
        self._report(await self.writer.later(self.read(), provider, settle=settle))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _report(self, saved: Saved) -> None:
        trouble = str(saved.trouble or "")
        if saved.trouble is not None and trouble != self._trouble:
            self.notices.alert(f"The draft is not saved. {trouble}", saved.trouble.title)
        self._trouble = trouble
        if saved.forked and saved.gone:
            self.notices.alert(
                f"The draft {saved.before} was deleted or renamed elsewhere; "
                f"your text is saved as {saved.after}.",
                "Your text is saved",
            )
        elif saved.forked:
            self.notices.alert(
                f"The draft {saved.before} was changed elsewhere; yours is now {saved.after}.",
                "Two versions",
                severity="warning",
            )
        if saved.before != saved.after:
            self.remember()
