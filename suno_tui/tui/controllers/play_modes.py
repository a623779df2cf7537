"""Shuffle, repeat, loop and jump."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suno_tui.common.errors import UsageError
from suno_tui.common.text import clock
from suno_tui.library.query_values import BadValue, seconds
from suno_tui.tui.playback.section_loop import section_of

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

_REPEAT = {
    "off": "Repeat is off.",
    "all": "Repeat: the whole list.",
    "one": "Repeat: this track.",
}


class PlayModes:
    """The actions that set these modes, and jump. Found by the dispatcher."""

    def __init__(self, app: Context) -> None:
        self.app = app

    def label(self, id: str) -> str | None:
        session = self.app.playback.session
        if id == "loop" and session.loop is not None:
            return "End the loop"
        return "Shuffle off" if id == "shuffle" and session.order.shuffle else None

    def why_not(self, id: str) -> str | None:
        session = self.app.playback.session
        if id not in ("loop", "jump"):
            return None
        if session.track is None:
            return "Nothing playing."
        if session.blind is not None:
            return "Not in a blind comparison: it would tell which take you hear."
        if id == "loop" and session.loop is None and section_of(session) is None:
            return "The sections of this track are not known: they come from timed lyrics."
        return None

    def action_shuffle(self) -> None:
        on = self.app.playback.session.order.turn_shuffle()
        self.app.notify_briefly("Shuffle is on." if on else "Shuffle is off.")
        self.app.playback.up_next_changed()

    def action_repeat(self) -> None:
        self.app.notify_briefly(_REPEAT[self.app.playback.session.order.turn_repeat()])
        self.app.playback.up_next_changed()

    def action_loop(self) -> None:
        """Play the present section again and again, or stop that."""
        session = self.app.playback.session
        if session.loop is not None:
            session.loop = None
            self.app.notify_briefly("The loop is off.")
        elif (section := section_of(session)) is not None:
            session.loop = section
            self.app.notify_briefly(f"Loop from {clock(section[0])} to {clock(section[1])}.")
        self.app.playback.up_next_changed()

    def action_jump(self) -> None:
        """Ask for a percentage or a time, and go there."""
        from suno_tui.tui.dialogs.item_picker import NameDialog

        def jump(text: str | None) -> None:
            if text:
                session = self.app.playback.session
                try:
                    at = moment(text, session.duration)
                except UsageError as error:
                    self.app.notify_error(error)
                    return
                self.app.playback.seek_to(at)

        ask = NameDialog(
            "Jump to", "", "50 for the middle, or 1:23", "Enter a time or a per cent.", enter="jump"
        )
        self.app.push_screen(ask, jump)


def moment(text: str, duration: float) -> float:
    """Return the second that a text such as `50`, `50%` or `1:23` means.

    Raises `UsageError` if it means none.
    """
    text = text.strip()
    try:
        at = seconds(text) if ":" in text else float(text.removesuffix("%")) / 100 * duration
    except (ValueError, BadValue):
        at = -1.0
    if not 0 <= at <= duration + 1:
        raise UsageError(f"Write 0 to 100, or a time up to {clock(duration)}.")
    return min(at, duration)
