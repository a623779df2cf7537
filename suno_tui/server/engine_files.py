"""The files that the built-in engine plays and sings with: a SoundFont and a voice."""

from __future__ import annotations

import os
from pathlib import Path

from suno_tui.config.tables import LocalSettings

_FONT, _VOICE = "SUNO_TUI_SOUNDFONT", "SUNO_TUI_VOICE"


def choose(settings: LocalSettings) -> None:
    """Put the files of the settings into the environment, which the engine's processes inherit."""
    for variable, value in ((_FONT, settings.soundfont), (_VOICE, settings.voice)):
        if value and not os.environ.get(variable):
            os.environ[variable] = value


def soundfont_trouble(settings: LocalSettings) -> str | None:
    """Return why the chosen SoundFont can't be used; None if it can, or none is chosen."""
    named = os.environ.get(_FONT) or settings.soundfont or ""
    if named in ("", "off"):
        return None
    from suno_tui.engine.synth.fontfile import trouble

    return trouble(named)


def voice_trouble(settings: LocalSettings, *, read: bool = False) -> str | None:
    """Return why the chosen voice file can't be used; None if it can, or none is chosen.

    With `read`, the whole file is checked, which loads numpy, and not only its first bytes.
    """
    from suno_tui.engine.voice.voicefile import SINGERS, trouble

    named = os.environ.get(_VOICE) or settings.voice or ""
    if not named or named in SINGERS:
        return None
    if not (found := trouble(named)) and read:
        from suno_tui.engine.voice.htsvoice import trouble as trouble_inside

        return trouble_inside(Path(named).expanduser())
    return found
