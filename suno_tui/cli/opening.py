"""Open the studio for a command."""

from __future__ import annotations

import sys

from suno_tui.common.text import clean
from suno_tui.studio import Studio


def open_studio() -> Studio:
    """Open the home that the environment names; print what `config.toml` has too much on stderr.

    Raises `SettingsError` and `HomeError`.
    """
    studio = Studio.open()
    for warning in studio.settings.unknown:
        print(f"suno-tui: {clean(warning)}", file=sys.stderr)
    return studio
