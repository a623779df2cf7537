"""The settings on the screen: every setting of `config.toml`, with what it does."""

from suno_tui.tui.screens.settings.dialog import SettingsDialog

__all__ = ["SettingsDialog"]
