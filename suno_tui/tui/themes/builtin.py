"""The built-in themes, offered beside Textual's and the user's own (`own.py`)."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="studio-dark",
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
        "border-blurred": "#333a4b",
        "text-muted": "#8b92a7",
        "row-cursor": "#24406a",
        "row-cursor-blurred": "#222735",
        "wave": "#4a5570",
        "block-cursor-text-style": "none",
        "input-selection-background": "#2d4d7d",
        "footer-key-foreground": "#f2a65e",
        "scrollbar": "#2b3140",
        "scrollbar-background": "#141720",
        "scrollbar-corner-color": "#141720",
    },
)

LIGHT = Theme(
    name="studio-light",
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
        "border-blurred": "#cbc6bb",
        "text-muted": "#6b6e79",
        "row-cursor": "#cfe0f8",
        "row-cursor-blurred": "#e9e6df",
        "wave": "#b4b3b0",
        "block-cursor-text-style": "none",
        "input-selection-background": "#b5d0f5",
        "footer-key-foreground": "#a8500b",
        "scrollbar": "#cbc6bb",
        "scrollbar-background": "#fdfcfa",
        "scrollbar-corner-color": "#fdfcfa",
    },
)

DUSK = Theme(
    name="studio-dusk",
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
        "border-blurred": "#463a54",
        "text-muted": "#a597ae",
        "row-cursor": "#4a3166",
        "row-cursor-blurred": "#352b40",
        "wave": "#66556f",
        "block-cursor-text-style": "none",
        "input-selection-background": "#5c3d7e",
        "footer-key-foreground": "#f2c46d",
        "scrollbar": "#403549",
        "scrollbar-background": "#211b29",
        "scrollbar-corner-color": "#211b29",
    },
)

CONTRAST = Theme(
    name="studio-contrast",
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
        "border": "#b4b4b4",
        "border-blurred": "#b4b4b4",
        "text-muted": "#d0d0d0",
        "row-cursor": "#004a8f",
        "row-cursor-blurred": "#333333",
        "wave": "#8c8c8c",
        "block-cursor-text-style": "none",
        "input-selection-background": "#005fb8",
        "footer-key-foreground": "#ffe14d",
        "scrollbar": "#8c8c8c",
        "scrollbar-background": "#000000",
        "scrollbar-corner-color": "#000000",
    },
)

CONTRAST_LIGHT = Theme(
    name="studio-contrast-light",
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
        "border": "#4a4a4a",
        "border-blurred": "#4a4a4a",
        "text-muted": "#3a3a3a",
        "row-cursor": "#b9dcff",
        "row-cursor-blurred": "#e0e0e0",
        "wave": "#777777",
        "block-cursor-text-style": "none",
        "input-selection-background": "#9ccbff",
        "footer-key-foreground": "#7a2600",
        "scrollbar": "#6a6a6a",
        "scrollbar-background": "#ffffff",
        "scrollbar-corner-color": "#ffffff",
    },
)

THEMES = (DARK, LIGHT, DUSK, CONTRAST, CONTRAST_LIGHT)
DEFAULT = DARK.name
EXTRA_VARIABLES = ("row-cursor", "row-cursor-blurred", "wave")


def with_defaults(variables: dict[str, str]) -> dict[str, str]:
    """Add our own variables to a theme without them, derived from those of every theme."""
    return {
        "row-cursor": variables.get("primary-muted", variables["panel"]),
        "row-cursor-blurred": variables["panel"],
        "wave": variables.get("border-blurred", variables["panel"]),
    } | variables
