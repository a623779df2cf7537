"""The built-in themes, offered along with Textual's and the user's own (`own.py`)."""

from __future__ import annotations

from typing import Any

from textual.theme import Theme


def _theme(name: str, variables: dict[str, str], **colors: Any) -> Theme:
    """Build a theme; the variables that follow from others are the same in all of ours."""
    derived = {
        "border-blurred": variables["border"],
        "block-cursor-text-style": "none",
        "footer-key-foreground": colors["accent"],
        "scrollbar-background": colors["surface"],
        "scrollbar-corner-color": colors["surface"],
    }
    return Theme(name=name, variables=variables | derived, **colors)


DARK = _theme(
    "studio-dark",
    dark=True,
    background="#0f1116",
    surface="#141720",
    panel="#1d212c",
    boost="#ffffff10",
    foreground="#d6d9e3",
    primary="#7cb7ff",
    secondary="#b79cf0",
    accent="#f2a65e",
    success="#7fce9f",
    warning="#e6c067",
    error="#f27d84",
    variables={
        "border": "#333a4b",
        "text-muted": "#8b92a7",
        "row-cursor": "#24406a",
        "row-cursor-blurred": "#222735",
        "wave": "#4a5570",
        "wave-b": "#3b4459",
        "wave-done-b": "#b9804c",
        "field-focus": "#283345",
        "input-selection-background": "#2d4d7d",
        "scrollbar": "#2b3140",
    },
)

LIGHT = _theme(
    "studio-light",
    dark=False,
    background="#f4f2ed",
    surface="#fdfcfa",
    panel="#e9e6df",
    boost="#00000008",
    foreground="#2a2c33",
    primary="#1d63c4",
    secondary="#7043b6",
    accent="#a8500b",
    success="#1b7441",
    warning="#856000",
    error="#b9272f",
    variables={
        "border": "#cbc6bb",
        "text-muted": "#6b6e79",
        "row-cursor": "#c3d9f7",
        "row-cursor-blurred": "#e9e6df",
        "wave": "#b4b3b0",
        "wave-b": "#c4c2bf",
        "wave-done-b": "#bb7843",
        "field-focus": "#d0d6db",
        "input-selection-background": "#b5d0f5",
        "scrollbar": "#cbc6bb",
    },
)

DUSK = _theme(
    "studio-dusk",
    dark=True,
    background="#1a1520",
    surface="#211b29",
    panel="#2d2537",
    boost="#ffffff10",
    foreground="#e8dfe6",
    primary="#c9a0f5",
    secondary="#f0a07c",
    accent="#f2c46d",
    success="#9fd08b",
    warning="#ecc15f",
    error="#ff8080",
    variables={
        "border": "#463a54",
        "text-muted": "#a597ae",
        "row-cursor": "#4a3166",
        "row-cursor-blurred": "#352b40",
        "wave": "#66556f",
        "wave-b": "#53455b",
        "wave-done-b": "#bc9859",
        "field-focus": "#3f334d",
        "input-selection-background": "#5c3d7e",
        "scrollbar": "#403549",
    },
)

CONTRAST = _theme(
    "studio-contrast",
    dark=True,
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    boost="#ffffff20",
    foreground="#ffffff",
    primary="#6cd4ff",
    secondary="#e3b3ff",
    accent="#ffe14d",
    success="#6dff8c",
    warning="#ffd23f",
    error="#ff9c9c",
    variables={
        "border": "#8c8c8c",
        "text-muted": "#d0d0d0",
        "row-cursor": "#004a8f",
        "row-cursor-blurred": "#333333",
        "wave": "#8c8c8c",
        "wave-b": "#696969",
        "wave-done-b": "#bfa839",
        "field-focus": "#253237",
        "input-selection-background": "#005fb8",
        "scrollbar": "#8c8c8c",
    },
)

CONTRAST_LIGHT = _theme(
    "studio-contrast-light",
    dark=False,
    background="#ffffff",
    surface="#ffffff",
    panel="#ececec",
    boost="#00000010",
    foreground="#000000",
    primary="#003c9e",
    secondary="#5a1c9c",
    accent="#7a2600",
    success="#00501a",
    warning="#593d00",
    error="#94000c",
    variables={
        "border": "#8a8a8a",
        "text-muted": "#3a3a3a",
        "row-cursor": "#b9dcff",
        "row-cursor-blurred": "#e0e0e0",
        "wave": "#777777",
        "wave-b": "#999999",
        "wave-done-b": "#9b5c3f",
        "field-focus": "#cfd6e2",
        "input-selection-background": "#9ccbff",
        "scrollbar": "#6a6a6a",
    },
)

THEMES = (DARK, LIGHT, DUSK, CONTRAST, CONTRAST_LIGHT)
DEFAULT = DARK.name
