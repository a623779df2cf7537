"""The files that the built-in engine plays and sings with: a SoundFont and a voice."""

from __future__ import annotations

import os

from suno_tui.common.paths import expand_home
from suno_tui.config.tables import LocalSettings

_FONT, _VOICE = "SUNO_TUI_SOUNDFONT", "SUNO_TUI_VOICE"


def choose(settings: LocalSettings) -> None:
    """Put the files of the settings into the environment, which the engine's processes inherit."""
    for variable, value in ((_FONT, settings.soundfont), (_VOICE, settings.voice)):
        if value and not os.environ.get(variable):
            os.environ[variable] = value


def soundfont_trouble(settings: LocalSettings, *, read: bool = False) -> str | None:
    """Return why the SoundFont can't be used; None if it can, or there is none.

    With `read`, the whole file is checked, which loads numpy, and so is a file that the engine
    has found by itself; without, only the first bytes of a file that the user has chosen.
    """
    from suno_tui.engine.synth import fontfile

    named = os.environ.get(_FONT) or settings.soundfont or ""
    if named == "off":
        return None
    if named and (found := fontfile.trouble(named)):
        return found
    path = expand_home(named) if named else fontfile.find()
    if path is None or not read:
        return None
    from suno_tui.engine.synth.soundfont import trouble

    return trouble(path)


def voice_trouble(settings: LocalSettings, *, read: bool = False) -> str | None:
    """Return why the file of the statistical voice can't be used; None if it can, or none sings.

    `read`: as for `soundfont_trouble`.
    """
    from suno_tui.engine.voice import voicefile

    named = os.environ.get(_VOICE) or settings.voice or ""
    if named in voicefile.SINGERS and named != "hts":
        return None
    chosen = "" if named == "hts" else named
    if chosen and (found := voicefile.trouble(chosen)):
        return found
    path = expand_home(chosen) if chosen else voicefile.find()
    if path is None or not read:
        return None
    from suno_tui.engine.voice.htsvoice import trouble

    return trouble(path)
