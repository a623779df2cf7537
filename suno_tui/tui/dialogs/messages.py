"""The dialog with the messages since the start, the last one first."""

from __future__ import annotations

from textual.content import Content

from suno_tui.tui.dialogs.reader import Reader
from suno_tui.tui.message_log import Message, MessageLog
from suno_tui.tui.widgets.content import content

_STYLES = {"error": "$error", "warning": "$warning"}


def message_reader(log: MessageLog) -> Reader:
    """Return the dialog."""
    shown = [_paragraph(message) for message in log]
    return Reader("Messages", *(shown or [content("No messages yet.", "$text-muted")]))


def _paragraph(message: Message) -> Content:
    time = f"{message.at.astimezone():%H:%M:%S}  "
    style = _STYLES.get(message.severity, "$foreground")
    text = f"{message.title}: {message.text}" if message.title else message.text
    return Content.assemble((time, "$text-muted"), content(text, style, lines=True))
