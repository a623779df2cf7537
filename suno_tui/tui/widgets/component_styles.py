"""The Rich styles of a widget's component classes, by the roles of what it draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.style import Style

if TYPE_CHECKING:
    from textual.widget import Widget as _Widget
else:
    _Widget = object  # Textual inherits style sheets from the first base that is a widget


class ComponentStyles(_Widget):
    """A mixin that must come before the widget among the bases."""

    PARTS: ClassVar[str] = ""
    """Prefix of the component classes of the roles."""

    _role_styles: dict[str, Style]

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._role_styles = {}

    def style_of(self, role: str) -> Style:
        """Return the style of a role; for an empty role, the widget's own."""
        style = self._role_styles.get(role)
        if style is None:
            part = f"{self.PARTS}--{role}"
            style = self.get_component_rich_style(part) if role else self.rich_style
            self._role_styles[role] = style
        return style
