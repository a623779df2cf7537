"""An app that shows a few notices at a time, and keeps them in a log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from textual.notifications import Notification, SeverityLevel
from textual.widgets._toast import ToastHolder, ToastRack

from suno_tui.common.errors import StudioError
from suno_tui.common.text import clean
from suno_tui.tui.guarded_app import GuardedApp
from suno_tui.tui.message_log import Message, MessageLog

MOST_NOTICES = 3
"""Notices at a time; the oldest makes room for the next one."""
BRIEF_SECONDS = 3
"""Seconds for which a brief notice is shown; no other notice has this time."""


class NoticesApp(GuardedApp):
    """Shows notices and logs messages. The subclass sets `now`."""

    now: Callable[[], datetime]
    """The clock: returns aware moments."""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a notice, and keep it in the log. It is text, not markup, and may be from outside.

        At most `MOST_NOTICES` are shown; a notice that is shown already replaces itself.
        """
        text = clean(message, lines=True)
        self.log_message(text, title=title, severity=severity)
        super().notify(text, title=title, severity=severity, timeout=timeout, markup=markup)

    @property
    def messages(self) -> MessageLog:
        """The messages since the start."""
        if not hasattr(self, "_messages"):
            self._messages = MessageLog()
        return self._messages

    def log_message(
        self, text: str, *, title: str = "", severity: SeverityLevel = "information"
    ) -> None:
        """Keep a message in the log without a notice, as the screen shows the same already."""
        self.messages.add(Message(self.now(), title, text, severity))

    def withdraw(self, title: str, text: str) -> None:
        """Close the notice with this text, because a later notice includes it."""
        text = clean(text, lines=True)
        self._remove_notices(
            note for note in self._notifications if (note.title, note.message) == (title, text)
        )

    def notify_briefly(self, text: str) -> None:
        """Show a short notice; it replaces the last one."""
        self._remove_notices(note for note in self._notifications if note.timeout == BRIEF_SECONDS)
        self.notify(clean(text), timeout=BRIEF_SECONDS)

    def notify_error(self, error: StudioError) -> None:
        """Show an error with its title and message."""
        self.notify(str(error), title=error.title, severity="error", timeout=10)

    @property
    def has_notices(self) -> bool:
        """Whether a notice is on the screen."""
        return bool(self._notifications)

    def dismiss_notices(self) -> None:
        """Close all notices before their time."""
        self._remove_notices(self._notifications)

    def _remove_notices(self, notes: Iterable[Notification]) -> None:
        for notice in [*notes]:
            self._unnotify(notice, refresh=False)
        self._remove_places()

    def _refresh_notifications(self) -> None:
        last = {(note.title, note.message): note for note in self._notifications}
        kept = [note for note in self._notifications if note in last.values()][-MOST_NOTICES:]
        for note in [*self._notifications]:
            if note not in kept:
                self._unnotify(note, refresh=False)
        self._remove_places()
        super()._refresh_notifications()

    def _remove_places(self) -> None:
        """Remove the places of notices that are gone: Textual leaves an empty row for them."""
        # Not by a query for each id: Textual caches 1,024 different queries.
        places = {ToastRack._toast_id(notice) for notice in self._notifications}
        for screen in self.screen_stack:  # each screen has a rack of its own
            for place in screen.query(ToastHolder):
                if place.id not in places:
                    place.remove()
