"""When a changed setting counts, and making it count at once where that can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suno_tui.config.fields import Place
from suno_tui.config.settings import Settings
from suno_tui.tui.actions.table import Keymap

if TYPE_CHECKING:
    from suno_tui.tui.context import Context

_ENVIRONMENT = {
    ("provider",): "SUNO_TUI_PROVIDER",
    ("providers", "hosted", "key"): "SUNO_TUI_API_KEY",
    ("providers", "hosted", "base_url"): "SUNO_TUI_BASE_URL",
}


def when(path: Place) -> str:
    """From when on a change of the setting counts."""
    if path[0] in ("provider", "models"):
        return "from the next start"
    if path[-1] == "callback_url":
        return "for what is queued next"
    # The worker keeps a provider's client as long as it is not refused.
    worker = path[0] in ("queue", "local", "providers")
    return "when the worker starts next" if worker else "at once"


def hidden_by(path: Place) -> str | None:
    """The environment variable that goes before the setting, if there is one."""
    return _ENVIRONMENT.get(path)


def follow(app: Context, settings: Settings) -> None:
    """Go on with other settings: what is shown or heard changes, the rest is read when used."""
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
