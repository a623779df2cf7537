"""Applying changed settings at once, and saying when the others take effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suno_tui.config.fields import Place
from suno_tui.config.settings import Settings
from suno_tui.tui.actions.keymap import Keymap

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

_ENVIRONMENT = {
    ("provider",): "SUNO_TUI_PROVIDER",
    ("providers", "hosted", "key"): "SUNO_TUI_API_KEY",
    ("providers", "hosted", "base_url"): "SUNO_TUI_BASE_URL",
}


def effective_when(path: Place) -> str:
    """Return, as a phrase, when a change of the setting takes effect."""
    if path[0] in ("provider", "models"):
        return "from the next start"
    if path[-1] == "callback_url":
        return "for what is queued next"
    # The worker keeps a provider's client until it is refused.
    worker = path[0] in ("queue", "local", "providers")
    return "when the worker starts next" if worker else "at once"


def overriding_variable(path: Place) -> str | None:
    """Return the environment variable that overrides the setting, if there is one."""
    return _ENVIRONMENT.get(path)


def apply_settings(app: Context, settings: Settings) -> None:
    """Use other settings from now on: apply what is shown or played, the rest is read when used."""
    before, app.studio.settings = app.studio.settings, settings
    theme = settings.screen.theme
    if theme != before.screen.theme and theme in app.available_themes:
        app.theme = str(theme)
    if settings.screen.pictures != before.screen.pictures:
        app.images.choose()
    if settings.player.volume != before.player.volume:
        app.playback.session.set_volume(settings.player.volume)
        app.navigation.show_sound()
    if settings.keymap != before.keymap:
        app.keymap = app.dispatcher.keymap = Keymap(settings.keymap)
