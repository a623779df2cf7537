"""Why the writer gave nothing."""

from __future__ import annotations

from suno_tui.common.errors import StudioError


class WriterError(StudioError):
    """The writer gave no words that could be used; the message says why. Nothing has changed."""

    title = "The writer gave nothing"
    code = "writer"
    exit_code = 4
