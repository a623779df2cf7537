"""Component styles that are resolved when they are first shown.

Textual resolves every component class together with its widget, at the cost of one more widget
each. Most are shown late or never.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.css.styles import RenderStyles
from textual.dom import DOMNode

if TYPE_CHECKING:
    from textual.widget import Widget as _Widget
else:
    _Widget = object  # Textual inherits style sheets from the first base that is a widget


class ComponentStyles(_Widget):
    """A mixin that must come before the widget among the bases."""

    PARTS: ClassVar[str] = ""
    """Prefix of the component classes of the roles."""

    _role_styles: dict[str, Style]

    @classmethod
    def _get_component_classes(cls) -> frozenset[str]:  # type: ignore[override]  # it is cached
        return frozenset()

    def get_component_styles(self, *names: str) -> RenderStyles:
        known = self._component_styles
        for name in super()._get_component_classes().intersection(names) - known.keys():
            part = DOMNode(classes=name)
            part._attach(self)
            self.app.stylesheet.apply(part)
            known[name] = part.styles
        return super().get_component_styles(*names)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._role_styles = {}
        if self._component_styles:
            self._component_styles.clear()
            self.refresh()

    def style_of(self, role: str) -> Style:
        """Return the style of a role; for an empty role, the widget's own."""
        style = self._role_styles.get(role)
        if style is None:
            part = f"{self.PARTS}--{role}"
            style = self.get_component_rich_style(part) if role else self.rich_style
            self._role_styles[role] = style
        return style
