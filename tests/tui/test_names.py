"""Classes that are made of several: none takes a private name of another without knowing it.

The app is one object of many parts. A second `_go_on` in it once took the place of the one that
sends what a slow line could not take, and the screen stood still.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import suno_tui.tui

MEANT = {
    "Deck._shows",
    "FrontCompositor._get_renders",
    "LineApp._display",
    "LineApp._on_resize",
    "LyricsEditor._render_line",
    "MainScreen._compositor_refresh",
    "MainScreen._extend_compose",
    "MainScreen._on_timer_update",
    "MainScreen._refresh_layout",
    "MainScreen._screen_resized",
    "SafeInput._cell_offset_to_index",
    "SafeInput._position_to_cell",
    "SafeInput._value",
    "StudioBase._fatal_error",
    "StudioBase._handle_exception",
    "TextField._on_key",
    "TextField._on_paste",
    "TextField._refresh_size",
    "TextField._set_theme",
    "TextField._size_updated",
    "WayRows._reveal",
}
"""Those that do on purpose what a base would do in another way."""

NOTED_BY_TEXTUAL = (
    *("_default_", "_css_", "_merged_", "_inherit_", "_computes", "_decorated_", "_reactives"),
    *("_abc_", "_fields", "_field_"),
)


def classes() -> Iterator[type]:
    for module in pkgutil.walk_packages(suno_tui.tui.__path__, "suno_tui.tui."):
        for _, one in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if one.__module__ == module.name and not issubclass(one, tuple):
                yield one


def test_no_private_name_is_taken_twice() -> None:
    taken = {
        f"{one.__name__}.{name}"
        for one in classes()
        for name in vars(one)
        if name.startswith("_") and not name.startswith(("__", *NOTED_BY_TEXTUAL))
        if any(name in vars(base) for base in one.__mro__[1:])
    }
    assert taken == MEANT
