"""The arrangement of a take: opening, ending, entries, breakdown and key lift."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from suno_tui.engine.alternatives import Alternatives
from suno_tui.engine.band import Player
from suno_tui.engine.rng import stream
from suno_tui.engine.styles import Style

OPENINGS: dict[str, dict[str, float]] = {
    "band": {},
    "drums": {"drums": 0.0, "bass": 0.5, "chords": 0.5, "pad": 0.5, "second": 0.5, "arp": 0.5},
    "alone": {"chords": 0.0},
    "riff": {"bass": 0.0, "drums": 0.5, "arp": 0.5},
    "swell": {"pad": 0.0, "second": 0.5, "arp": 0.5, "lead": 0.5},
    "hook": {"chords": 0.0, "lead": 0.0, "pad": 0.0, "bass": 0.5, "drums": 0.5},
    "groove": {"drums": 0.0, "bass": 0.0, "second": 0.5, "arp": 0.5, "chords": 0.75},
    "pattern": {"arp": 0.0, "pad": 0.5, "bass": 0.5, "drums": 0.75},
    "answer": {"second": 0.0, "chords": 0.0, "drums": 0.5},
    "all": dict.fromkeys(("drums", "bass", "chords", "second", "pad", "arp", "lead"), 0.0),
}
"""How songs begin: the roles that play in the intro, and from which share of it on.

`band` follows the intro's energy. The others need the players that begin them.
"""
OPENING_ENERGY = {
    "band": 0.3,
    "drums": 0.55,
    "alone": 0.4,
    "riff": 0.45,
    "swell": 0.25,
    "hook": 0.45,
    "groove": 0.55,
    "pattern": 0.4,
    "answer": 0.4,
    "all": 0.8,
}
"""The energy of the intro, by opening."""
BREAKS: dict[str, tuple[str, ...]] = {
    "chords": ("chords", "pad"),
    "drums": ("drums", "bass"),
    "alone": ("chords",),
    "bass": ("bass", "pad"),
    "pattern": ("chords", "arp", "second"),
}
"""The roles that play in a breakdown."""
_ENTER = {"second": (0.45, 0.6, 0.8), "arp": (0.5, 0.66, 0.8), "bass": (0.3, 0.4, 0.5)}
_SPARE = ("none", "pad", "arp", "second")


@dataclass(frozen=True)
class Arrangement:
    """The arrangement of a take; its band, tempo and notes are decided elsewhere.

    opening, breakdown: keys of OPENINGS and BREAKS. ending: a key of compose.endings.ENDINGS.
    enters: the energy from which roles play. lift: semitones by which the last chorus is higher.
    down: whether the last chorus begins with few players.
    """

    opening: str
    breakdown: str
    ending: str
    enters: Mapping[str, float]
    lift: int
    down: bool


def without_one(
    others: Alternatives, band: dict[str, Player], asked: frozenset[str], opening: str
) -> dict[str, Player]:
    """Return a band without one of its optional players, if it is large enough.

    A player that is asked for, or that begins the song, stays.
    """
    spare = others.any("spare", _SPARE)
    begins = OPENINGS[opening].get(spare) == 0.0
    if len(band) < 5 or spare not in band or begins or band[spare].instrument in asked:
        return band
    return {role: player for role, player in band.items() if role != spare}


def arranged(
    others: Alternatives,
    root: int,
    style: Style,
    text: str,
    band: Mapping[str, Player],
    drums: bool,
    weight: float,
) -> Arrangement:
    """Return the arrangement of a take for these players. text: the words of the song's style."""
    players = {*band, "drums"} if drums else {*band}
    rng = stream(root, "arrangement")
    lift = others.any("lift", (1, 2, 2, 3)) if rng.random() < style.lift else 0
    breakdowns = [name for name, who in BREAKS.items() if who[0] in players]
    return Arrangement(
        others.any("opening", _possible(style, players)),
        others.any("breakdown", breakdowns or ["chords"]),
        _ending(others, style, text, weight),
        {role: others.any(f"enter {role}", energies) for role, energies in _ENTER.items()},
        lift,
        others.any("down", (True, False)),
    )


def _possible(style: Style, players: set[str]) -> list[str]:
    """Return the openings that these players can play."""
    out = ["band"]
    for name, entries in OPENINGS.items():
        beginners = {role for role, share in entries.items() if share == 0.0}
        if name == "all":
            beginners = {"drums", "chords"}
        if beginners and beginners <= players and (len(players) > 2 or name == "alone"):
            out.append(name)
    if style.form in ("drift", "classical"):
        return [name for name in out if name not in ("all", "drums", "groove")]
    return out


def _ending(others: Alternatives, style: Style, text: str, weight: float) -> str:
    if re.search(r"\bfad(?:e|es|ing)[ -]?out\b", text):
        return "fade"
    if re.search(r"\b(?:abrupt|sudden|cold)(?:ly)? (?:end\w*|stop\w*)", text):
        return "stop"
    return others.typical("ending", style.endings, weight * 0.3)
