"""Open the studio for a command."""

from __future__ import annotations

import sys

from suno_tui.common.text import clean
from suno_tui.studio import Studio


def open_studio() -> Studio:
    """Open the home that the environment names; warn on stderr of unknown names in `config.toml`.

    Raises `SettingsError` and `HomeError`.
    """
    studio = Studio.open()
    for warning in studio.settings.unknown:
        print(f"suno-tui: {clean(warning)}", file=sys.stderr)
    return studio
