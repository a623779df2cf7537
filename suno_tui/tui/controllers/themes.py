"""The themes on offer, and the one to start with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suno_tui.tui.themes import builtin

if TYPE_CHECKING:
    from textual.theme import Theme

    from suno_tui.tui.context import Context


class Themes:
    """Registers our own themes and the user's when it is created.

    `problems` are sentences about themes that can't be used.
    """

    def __init__(self, app: Context) -> None:
        self.app = app
        self._users, self.problems = self._read_users_themes()
        for theme in (*builtin.THEMES, *self._users):
            app.register_theme(theme)

    def names(self) -> list[str]:
        """Return the names of all themes; our own and the user's come first."""
        first = {theme.name for theme in (*builtin.THEMES, *self._users)}
        return sorted(self.app.available_themes, key=lambda name: (name not in first, name))

    def initial(self) -> str:
        """Return the name of the theme to start with: from the settings, else the last one."""
        available = self.app.available_themes
        wanted = self.app.studio.settings.screen.theme
        name = wanted or self.app.studio.remembered().get("theme")
        if name in available:
            return str(name)
        if wanted:
            from suno_tui.tui.themes.own import nearest

            self.problems.append(
                f"There is no theme {wanted!r}, which config.toml asks for."
                f"{nearest(wanted, available)} The command Change theme lists all."
            )
        return builtin.DEFAULT

    def remember(self, theme: Theme) -> None:
        """Remember the theme for the next start."""
        if theme.name != self.app.studio.remembered().get("theme"):
            self.app.remember(theme=theme.name)

    def _read_users_themes(self) -> tuple[list[Theme], list[str]]:
        folder = self.app.studio.home.config / "themes"
        if not folder.is_dir():
            return [], []
        from suno_tui.tui.themes.own import own_themes

        return own_themes(folder)
