"""The forms of songs without section tags: the order of their sections, and their bars."""

from __future__ import annotations

import re

from suno_tui.engine.alternatives import Alternatives

_FORMS: dict[str, tuple[str, ...]] = {
    "song": (
        "intro4 verse8 chorus8 verse8 chorus8 bridge8 solo8 chorus8 outro4",
        "intro4 verse8 pre-chorus4 chorus8 verse8 pre-chorus4 chorus8 break4 chorus8 outro4",
        "intro8 verse8 verse8 chorus8 solo8 verse8 chorus8 bridge8 chorus8 outro8",
        "intro2 chorus8 verse8 pre-chorus4 chorus8 bridge8 break4 chorus8 outro8",
        "intro4 verse16 chorus8 interlude4 verse8 chorus8 solo8 break4 chorus8 outro4",
        "intro4 verse8 pre-chorus2 chorus8 interlude4 verse8 pre-chorus2 chorus8 bridge8 "
        "build4 chorus8 outro4",
    ),
    "loop": (
        "intro4 verse8 chorus8 verse8 break4 chorus8 verse8 chorus8 outro4",
        "intro4 verse8 verse8 chorus8 interlude4 verse8 break4 chorus8 chorus8 outro8",
        "intro2 chorus8 verse8 chorus8 bridge8 verse8 break4 chorus8 outro4",
        "intro8 verse8 chorus8 solo8 verse8 break8 chorus8 outro8",
    ),
    "edm": (
        "intro8 verse8 build4 drop16 break8 verse8 build8 drop16 outro8",
        "intro4 verse8 pre-chorus4 build4 drop16 verse8 break8 build8 drop16 outro8",
        "intro8 break8 build8 drop16 interlude8 break8 build8 drop16 outro4",
        "intro4 drop8 verse8 build4 drop16 break8 bridge8 build8 drop16 outro8",
    ),
    "club": (
        "intro8 verse8 chorus16 break8 build4 drop16 verse8 chorus8 outro8",
        "intro8 verse16 build4 drop16 break8 verse8 build8 drop16 outro8",
        "intro16 verse8 break4 chorus16 verse8 break8 build8 drop16 outro8",
        "intro4 verse8 chorus8 interlude8 break8 build8 drop16 chorus8 outro8",
    ),
    "drift": (
        "intro4 verse8 chorus8 verse8 bridge8 chorus8 outro4",
        "intro8 verse16 chorus8 interlude4 verse8 chorus8 outro8",
        "intro4 verse8 bridge8 verse8 chorus16 outro8",
        "intro8 chorus8 verse8 break4 bridge8 chorus8 verse8 outro4",
    ),
    "jazz": (
        "intro4 verse8 verse8 chorus8 verse8 solo8 solo8 verse8 outro4",
        "intro8 verse8 verse8 chorus8 verse8 solo8 solo8 solo8 chorus8 verse8 outro8",
        "intro4 chorus8 verse8 verse8 solo8 solo8 break4 verse8 outro4",
        "intro2 verse8 chorus8 solo8 interlude4 solo8 bridge8 verse8 chorus8 outro8",
    ),
    "classical": (
        "intro4 verse8 verse8 chorus8 verse8 bridge8 chorus8 verse8 outro4",
        "intro4 verse8 chorus8 verse8 bridge8 bridge8 verse8 chorus8 outro8",
        "intro2 verse8 verse8 bridge8 verse8 interlude4 chorus8 verse8 outro4",
        "intro8 chorus8 verse8 bridge8 chorus8 verse8 break4 chorus8 outro8",
    ),
    "epic": (
        "intro4 verse8 build4 chorus8 break4 verse8 build8 drop16 outro4",
        "intro8 verse8 pre-chorus4 chorus8 verse8 break8 build4 drop16 outro8",
        "intro4 verse16 chorus8 bridge8 break4 build8 drop16 chorus8 outro4",
        "intro2 drop8 break4 verse8 build4 chorus8 bridge8 build4 drop16 outro8",
    ),
}
"""By a style's `form`: alternatives, each a list of section kinds with their bars."""
_NAMES = {"break": "Breakdown", "pre-chorus": "Pre-Chorus"}
BETWEEN: dict[bool, tuple[tuple[str, ...], ...]] = {
    True: (
        ("build drop", "break", "build drop", "bridge"),
        ("break", "build drop", "bridge", "build drop"),
        ("interlude", "break build drop", "bridge", "build drop"),
    ),
    False: (
        ("interlude", "solo", "bridge", "break"),
        ("solo", "break", "interlude", "bridge"),
        ("bridge", "interlude", "break", "solo"),
        ("break", "solo", "bridge", "interlude"),
        ("interlude", "bridge break", "solo", "interlude"),
    ),
}
"""Instrumental sections between the repeats of the sung ones; True: in dance music."""


def name(kind: str) -> str:
    """Return the name of a kind of section, as a section tag writes it."""
    return _NAMES.get(kind, kind.title())


def form(others: Alternatives, style_form: str) -> tuple[tuple[str, int], ...]:
    """Return the (kind, bars) of an instrumental of a style's form."""
    words = others.any("form", _FORMS[style_form]).split()
    found = (re.fullmatch(r"(\D+)(\d+)", word) for word in words)
    return tuple((match[1], int(match[2])) for match in found if match)
