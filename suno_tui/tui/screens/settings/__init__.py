"""The settings on the screen: every line that `config.toml` may have, and what it does."""

from suno_tui.tui.screens.settings.dialog import SettingsDialog

__all__ = ["SettingsDialog"]
