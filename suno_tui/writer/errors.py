"""The error of the writer."""

from __future__ import annotations

from suno_tui.common.errors import StudioError


class WriterError(StudioError):
    """The writer gave no usable words; the message says why. Nothing was changed."""

    title = "The writer gave nothing"
    code = "writer"
    exit_code = 4
